"""Replacing partitions: every table that they fill, in one transaction, so that they always agree."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import NamedTuple

import duckdb
import pyarrow as pa

from polyai_assets.contract.tables import LOADS, QUARANTINED, SCHEMA_DRIFT, VANISHED_CONVERSATIONS, Table
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.progress import Progress
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import empty_tables
from polyai_assets.warehouse.facts.make import facts_tables, make_facts
from polyai_assets.warehouse.held import note_of
from polyai_assets.warehouse.load import FactFigures, Load, Staged
from polyai_assets.warehouse.loads import LoadNote, note_loads
from polyai_assets.warehouse.memory import Heaviest, most_memory
from polyai_assets.warehouse.of_days import of_days
from polyai_assets.warehouse.profile import read_past
from polyai_assets.warehouse.replace_rows import count_rows, replace_rows
from polyai_assets.warehouse.stage import STAGED_IDS, Staging, drift_rows
from polyai_assets.warehouse.staged_rows import StagedRows, dated
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


class LoadRecords(NamedTuple):
    """The raw records of a partition in batches, and what changed in them."""

    batches: Iterable[pa.RecordBatch]
    changes: Iterable[Mapping[str, object]] = ()


def replace_partitions(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    loads: Sequence[Load],
    read: Callable[[Load], AbstractContextManager[LoadRecords]],
    max_violation_ratio: float = 1.0,
) -> list[Staged]:
    """Replace partitions of a project in the tables by what raw records hold, all in one transaction.

    Gives what each turned out to hold. Those that break more than `max_violation_ratio` allows (`Staged.exceeds`) are
    left out, and keep what they had.

    The records are staged first, so that the warehouse is held only for the replacement itself. Whatever happens before
    the commit leaves all partitions as they were. Raises WarehouseBusy and WarehouseUnreachable.
    """
    most = most_memory(connection, warehouse.memory)
    with temporary_folder() as folder:
        staging = Staging(connection, loads, most, folder)
        for load in loads:
            with read(load) as records:
                staging.add(load.date, *records)
        found = staging.finish()
        allowed = [load for load in loads if not found[load.date].exceeds(max_violation_ratio)]
        if allowed:
            _commit(connection, warehouse, allowed, staging, found)
        return [found[load.date] for load in loads]


def _commit(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    loads: Sequence[Load],
    staging: Staging,
    found: Mapping[date, Staged],
) -> None:
    tables = loads[0].contract.tables

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        empty = empty_tables(connection, warehouse)
        for table in tables:
            if table.name in staging.tables:
                replace_rows(connection, table, loads, staging.tables[table.name], empty)
        past = read_past(connection, loads)
        elsewhere = _found_elsewhere(connection, loads)
        for load in loads:
            staging.compare(load.date, found[load.date], past[load.date])
            found[load.date].elsewhere = elsewhere.get(load.date, [])
        drift = [dated(drift_rows(found[load.date].drift), load.date) for load in loads]
        replace_rows(connection, SCHEMA_DRIFT, loads, pa.concat_tables(drift), empty)
        _forget_returned(connection, loads, empty)
        for day, figures in make_facts(connection, loads, empty=empty).items():
            found[day].fact_figures, found[day].facts = figures, figures.rows
        note_loads(connection, loads, [note_of(load, found[load.date]) for load in loads])

    written = (*tables, LOADS, *facts_tables(loads[0].kpi))
    stored = [found[load.date] for load in loads]
    count = sum(sum(staged.rows.values()) for staged in stored)
    name = (
        str(loads[0].partition)
        if len(loads) == 1
        else f"{loads[0].partition} and {len(loads) - 1} other days"
    )
    claims = [str(load.partition) for load in loads]
    with (
        Progress(name, "storing", "records", done=sum(staged.records for staged in stored)),
        threads_for(connection, count),
    ):
        in_transaction(connection, warehouse, name, written, work, staging.heaviest, claims)


def replace_tables(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    contents: Mapping[Table, pa.Table | StagedRows],
    *,
    with_facts: bool = False,
    note: LoadNote | None = None,
) -> FactFigures | None:
    """Replace a partition of tables by given rows, all in one transaction, in which the load is noted if it is to be.

    With `with_facts` its facts are made anew, too; gives what is shown of them.

    The rows have the columns of their table but `project`, and `date` where they are not staged. Raises WarehouseBusy
    and WarehouseUnreachable.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> FactFigures | None:
        empty = empty_tables(connection, warehouse)
        for table, rows in contents.items():
            given = rows if isinstance(rows, StagedRows) else dated(rows, load.date)
            replace_rows(connection, table, [load], given, empty)
        if note is not None:
            note_loads(connection, [load], [note])
        return make_facts(connection, [load], empty=empty)[load.date] if with_facts else None

    heaviest = max((_heaviest(rows) for rows in contents.values()), default=0)
    written = (*contents, *([LOADS] if note else ()), *(facts_tables(load.kpi) if with_facts else ()))
    with threads_for(connection, sum(map(count_rows, contents.values()))):
        return in_transaction(connection, warehouse, str(load.partition), written, work, heaviest)


def _heaviest(rows: pa.Table | StagedRows) -> int:
    """Say how many bytes the heaviest 2,048 rows have."""
    if isinstance(rows, StagedRows):
        return rows.heaviest
    heaviest = Heaviest()
    heaviest.add_table(rows)
    return heaviest.bytes


def _found_elsewhere(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> dict[date, list[date]]:
    """Find other days that hold conversations of these: they have moved here, and must leave there."""
    found: dict[date, list[date]] = {}
    days = of_days(loads)
    for here, there in connection.execute(
        f"SELECT DISTINCT ids.date, held.date FROM {SCHEMA}.conversations held "
        f"JOIN {STAGED_IDS} ids ON ids.conversation_id = held.conversation_id AND ids.date <> held.date "
        "WHERE project = $project AND held.date BETWEEN $first AND $last AND list_contains($dates, ids.date) "
        f"AND abs(held.date - ids.date) <= {_NEAR.days} ORDER BY ALL",
        {**days, "first": days["first"] - _NEAR, "last": days["last"] + _NEAR},
    ).fetchall():
        found.setdefault(here, []).append(there)
    return found


def _forget_returned(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], empty: Collection[str]
) -> None:
    """Conversations that are on some day have not vanished from another, nor are they in quarantine there."""
    days = of_days(loads)
    for table in (VANISHED_CONVERSATIONS, QUARANTINED):
        if table.name in empty:
            continue
        connection.execute(
            f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project AND (list_contains($dates, date) OR "
            f"conversation_id IN (SELECT conversation_id FROM {STAGED_IDS} WHERE list_contains($dates, date))) "
            f"AND conversation_id IN (SELECT conversation_id FROM {SCHEMA}.conversations WHERE project = $project)",
            {name: days[name] for name in ("project", "dates")},
        )
