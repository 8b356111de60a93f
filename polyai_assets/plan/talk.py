"""What a few conversations were: calls or chats, how long, handed off or not."""

from collections.abc import Sequence
from typing import Any

import msgspec

from polyai_assets.api.page import Page
from polyai_assets.plan.estimate import Estimate

_LONGEST = 1e9
"""Seconds: what claims to be longer tells nothing of how long conversations are."""


class Talk(msgspec.Struct, frozen=True):
    """What is read of a conversation; whatever is missing or of another type is None."""

    id: Any = None
    channel: Any = None
    handoff: Any = None
    total_duration: Any = None

    @property
    def is_call(self) -> bool:
        """Whether it was spoken: chats have no recording."""
        return isinstance(self.channel, str) and self.channel.upper().startswith("VOICE")

    @property
    def seconds(self) -> float:
        """How long it took."""
        found = self.total_duration
        is_length = isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= _LONGEST
        return float(found) if is_length else 0.0


class Calls(msgspec.Struct, frozen=True):
    """Calls among conversations: their share, and the seconds of one."""

    share: Estimate
    seconds: Estimate


def talks_in(pages: Sequence[Page]) -> list[Talk]:
    """Read the records of pages; those that cannot be read are left out."""
    found = []
    for page in pages:
        for record in page.records:
            try:
                found.append(msgspec.json.decode(record.payload, type=Talk))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
    return found


def calls_among(talks: Sequence[Talk], *, handed_off: bool = False) -> Calls:
    """Estimate the share of calls (or of those that were handed off) and their length; `talks` is not empty."""
    calls = [one for one in talks if one.is_call and (one.handoff is True or not handed_off)]
    seconds = [one.seconds for one in calls] or [0.0]
    return Calls(Estimate.share_of(len(calls), len(talks)), Estimate.mean_of(seconds, least_error=0.05))
