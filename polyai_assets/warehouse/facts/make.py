"""Making the facts of partitions, inside the transaction that replaces the tables that they come from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.fields import DATE
from polyai_assets.contract.tables import (
    CONVERSATION_CHANGES,
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    DETAIL_TURNS,
    FUNCTION_EVENTS,
    KPI_SETTINGS,
    METRICS,
    REFERENCE_TABLES,
    TURN_SAFETY_FINDINGS,
    TURN_TOPICS,
    TURNS,
    Table,
    literal,
    quote,
)
from polyai_assets.privacy.contact import CONTACT_SQL, DIALLED_SQL, KIND_SQL, OUR_PLAIN_SQL
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import column_names
from polyai_assets.warehouse.facts.configured import facts_table, formulas, metric_values, state_paths
from polyai_assets.warehouse.facts.erased import erased_facts
from polyai_assets.warehouse.facts.figures_of_facts import FactTally
from polyai_assets.warehouse.facts.masked import align_numbers, details_of_another_policy, mask_numbers
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.facts.settings_rows import given_settings, stored_settings
from polyai_assets.warehouse.load import FactFigures, Load
from polyai_assets.warehouse.of_days import OF_DAYS, of_days
from polyai_assets.warehouse.replace_rows import replace_rows
from polyai_assets.warehouse.staged_rows import StagedRows

SLOW = 2
"""Seconds: PolyAI's own target for the latency of a turn."""

_ROWS_AT_ONCE = 2048

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
"""A letter of a script that puts no blanks between words."""

_WORDS = r"""len(list_filter(string_split(
            CASE WHEN contains({text}, chr(10)) OR contains({text}, chr(9)) OR contains({text}, chr(13))
                THEN translate({text}, chr(9) || chr(10) || chr(13), '   ') ELSE {text} END,
            ' '), lambda word: word <> ''))"""
"""How many words a text has."""

_METRICS = (
    *("CSAT_OFFERED", "CSAT_ACCEPTED", "CSAT_DENIED", "CSAT_COMPLETED", "CSAT_SCORE", "CSAT_FREE_FEEDBACK"),
    "CHAT_ABANDONED",
)
"""The metrics that have columns in every project; their names are PolyAI's."""

_SOURCES: Sequence[tuple[Table, Sequence[str]]] = (
    (
        CONVERSATIONS,
        (
            *(
                "project",
                "date",
                "conversation_id",
                "region",
                "account_id",
                "project_id",
                "environment",
                "channel",
            ),
            *(
                "started_at",
                "in_progress",
                "variant_id",
                "variant_name",
                "from_number",
                "to_number",
                "num_turns",
            ),
            *("total_duration", "polyai_duration", "handoff", "handoff_reason", "handoff_destination"),
            *("num_silences", "num_ood", "state"),
        ),
    ),
    (
        TURNS,
        (
            *("conversation_id", "turn_index", "user_input", "user_input_dtmf", "agent_response", "latency"),
            *("intents", "barge_in", "extra"),
        ),
    ),
    (METRICS, ("conversation_id", "name", "position", "value", "value_double")),
    (CONVERSATION_CHANGES, ("conversation_id", "changed_at")),
    (
        CONVERSATION_DETAILS,
        (
            *(
                "conversation_id",
                "status",
                "asked_at",
                "direction",
                "finished_at",
                "language",
                "deployment_id",
            ),
            *("poly_score", "poly_score_scale", "summary_heading", "tags", "note"),
        ),
    ),
    (
        FUNCTION_EVENTS,
        ("conversation_id", "turn_index", "name", "error", "duration", "handoff", "extra"),
    ),
    (DETAIL_TURNS, ("conversation_id", "turn_index", "asr_language")),
    (TURN_TOPICS, ("conversation_id", "topic")),
    (TURN_SAFETY_FINDINGS, ("conversation_id", "category")),
    (REFERENCE_TABLES["variants"], ("variant_id", "is_default", "valid_until")),
    (REFERENCE_TABLES["deployments"], ("deployment_id", "message", "created_at", "valid_from")),
)
"""The tables that facts come from, with the columns that are read."""


def facts_tables(settings: KpiSettings) -> tuple[Table, ...]:
    """Give the tables that are written when facts are made."""
    return (facts_table(settings), KPI_SETTINGS)


def settings_hash(settings: KpiSettings, policy: str = "") -> str:
    """Identify what facts are made with: the settings of the project, the formulas, and the policy on personal data."""
    return settings.hash(_sql() + "".join(formula for _, formula in formulas(settings)) + policy)


def make_facts(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], now: datetime | None = None
) -> dict[date, FactFigures]:
    """Replace the facts of partitions of one project in the attached warehouse; gives what is shown of them, by date.

    Of a table that is not there, such as that of details, no rows are read.
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
        made = connection.execute(_statement(connection, settings), of_days(loads) | given)
        erased = erased_facts(connection, facts, loads, given["now"])
        for batch in chain(made.to_arrow_reader(_ROWS_AT_ONCE), erased):
            rows.add(pa.Table.from_batches([batch]))
            for day in pc.unique(batch[DATE.name]).to_pylist():
                tallies[day].add(batch.filter(pc.equal(batch[DATE.name], day)))
        rows.close()
        connection.unregister("days_given")
        connection.unregister("kpi_given")
        # made first and then stored, they take half the memory at a time
        replace_rows(connection, facts, loads, rows)
    return {day: tally.figures(rows.counts[day]) for day, tally in tallies.items()}


def _hashes(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> dict[date, str]:
    """Identify what the facts of each day are made with."""
    others = details_of_another_policy(connection, loads)
    usual, other = (settings_hash(loads[-1].kpi, loads[-1].policy + found) for found in ("", "details"))
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
        "metric_names": [*_METRICS, *settings.success_metrics, *settings.metric_columns],
    }


def _statement(connection: duckdb.DuckDBPyConnection, settings: KpiSettings) -> str:
    columns = [f"{formula} AS {quote(name)}" for name, formula in formulas(settings)]
    there = {table: column_names(connection, table.name) for table, _ in _SOURCES}
    return _sql().format(
        **{table.name: _source(table, columns, there[table]) for table, columns in _SOURCES},
        has={table.name: "true" if found else "false" for table, found in there.items()},
        settings="kpi_given",
        days="days_given",
        state_paths=state_paths(settings),
        metric_values=metric_values(settings),
        user_words=_WORDS.format(text="user_input"),
        agent_words=_WORDS.format(text="agent_response"),
        unspaced=literal(_UNSPACED),
        slow=SLOW,
        dialled=DIALLED_SQL,
        our_plain=OUR_PLAIN_SQL,
        contact_kind=KIND_SQL,
        contact=CONTACT_SQL,
        columns=",\n    ".join(["date", "conversation_id", *columns]),
    )


def _source(table: Table, columns: Sequence[str], there: Collection[str]) -> str:
    """Give what is read of a table: the rows of the days; where it or a column is missing, no rows or NULL.

    Whoever has made a column of another type finds what fits in it.
    """
    kinds = {field.name: field.kind.sql_type for field in table.fields}
    if DATE.name in kinds:
        columns = list(dict.fromkeys([DATE.name, *columns]))
    listed = ", ".join(
        f"TRY_CAST({column if column in there else 'NULL'} AS {kinds[column]}) AS {column}"
        for column in columns
    )
    if not there:
        return f"(SELECT {listed} WHERE false)"
    chosen = OF_DAYS if DATE.name in kinds else "project = $project"
    return f"(SELECT {listed} FROM {SCHEMA}.{table.name} WHERE {chosen})"


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


@cache
def _sql() -> str:
    return resources.files("polyai_assets.warehouse.facts").joinpath("facts.sql").read_text()
