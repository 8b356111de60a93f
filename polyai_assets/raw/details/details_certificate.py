"""The certificate of a partition's details: who was asked for, with which result, and where it lies.

<root>/<region>/<account>/<project>/<date>/details/<id>.parquet
<root>/<region>/<account>/<project>/<date>/details/certificate.json
"""

from datetime import datetime

from polyai_assets.raw.conversations.certificate import NO_FILE
from polyai_assets.raw.dataset import Dataset
from polyai_assets.raw.partition import Partitioned, RawFile

MOST_NAMED = 100
"""Conversations that could not be asked for are named one by one up to so many."""


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
    remedy="Move it away and materialize the day again, with raw_details",
)
