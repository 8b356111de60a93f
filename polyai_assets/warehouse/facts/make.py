"""Making the facts of partitions, inside the transaction that replaces the tables that they come from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from math import ceil
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.fields import DATE
from polyai_assets.contract.tables import CONVERSATIONS, KPI_SETTINGS, Table
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import column_names
from polyai_assets.warehouse.facts.configured import facts_table, formulas
from polyai_assets.warehouse.facts.erased import erased_facts
from polyai_assets.warehouse.facts.figures_of_facts import FactTally
from polyai_assets.warehouse.facts.masked import align_numbers, details_of_another_policy, mask_numbers
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.facts.settings_rows import given_settings, stored_settings
from polyai_assets.warehouse.facts.statement import METRIC_COLUMNS, facts_sql, facts_statement
from polyai_assets.warehouse.load import FactFigures, Load
from polyai_assets.warehouse.of_days import OF_DAYS, of_days
from polyai_assets.warehouse.replace_rows import replace_rows
from polyai_assets.warehouse.staged_rows import StagedRows

_ROWS_AT_ONCE = 2048

CONVERSATIONS_AT_ONCE = 50_000
"""So many conversations need some 170 MB: what is gathered of each, such as all its latencies, is held until the last
row was read, and cannot be spilled. To read a large day several times costs less than to have too little memory."""


def facts_tables(settings: KpiSettings) -> tuple[Table, ...]:
    """Give the tables that are written when facts are made."""
    return (facts_table(settings), KPI_SETTINGS)


def settings_hash(settings: KpiSettings, *, has_details: bool, policy: str = "") -> str:
    """Identify what facts are made with: the settings of the project, the formulas, and the policy on personal data.

    `has_details` is in it, since it decides what is final.
    """
    written = "".join(formula for _, formula in formulas(settings))
    return settings.hash(f"{facts_sql()}{written}{has_details}{policy}")


def make_facts(
    connection: duckdb.DuckDBPyConnection,
    loads: Sequence[Load],
    now: datetime | None = None,
    *,
    empty: Collection[str] = (),
) -> dict[date, FactFigures]:
    """Replace the facts of partitions of one project in the attached warehouse; gives their figures by date.

    Tables that are known to be `empty` (`empty_tables`), and have got no row since, are not read.
    """
    load = loads[-1]  # what is the project's is the same of all
    settings = shown = load.kpi
    if load.masking:
        align_numbers(connection, loads)
        settings = mask_numbers(load.kpi, load.masking, besides=True)
        shown = mask_numbers(load.kpi, load.masking, besides=False)
    hashes = _hashes(connection, loads)
    _store_settings(connection, load, shown, hashes[load.date])
    facts = facts_table(settings)
    tallies = {load.date: FactTally() for load in loads}
    with temporary_folder() as folder:
        rows = StagedRows(folder, facts)
        connection.register("kpi_given", given_settings(settings))
        connection.register("days_given", _days(loads, hashes))
        given = _given(load, now or datetime.now(UTC))
        made = _made(connection, loads, settings, given, empty)
        for batch in chain(made, erased_facts(connection, facts, loads, given["now"])):
            rows.add(pa.Table.from_batches([batch]))
            for day in pc.unique(batch[DATE.name]).to_pylist():
                tallies[day].add(batch.filter(pc.equal(batch[DATE.name], day)))
        rows.close()
        connection.unregister("days_given")
        connection.unregister("kpi_given")
        # made first and then stored, they take half the memory at a time
        replace_rows(connection, facts, loads, rows)
    return {day: tally.figures(rows.counts[day]) for day, tally in tallies.items()}


def _made(
    connection: duckdb.DuckDBPyConnection,
    loads: Sequence[Load],
    settings: KpiSettings,
    given: dict[str, Any],
    empty: Collection[str],
) -> Iterator[pa.RecordBatch]:
    """Make the facts of the conversations of days, in parts where there are many."""
    parts = ceil(_count_conversations(connection, loads) / CONVERSATIONS_AT_ONCE)
    for part in range(parts):
        statement = facts_statement(connection, settings, part, parts, empty)
        yield from connection.execute(statement, of_days(loads) | given).to_arrow_reader(_ROWS_AT_ONCE)


def _count_conversations(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> int:
    """Count the conversations of days; there are none where only details were loaded so far."""
    if not column_names(connection, CONVERSATIONS.name):
        return 0
    counted = f"SELECT count(*) FROM {SCHEMA}.{CONVERSATIONS.name} WHERE {OF_DAYS}"
    ((count,),) = connection.execute(counted, of_days(loads)).fetchall()
    return int(count)


def _hashes(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> dict[date, str]:
    """Identify what the facts of each day are made with."""
    others = details_of_another_policy(connection, loads)
    load = loads[-1]
    usual, other = (
        settings_hash(load.kpi, has_details=load.has_details, policy=load.policy + found)
        for found in ("", "details")
    )
    return {load.date: other if load.date in others else usual for load in loads}


def _days(loads: Sequence[Load], hashes: Mapping[date, str]) -> pa.Table:
    """Give a row for each day, with what its facts say of it."""
    return pa.table(
        {
            DATE.name: pa.array([load.date for load in loads], pa.date32()),
            "partition_state": [load.state for load in loads],
            "certificate_sha256": [load.records for load in loads],
            "settings_hash": [hashes[load.date] for load in loads],
        }
    )


def _given(load: Load, now: datetime) -> dict[str, Any]:
    settings = load.kpi
    return {
        "now": now,
        "has_details": load.has_details,
        "studio": load.partition.project.studio_url,
        "variants": list(settings.variants),
        "success_metrics": list(settings.success_metrics),
        "metric_names": [*METRIC_COLUMNS, *settings.success_metrics, *settings.metric_columns],
    }


def _store_settings(
    connection: duckdb.DuckDBPyConnection, load: Load, settings: KpiSettings, identity: str
) -> None:
    """Keep the settings of the project, where they are not those that are kept."""
    of_project = {"project": load.project}
    place = f"{SCHEMA}.{KPI_SETTINGS.name}"
    kept = connection.execute(
        f"SELECT DISTINCT settings_hash FROM {place} WHERE project = $project", of_project
    ).fetchall()
    if kept == [(identity,)]:
        return
    connection.execute(f"DELETE FROM {place} WHERE project = $project", of_project)
    connection.register("given", stored_settings(settings, identity))
    connection.execute(f"INSERT INTO {place} BY NAME SELECT $project AS project, * FROM given", of_project)
    connection.unregister("given")
