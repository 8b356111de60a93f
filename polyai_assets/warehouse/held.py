"""What the warehouse holds of a partition, so that nothing is loaded twice.

Each load leaves a row in `loads`, in the same transaction: which records it loaded, by which contract and code, and
what they turned out to hold. A day whose records are those that are held needs no load; only what shows beside the days
before it is looked at again, since these may have changed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.metadata import version

import duckdb
import msgspec
import pyarrow as pa

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.profile import Count, Fact, Past, compare
from polyai_assets.contract.tables import DAY_PROFILES, LOADS, QUARANTINED, VANISHED_CONVERSATIONS
from polyai_assets.warehouse.attach import SCHEMA, Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.profile import read_past
from polyai_assets.warehouse.staged_rows import row_schema

_LEFT_LATER = (QUARANTINED.name, VANISHED_CONVERSATIONS.name)
"""Tables of which rows leave when their conversations come back on another day."""

_LONGEST_SUMMARY = 1_000_000
"""Bytes. A day of which more is to be remembered is loaded again."""


def loads_row(load: Load, staged: Staged) -> pa.Table:
    """Give the row of `loads` of what was loaded; none where the records are not known, or too much was found wrong."""
    summary = msgspec.json.encode(
        replace(staged, figures=staged.figures and replace(staged.figures, before={}))
    )
    schema = row_schema(LOADS)
    if not load.records or len(summary) > _LONGEST_SUMMARY:
        return schema.empty_table()
    made_by = (_judged_by(load), version("polyai-assets"), load.policy)
    row = (datetime.now(UTC), load.records, *made_by, summary.decode())
    return pa.table(
        [pa.array([value], kind) for value, kind in zip(row, schema.types, strict=True)], schema=schema
    )


def loaded_before(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, loads: Sequence[Load]
) -> set[date]:
    """Find the days of a project of which the same was loaded: they may be held. Raises WarehouseBusy."""
    try:
        with warehouse.attached(connection, read_only=True):
            return {load.date for load in loads if _read_staged(connection, load) is not None}
    except (WarehouseUnreachable, duckdb.CatalogException, duckdb.BinderException):
        return set()  # nothing was loaded yet, or the table is missing


def held_partition(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load, max_violation_ratio: float = 1.0
) -> Staged | None:
    """Give what the warehouse holds of a partition where that is what would be loaded; None where it has to be.

    Raises WarehouseBusy.
    """
    try:
        with warehouse.attached(connection, read_only=True):
            staged = _read_staged(connection, load)
            if staged is None or not _has_rows(connection, load, staged):
                return None
            past = read_past(connection, [load])[load.date]
            found = compare_with(load, staged, _read_profile(connection, load), past)
    except (WarehouseUnreachable, duckdb.CatalogException, duckdb.BinderException):
        return None  # nothing was loaded yet, or tables are missing
    if staged.elsewhere or staged.exceeds(max_violation_ratio):
        return None
    if sorted(map(repr, found)) != sorted(map(repr, staged.drift)):
        return None
    return replace(staged, figures=staged.figures and replace(staged.figures, before=past.daily))


def compare_with(load: Load, staged: Staged, today: dict[Fact, Count], past: Past) -> list[Drift]:
    """Give the drift of a partition: what was met in its records, and what shows beside the days before."""
    reported = {drift.path for drift in staged.met} | {breach.path for breach in staged.breaches}
    return [*staged.met, *compare(today, past, load.fetched_until, reported, load.contract.never_new)]


def _read_staged(connection: duckdb.DuckDBPyConnection, load: Load) -> Staged | None:
    if not load.records:
        return None
    rows = connection.execute(
        f"SELECT summary FROM {SCHEMA}.{LOADS.name} WHERE project = $project AND date = $date "
        "AND records_sha256 = $records AND contract_sha256 = $judged_by AND code_version = $version",
        {
            "project": load.project,
            "date": load.date,
            "records": load.records,
            "judged_by": _judged_by(load),
            "version": version("polyai-assets"),
        },
    ).fetchall()
    return msgspec.json.decode(rows[0][0], type=Staged) if len(rows) == 1 else None


def _has_rows(connection: duckdb.DuckDBPyConnection, load: Load, staged: Staged) -> bool:
    """Tell whether the tables still have the rows that were loaded."""
    for table in load.contract.tables:
        found = connection.execute(
            f"SELECT count(*) FROM {SCHEMA}.{table.name} WHERE project = ? AND date = ?",
            [load.project, load.date],
        ).fetchone()
        count, loaded = found[0] if found else 0, staged.rows[table.name]
        if count != loaded and not (table.name in _LEFT_LATER and count < loaded):
            return False
    return True


def _read_profile(connection: duckdb.DuckDBPyConnection, load: Load) -> dict[Fact, Count]:
    rows: Sequence[tuple[str, str, str, int, int]] = connection.execute(
        f"SELECT aspect, path, value, count, total FROM {SCHEMA}.{DAY_PROFILES.name} WHERE project = ? AND date = ?",
        [load.project, load.date],
    ).fetchall()
    return {(aspect, path, value): Count(count, total) for aspect, path, value, count, total in rows}


def _judged_by(load: Load) -> str:
    """Identify what else decides what is loaded: contract, version of the API, what its pages had, policy."""
    return hashlib.sha256(
        repr(
            (
                _declared(load.contract),
                load.api_version,
                load.found_before,
                *([load.policy] if load.policy else []),
            )
        ).encode()
    ).hexdigest()


def _declared(contract: Contract) -> str:
    return repr((contract.tables, sorted(contract.known.items())))
