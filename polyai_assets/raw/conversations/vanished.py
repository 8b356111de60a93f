"""What is kept of a conversation that PolyAI returns no more: perhaps a person asked PolyAI to delete it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.fields import Pii

_KEPT = tuple(
    field.wire
    for field in CONVERSATION
    # a destination may be a person's own number
    if field.wire is not None and field.pii is Pii.NONE and field.name != "handoff_destination"
)
"""The members of a record that say nothing of what was said, nor who it was: ids, times, counts, how it ended."""


@dataclass(frozen=True, slots=True)
class VanishedPolicy:
    """Whether the text of a vanished conversation is kept, and for how long the conversation is; None: for good."""

    keeps_text: bool = True
    drop_after: timedelta | None = None

    def forget_until(self, decided: datetime | None, now: datetime) -> datetime | None:
        """Give until when what had vanished is forgotten: by a decision, or by now; None where nothing is."""
        moments = [decided, None if self.drop_after is None else now - self.drop_after]
        return max((moment for moment in moments if moment is not None), default=None)


KEEP = VanishedPolicy()


def without_text(payload: bytes, conversation_id: str | None) -> bytes:
    """Give a record without text and contacts; of one that cannot be read its id alone is left."""
    try:
        record = msgspec.json.decode(payload, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return msgspec.json.encode({"id": conversation_id or ""})
    return msgspec.json.encode({name: record[name] for name in _KEPT if name in record})
