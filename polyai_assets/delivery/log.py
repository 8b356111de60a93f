"""The log that a target keeps of what was delivered to it: a row for each day, written with the day's rows.

It lies in the target, in the same transaction as the rows: a delivery that was killed before it committed has left
the rows and the log of before, and the next run finds by the log what it has to do.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from polyai_assets.delivery.manifest import DayManifest


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of the log; its fields are the columns, in their order. What was not verified yet has None."""

    project: str
    date: date
    version: int
    certificate_sha256: str
    verdict: str
    settled: bool
    schema_version: str
    tables: str
    rows_expected: int
    rows_found: int | None
    differing: str | None
    verified_at: datetime | None
    published_at: datetime
    delivered_at: datetime
    restated_count: int
    nul_characters: int

    @property
    def is_verified(self) -> bool:
        """Whether rows and checksums were compared, and found as they should be."""
        return self.verified_at is not None and not self.differing

    def after_verification(self, rows: int, differing: str, now: datetime) -> "LogRow":
        """Give the row with what was found in the target."""
        return replace(self, rows_found=rows, differing=differing, verified_at=now)


def log_row(
    manifest: DayManifest, tables: tuple[str, ...], before: LogRow | None, nul_characters: int, now: datetime
) -> LogRow:
    """Make the row of a version that is being delivered; `before` is the one that it replaces."""
    again = before is not None and before.version == manifest.version
    restated = before.restated_count + (0 if again else 1) if before is not None else 0
    return LogRow(
        project=manifest.project,
        date=manifest.date,
        version=manifest.version,
        certificate_sha256=manifest.certificate_sha256,
        verdict=manifest.verdict,
        settled=manifest.settled,
        schema_version=manifest.schema_version,
        tables=",".join(tables),
        rows_expected=sum(manifest.tables[table].rows for table in tables),
        rows_found=None,
        differing=None,
        verified_at=None,
        published_at=manifest.published_at,
        delivered_at=now,
        restated_count=restated,
        nul_characters=nul_characters,
    )


def read_row(values: tuple[Any, ...]) -> LogRow:
    """Make a row of what a target returned for the columns, in their order."""
    return LogRow(*values)
