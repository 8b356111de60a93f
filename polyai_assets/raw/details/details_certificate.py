"""The certificate of a partition's details: who was asked for, with which result, where it lies, and when it is due.

<root>/<region>/<account>/<project>/<date>/details/<id>.parquet
<root>/<region>/<account>/<project>/<date>/details/certificate.json
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.conversations.certificate import NO_FILE
from polyai_assets.raw.dataset import Dataset
from polyai_assets.raw.partition import Partition, Partitioned, RawFile
from polyai_assets.raw.retention_days import RAW
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

MOST_NAMED = 100
"""So many of the conversations that could not be asked for are named."""


class DetailsCertificate(Partitioned, frozen=True, kw_only=True):
    """What is known of the details of one partition.

    `of_records_sha256` identifies the conversations that were asked for, as the certificate of the partition does.
    `conversations` are those that the partition holds: of `in_progress` no detail is wanted yet, `without_id` cannot
    be asked for, and all others are `found`, `missing`, `unreadable` or `not_asked`, with the error of each, up to a
    hundred: first those that were tried. `calls` were made for this commit; `unchanged` are those that needed none,
    because the list showed no change. `next_due_at` is when the next of them is due by age. `versions` are the files
    that are kept, the current one last.
    """

    version: int = 1
    id: str
    started_at: datetime
    finished_at: datetime
    code_version: str
    of_records_sha256: str
    conversations: int
    in_progress: int
    without_id: int
    found: int
    missing: int
    unreadable: int
    not_asked: int
    errors: dict[str, str] = {}
    calls: int
    unchanged: int = 0
    next_due_at: datetime | None
    records_sha256: str
    file: RawFile = NO_FILE
    versions: list[RawFile] = []

    @property
    def files(self) -> list[RawFile]:
        """The files that it names, the newest first."""
        earlier = [file for file in reversed(self.versions) if file != self.file]
        return [self.file, *earlier]

    @property
    def is_complete(self) -> bool:
        """Whether every conversation that has ended was asked for."""
        return self.not_asked == 0


DETAIL_FILES = Dataset(
    asset="raw_details",
    name=lambda partition: f"{partition.folder}/details/certificate.json",
    kind=DetailsCertificate,
    remedy="Move it away and fetch the day again with {fetch_again}",
    options=("--details",),
)

LOOK_BACK = timedelta(days=17)
"""How old a day may be to be looked at: it is due for the last time 16 days after its date."""


class ConversationsState(msgspec.Struct, frozen=True):
    """What is read of a certificate of conversations: which they are, how many, who is in progress, what is gone."""

    records_sha256: str
    rows: int
    in_progress: dict[str, datetime]
    retired: dict[str, datetime] = {}


class DetailsState(msgspec.Struct, frozen=True):
    """What is read of a certificate of details: of which conversations, who could not be asked, when one is due."""

    of_records_sha256: str
    not_asked: int
    next_due_at: datetime | None


S = TypeVar("S", ConversationsState, DetailsState)


class DueDetails(NamedTuple):
    """A partition whose details are to be fetched, why, and what identifies this reason."""

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
    if RAW in conversations.retired:
        return None
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
