"""Which partitions' details are to be fetched again, by what the certificates of both say."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

LOOK_BACK = timedelta(days=17)
"""How old a day may be to be looked at: it is due for the last time 16 days after its date."""


class ConversationsState(msgspec.Struct, frozen=True):
    """What is read of a certificate of conversations: which they are, how many, and who is in progress."""

    records_sha256: str
    rows: int
    in_progress: dict[str, datetime]


class DetailsState(msgspec.Struct, frozen=True):
    """What is read of a certificate of details: of which conversations, who could not be asked, when one is due."""

    of_records_sha256: str
    not_asked: int
    next_due_at: datetime | None


S = TypeVar("S", ConversationsState, DetailsState)


class DueDetails(NamedTuple):
    """A partition whose details are to be fetched, why, and what tells this reason from the next."""

    partition: Partition
    reason: str
    state: str


def find_due(store: RawStore, partitions: Sequence[Partition], now: datetime) -> Iterator[DueDetails]:
    """Find the partitions whose details are to be fetched now: two small files of each are read.

    A certificate that cannot be read counts as none: the run that it stops says so.
    """
    of_conversations = {partition: CONVERSATION_FILES.name(partition) for partition in partitions}
    of_details = {partition: DETAIL_FILES.name(partition) for partition in partitions}
    found = store.read_some([*of_conversations.values(), *of_details.values()])
    for partition in partitions:
        conversations = _read(found.get(of_conversations[partition]), ConversationsState)
        details = _read(found.get(of_details[partition]), DetailsState)
        reason = None if conversations is None else why_due(conversations, details, now)
        if conversations is not None and reason is not None:
            state = f"{conversations.records_sha256} {details and details.next_due_at}"
            yield DueDetails(partition, reason, state)


def why_due(conversations: ConversationsState, details: DetailsState | None, now: datetime) -> str | None:
    """Say why a day's details are to be fetched; None if they are not."""
    if details is None:
        has_ended = conversations.rows > len(conversations.in_progress)
        return "its details were never fetched" if has_ended else None
    if details.of_records_sha256 != conversations.records_sha256:
        return "its conversations have changed"
    if details.not_asked:
        return "conversations could not be asked for"
    if details.next_due_at is not None and details.next_due_at <= now:
        return "its conversations are due by age"
    return None


def _read(content: bytes | None, kind: type[S]) -> S | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=kind)
    except UNREADABLE:
        return None
