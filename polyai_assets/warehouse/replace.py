"""Replacing a partition: every table that it fills, in one transaction, so that they always agree."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from polyai_assets.contract.tables import QUARANTINED, VANISHED_CONVERSATIONS, Table
from polyai_assets.machine.actionable import Actionable
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.memory import Heaviest, heaviest_record, most_memory
from polyai_assets.warehouse.read_ahead import read_ahead
from polyai_assets.warehouse.stage import Staging
from polyai_assets.warehouse.transaction import in_transaction


class TooManyViolations(Actionable):
    """A greater share of a day's records breaks the guarantees than is allowed; `staged` says which."""

    def __init__(self, staged: Staged, allowed: float) -> None:
        super().__init__(
            f"{staged.records_in_breach:,} of {staged.records:,} records break PolyAI's guarantees or cannot be "
            f"loaded, more than max_violation_ratio ({allowed:g}) allows; the tables keep what they had"
        )
        self.staged = staged


_NEAR = timedelta(days=31)
"""How far a conversation may move between days and still be found where it was."""


def replace_partition(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    records: Iterable[pa.RecordBatch],
    changes: Iterable[Mapping[str, object]] = (),
    max_violation_ratio: float = 1.0,
) -> Staged:
    """Replace a partition of the tables by what raw records hold, and by what changed in them.

    The records are staged first, so that the warehouse is held only for the replacement itself. Whatever
    happens before the commit leaves the partition as it was. Raises TooManyViolations when a greater share of the
    records breaks the guarantees than `max_violation_ratio`, WarehouseBusy and WarehouseUnreachable.
    """
    most, tables = most_memory(connection, warehouse.memory), load.contract.tables
    staging = Staging(connection, load, most)
    with read_ahead(records, heaviest_record(most), load.contract) as batches:
        for batch in batches:
            staging.add(batch)
    staging.add_changes(changes)
    staged = staging.finish()
    if staged.records_in_breach > max_violation_ratio * staged.records:
        raise TooManyViolations(staged, max_violation_ratio)

    def commit(connection: duckdb.DuckDBPyConnection) -> list[date]:
        staging.find_drift(staged)
        elsewhere = _found_elsewhere(connection, load)
        for table in tables:
            _replace(connection, table, load, f"staged_{table.name}")
        _forget_returned(connection, load)
        return elsewhere

    staged.elsewhere = in_transaction(
        connection, warehouse, str(load.partition), tables, commit, staging.heaviest
    )
    return staged


def replace_tables(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    contents: Mapping[Table, pa.Table | Path],
) -> None:
    """Replace a partition of tables by given rows, all in one transaction.

    Each of the Arrow tables, or local Parquet files, has the columns of its table but `project` and `date`. Raises
    WarehouseBusy and WarehouseUnreachable.
    """

    def commit(connection: duckdb.DuckDBPyConnection) -> None:
        for table, rows in contents.items():
            # DuckDB reads a file within its own limit of memory; an Arrow dataset reads far ahead of it.
            connection.register(
                "given", connection.read_parquet(_literally(rows)) if isinstance(rows, Path) else rows
            )
            _replace(connection, table, load, "given")
            connection.unregister("given")

    heaviest = max((_heaviest(rows) for rows in contents.values()), default=0)
    in_transaction(connection, warehouse, str(load.partition), contents, commit, heaviest)


def _heaviest(rows: pa.Table | Path) -> int:
    """Say how many bytes the heaviest 2,048 rows have; a file's groups are taken for their size in memory."""
    heaviest = Heaviest()
    if isinstance(rows, pa.Table):
        heaviest.add_table(rows)
    else:
        metadata = pq.read_metadata(rows)
        for place in range(metadata.num_row_groups):
            group = metadata.row_group(place)
            heaviest.add(group.num_rows, group.total_byte_size)
    return heaviest.bytes


def _literally(path: Path) -> str:
    """Name a file so that DuckDB, which takes every name for a pattern, reads this one and no other."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def _replace(connection: duckdb.DuckDBPyConnection, table: Table, load: Load, rows: str) -> None:
    """Replace a partition of a table by `rows`, a table with its columns but those of the partition."""
    of_partition = {"project": load.project, "date": load.date}
    connection.execute(
        f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project AND date = $date", of_partition
    )
    connection.execute(
        f"INSERT INTO {SCHEMA}.{table.name} BY NAME "
        f"SELECT $project AS project, CAST($date AS DATE) AS date, * FROM {rows}",
        of_partition,
    )


def _found_elsewhere(connection: duckdb.DuckDBPyConnection, load: Load) -> list[date]:
    """Find other days that hold conversations of this one: these have moved here, and must leave there."""
    found = connection.execute(
        f"SELECT DISTINCT date FROM {SCHEMA}.conversations "
        "WHERE project = ? AND date <> ? AND date BETWEEN ? AND ? "
        "AND conversation_id IN (SELECT conversation_id FROM staged_conversations) ORDER BY date",
        [load.project, load.date, load.date - _NEAR, load.date + _NEAR],
    )
    return [day for (day,) in found.fetchall()]


def _forget_returned(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Conversations that are on some day have not vanished from another, nor are they in quarantine there."""
    for table in (VANISHED_CONVERSATIONS, QUARANTINED):
        connection.execute(
            f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project "
            "AND (date = $date OR conversation_id IN (SELECT conversation_id FROM staged_conversations)) "
            f"AND conversation_id IN (SELECT conversation_id FROM {SCHEMA}.conversations WHERE project = $project)",
            {"project": load.project, "date": load.date},
        )
