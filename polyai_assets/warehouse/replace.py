"""Replacing a partition: every table that it fills, in one transaction, so that they always agree."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import duckdb
import pyarrow as pa

from polyai_assets.contract.tables import LOADS, QUARANTINED, VANISHED_CONVERSATIONS, Table
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.progress import Progress
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.batches import read_ahead
from polyai_assets.warehouse.facts.make import facts_tables, make_facts
from polyai_assets.warehouse.held import loads_row
from polyai_assets.warehouse.load import FactFigures, Load, Staged
from polyai_assets.warehouse.memory import Heaviest, most_memory
from polyai_assets.warehouse.profile import read_past
from polyai_assets.warehouse.stage import STAGED_IDS, Staging, drift_rows
from polyai_assets.warehouse.staged_rows import StagedRows
from polyai_assets.warehouse.threads import threads_for
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
    most = most_memory(connection, warehouse.memory)
    with temporary_folder() as folder:
        staging = Staging(connection, load, most, folder)
        with read_ahead(records) as batches:
            for batch in batches:
                staging.add(batch)
        staging.add_changes(changes)
        staged = staging.finish()
        if staged.records_in_breach > max_violation_ratio * staged.records:
            raise TooManyViolations(staged, max_violation_ratio)
        return _commit(connection, warehouse, load, staging, staged)


def _commit(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    staging: Staging,
    staged: Staged,
) -> Staged:
    tables = load.contract.tables

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        staging.compare(staged, read_past(connection, load))
        elsewhere = _found_elsewhere(connection, load)
        for table in tables:
            rows = staging.tables.get(table.name)
            _replace(connection, table, load, rows.read() if rows else drift_rows(staged.drift))
        _forget_returned(connection, load)
        staged.elsewhere = elsewhere
        staged.fact_figures = make_facts(connection, load)
        staged.facts = staged.fact_figures.rows
        _replace(connection, LOADS, load, loads_row(load, staged))

    written = (*tables, LOADS, *facts_tables(load.kpi))
    count = sum(staged.rows.values())
    with (
        Progress(str(load.partition), "storing", "records", done=staged.records),
        threads_for(connection, count),
    ):
        in_transaction(connection, warehouse, str(load.partition), written, work, staging.heaviest)
    return staged


def replace_tables(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    contents: Mapping[Table, pa.Table | StagedRows],
    *,
    with_facts: bool = False,
) -> FactFigures | None:
    """Replace a partition of tables by given rows, all in one transaction.

    With `with_facts` its facts are made anew, too; gives what is shown of them.

    The rows have the columns of their table but `project` and `date`. Raises WarehouseBusy and WarehouseUnreachable.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> FactFigures | None:
        for table, rows in contents.items():
            _replace(connection, table, load, rows.read() if isinstance(rows, StagedRows) else rows)
        return make_facts(connection, load) if with_facts else None

    heaviest = max((_heaviest(rows) for rows in contents.values()), default=0)
    written = (*contents, *(facts_tables(load.kpi) if with_facts else ()))
    with threads_for(connection, sum(map(_count, contents.values()))):
        return in_transaction(connection, warehouse, str(load.partition), written, work, heaviest)


def _count(rows: pa.Table | StagedRows) -> int:
    return rows.count if isinstance(rows, StagedRows) else len(rows)


def _heaviest(rows: pa.Table | StagedRows) -> int:
    """Say how many bytes the heaviest 2,048 rows have."""
    if isinstance(rows, StagedRows):
        return rows.heaviest
    heaviest = Heaviest()
    heaviest.add_table(rows)
    return heaviest.bytes


def _replace(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    load: Load,
    rows: pa.Table | pa.RecordBatchReader,
) -> None:
    """Replace a partition of a table by `rows`, which have its columns but those of the partition."""
    of_partition = {"project": load.project, "date": load.date}
    connection.execute(
        f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project AND date = $date", of_partition
    )
    connection.register("given", rows)
    connection.execute(
        f"INSERT INTO {SCHEMA}.{table.name} BY NAME "
        "SELECT $project AS project, CAST($date AS DATE) AS date, * FROM given",
        of_partition,
    )
    connection.unregister("given")


def _found_elsewhere(connection: duckdb.DuckDBPyConnection, load: Load) -> list[date]:
    """Find other days that hold conversations of this one: these have moved here, and must leave there."""
    found = connection.execute(
        f"SELECT DISTINCT date FROM {SCHEMA}.conversations "
        "WHERE project = ? AND date <> ? AND date BETWEEN ? AND ? "
        f"AND conversation_id IN (FROM {STAGED_IDS}) ORDER BY date",
        [load.project, load.date, load.date - _NEAR, load.date + _NEAR],
    )
    return [day for (day,) in found.fetchall()]


def _forget_returned(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    """Conversations that are on some day have not vanished from another, nor are they in quarantine there."""
    for table in (VANISHED_CONVERSATIONS, QUARANTINED):
        connection.execute(
            f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project "
            f"AND (date = $date OR conversation_id IN (FROM {STAGED_IDS})) "
            f"AND conversation_id IN (SELECT conversation_id FROM {SCHEMA}.conversations WHERE project = $project)",
            {"project": load.project, "date": load.date},
        )
