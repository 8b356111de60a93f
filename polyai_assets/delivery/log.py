"""The log that a target keeps of what was delivered to it: a row for each day, written with the day's rows.

It lies in the target, in the same transaction as the rows: a delivery that was killed before it committed has left
the rows and the log of before, and the next run finds by the log what it has to do.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived
from polyai_assets.contract.tables import Table
from polyai_assets.delivery.manifest import DayManifest

_FIELDS = (
    PROJECT,
    DATE,
    derived("version", Kind.INTEGER, "Version of the day, as its manifest numbers it"),
    derived("certificate_sha256", Kind.TEXT, "SHA-256 of the day's certificate in the raw store"),
    derived("verdict", Kind.TEXT, "complete, incomplete or provisional, as the certificate says"),
    derived("settled", Kind.BOOLEAN, "Whether nothing more is expected of the day"),
    derived("schema_version", Kind.TEXT, "Identifies tables and columns"),
    derived("tables", Kind.TEXT, "Tables that were delivered, with a comma between them"),
    derived("rows_expected", Kind.INTEGER, "Rows of all tables, as the manifest counts them"),
    derived("rows_found", Kind.INTEGER, "Rows that were counted in the target after the commit", nullable=True),
    derived("differing", Kind.TEXT, "Tables whose rows or checksum were found different; empty if none", nullable=True),
    derived("verified_at", Kind.TIMESTAMP, "When rows and checksums were compared", nullable=True),
    derived("published_at", Kind.TIMESTAMP, "When the version was published"),
    derived("delivered_at", Kind.TIMESTAMP, "When the version was delivered"),
    derived("restated_count", Kind.INTEGER, "How often a version has replaced another in the target"),
    derived("nul_characters", Kind.INTEGER, "Characters that the target refuses, and that were replaced by U+FFFD"),
)  # fmt: skip

DELIVERY_LOG = Table(
    "polyai_delivery_log", "One row per project and day that was delivered, with its version.", _FIELDS
)
DELIVERY_HISTORY = Table(
    "polyai_delivery_history",
    "One row per version of a day that was delivered; rows are only added.",
    _FIELDS,
)


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
