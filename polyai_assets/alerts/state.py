"""What is known of findings, in the warehouse, and the transaction in which alerts read and write it.

There is one row per finding, until it is resolved and afterwards.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from polyai_assets.alerts.compare import KnownFinding, LastReport
from polyai_assets.alerts.finding import Finding
from polyai_assets.contract.lasting_tables import ALERT_TABLES, FINDINGS
from polyai_assets.contract.tables import quote
from polyai_assets.warehouse import transaction
from polyai_assets.warehouse.attach import SCHEMA, Warehouse

T = TypeVar("T")

_MOMENT = pa.timestamp("us", tz="UTC")
_COLUMNS = pa.schema(
    [
        ("project", pa.string()),
        ("check", pa.string()),
        ("kind", pa.string()),
        ("path", pa.string()),
        ("opened_at", _MOMENT),
        ("resolved_at", _MOMENT),
        ("severity", pa.string()),
        ("first_seen", pa.date32()),
        ("last_seen", pa.date32()),
        ("began", pa.date32()),
        ("days", pa.int64()),
        ("count", pa.int64()),
        ("share", pa.float64()),
        ("example", pa.string()),
        ("next_step", pa.string()),
        ("run_id", pa.string()),
        ("told_severity", pa.string()),
        ("told_share", pa.float64()),
        ("told_count", pa.int64()),
        ("told_until", pa.date32()),
    ]
)
_KEY = ", ".join(quote(field.name) for field in FINDINGS.fields if field.key)
_FOUND = tuple(Finding.__dataclass_fields__)


def in_transaction(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, work: transaction.Work[T]
) -> T:
    """Do `work` in a transaction on the tables of alerts; see `warehouse.transaction.in_transaction`."""
    return transaction.in_transaction(connection, warehouse, "alerts", ALERT_TABLES, work)


def read_open(connection: duckdb.DuckDBPyConnection, projects: Sequence[str]) -> list[KnownFinding]:
    """Read the open findings of projects."""
    rows = connection.execute(
        f"SELECT * FROM {SCHEMA}.findings WHERE resolved_at IS NULL AND project IN (SELECT unnest(?))",
        [list(projects)],
    )
    return [_known(row) for row in rows.to_arrow_table().to_pylist()]


def write(
    connection: duckdb.DuckDBPyConnection, before: Iterable[KnownFinding], after: Iterable[KnownFinding]
) -> None:
    """Write the findings that are not as they were before."""
    unchanged = set(before)
    rows = [_row(entry) for entry in after if entry not in unchanged]
    if not rows:
        return
    changed = pa.Table.from_pylist(rows, schema=_COLUMNS)
    connection.register("changed_findings", changed)
    try:
        connection.execute(
            f"DELETE FROM {SCHEMA}.findings WHERE ({_KEY}) IN (SELECT ({_KEY}) FROM changed_findings)"
        )
        connection.execute(f"INSERT INTO {SCHEMA}.findings BY NAME SELECT * FROM changed_findings")
    finally:
        connection.unregister("changed_findings")


def _row(known: KnownFinding) -> dict[str, Any]:
    reported = known.reported
    return {
        **{name: getattr(known.finding, name) for name in _FOUND},
        "opened_at": known.opened_at,
        "resolved_at": known.resolved_at,
        "told_severity": reported.severity if reported else None,
        "told_share": reported.share if reported else None,
        "told_count": reported.count if reported else None,
        "told_until": reported.until if reported else None,
    }


def _known(row: dict[str, Any]) -> KnownFinding:
    reported = (
        LastReport(row["told_severity"], row["told_share"], row["told_count"], row["told_until"])
        if row["told_severity"] is not None
        else None
    )
    return KnownFinding(
        Finding(**{name: row[name] for name in _FOUND}), row["opened_at"], reported, row["resolved_at"]
    )
