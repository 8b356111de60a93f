"""The tables that a delivery target keeps of what was delivered to it. They lie in the target, and nowhere else."""

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived
from polyai_assets.contract.tables import Table

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

DELIVERY_TABLES = (DELIVERY_LOG, DELIVERY_HISTORY)
"""The tables of a target that are no published ones."""
