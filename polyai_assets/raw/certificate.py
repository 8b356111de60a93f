"""The certificate of a partition: what was asked, what came, and whether that was everything.

It lies beside the records as JSON, for a person and for a program to read. A partition counts as complete
because of what its certificate says, not because a run ended well.
"""

from datetime import date, datetime
from typing import Any

import msgspec


class CertificateUnreadable(Exception):
    """A certificate is damaged, or of a version that we do not know. Says which, and what to do."""


class PageLog(msgspec.Struct, frozen=True):
    """One page: how many records and bytes it had, the SHA-256 of its body, and the limit it was asked with."""

    rows: int
    bytes: int
    sha256: str
    limit: int


class WalkLog(msgspec.Struct, frozen=True):
    """One cursor walk over one window in one environment. `closed_by` is how the server said that it ended."""

    client_env: str
    start: datetime
    end: datetime
    pages: list[PageLog]
    closed_by: str | None
    outside: int
    duplicates: list[str]


class RawFile(msgspec.Struct, frozen=True):
    """The Parquet file: its name beside the certificate, size in bytes and SHA-256."""

    name: str
    bytes: int
    sha256: str


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one partition of the raw store.

    `records_sha256` identifies the set of records by id and content, whatever file they lie in. `in_progress`
    maps the conversations that were still running to their starts.
    """

    version: int = 1
    project: str
    date: date
    fetch_id: str
    fetch_started_at: datetime
    fetch_finished_at: datetime
    code_version: str
    query: dict[str, Any]
    walks: list[WalkLog]
    rows: int
    unreadable: int
    in_progress: dict[str, str]
    records_sha256: str
    file: RawFile

    @property
    def duplicates(self) -> int:
        """How many records came more than once within a walk."""
        return sum(len(walk.duplicates) for walk in self.walks)

    @property
    def pages(self) -> int:
        """How many pages were fetched for it."""
        return sum(len(walk.pages) for walk in self.walks)

    def problems(self) -> list[str]:
        """Say what keeps it from being complete; empty when nothing does."""
        problems = [
            f"the walk over {walk.start:%Y-%m-%d %H:%M:%S} to {walk.end:%Y-%m-%d %H:%M:%S} UTC "
            f"in {walk.client_env} was not brought to its end"
            for walk in self.walks
            if walk.closed_by is None
        ]
        if not self._covered():
            problems.append("its windows do not cover the whole day")
        return problems

    def _covered(self) -> bool:
        """Tell whether the windows of every environment reach over the whole day."""
        day_start = datetime.combine(self.date, datetime.min.time(), tzinfo=self.fetch_started_at.tzinfo)
        for client_env in {walk.client_env for walk in self.walks} | set(self.query["client_env"]):
            reached = day_start
            for walk in sorted(self.walks, key=lambda one: one.start):
                if walk.client_env == client_env and walk.start <= reached:
                    reached = max(reached, walk.end)
            if (reached - day_start).total_seconds() < 24 * 3600:
                return False
        return True


def encode(certificate: Certificate) -> bytes:
    """Write a certificate as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(certificate), indent=2)


def decode(text: bytes) -> Certificate:
    """Read a certificate."""
    return msgspec.json.decode(text, type=Certificate)
