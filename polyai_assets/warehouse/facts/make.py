"""Making the facts of a partition, inside the transaction that replaces the tables that they come from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa

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
from polyai_assets.warehouse.facts.configured import facts_table, formulas, metric_values, state_paths
from polyai_assets.warehouse.facts.figures_of_facts import FactTally
from polyai_assets.warehouse.facts.masked import align_numbers, details_of_another_policy, mask_numbers
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.facts.settings_rows import given_settings, stored_settings
from polyai_assets.warehouse.load import FactFigures, Load
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


def make_facts(connection: duckdb.DuckDBPyConnection, load: Load, now: datetime | None = None) -> FactFigures:
    """Replace the facts of a partition in the attached warehouse; gives what is shown of them.

    Of a table that is not there, such as that of details, no rows are read.
    """
    settings = shown = load.kpi
    if load.masking:
        align_numbers(connection, load)
        settings = mask_numbers(load.kpi, load.masking, besides=True)
        shown = mask_numbers(load.kpi, load.masking, besides=False)
    identity = settings_hash(load.kpi, load.policy + details_of_another_policy(connection, load))
    _store_settings(connection, load, shown, identity)
    of_partition = {"project": load.project, "date": load.date}
    facts = facts_table(settings)
    with temporary_folder() as folder:
        rows, tally = StagedRows(folder, facts), FactTally()
        connection.register("kpi_given", given_settings(settings))
        given = _given(load, identity, now or datetime.now(UTC))
        made = connection.execute(_statement(connection, settings), of_partition | given)
        for batch in made.to_arrow_reader(_ROWS_AT_ONCE):
            rows.add(pa.Table.from_batches([batch]))
            tally.add(batch)
        rows.close()
        connection.unregister("kpi_given")
        _insert(connection, facts, load, rows)
    return tally.figures(rows.count)


def _given(load: Load, identity: str, now: datetime) -> dict[str, Any]:
    settings = load.kpi
    return {
        "now": now,
        "settings_hash": identity,
        "partition_state": load.state,
        "certificate_sha256": load.records,
        "has_details": load.has_details,
        "studio": load.partition.project.studio_url,
        "variants": list(settings.variants),
        "success_metrics": list(settings.success_metrics),
        "metric_names": [*_METRICS, *settings.success_metrics, *settings.metric_columns],
    }


def _statement(connection: duckdb.DuckDBPyConnection, settings: KpiSettings) -> str:
    columns = [f"{formula} AS {quote(name)}" for name, formula in formulas(settings)]
    return _sql().format(
        **{table.name: _source(connection, table, columns) for table, columns in _SOURCES},
        settings="kpi_given",
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
        columns=",\n    ".join(["conversation_id", *columns]),
    )


def _source(connection: duckdb.DuckDBPyConnection, table: Table, columns: Sequence[str]) -> str:
    """Give what is read of a table: the partition's rows; where it or a column is missing, no rows or NULL.

    Whoever has made a column of another type finds what fits in it.
    """
    place = f"{SCHEMA}.{table.name}"
    try:
        there = {
            column for column, *_ in connection.execute(f"SELECT * FROM {place} LIMIT 0").description or ()
        }
    except duckdb.CatalogException:
        there = set()
    kinds = {field.name: field.kind.sql_type for field in table.fields}
    listed = ", ".join(
        f"TRY_CAST({column if column in there else 'NULL'} AS {kinds[column]}) AS {column}"
        for column in columns
    )
    if not there:
        return f"(SELECT {listed} WHERE false)"
    of_day = " AND date = $date" if "date" in kinds else ""
    return f"(SELECT {listed} FROM {place} WHERE project = $project{of_day})"


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, load: Load, rows: StagedRows) -> None:
    """Replace the partition's rows; made first and then stored, they take half the memory at a time."""
    of_partition = {"project": load.project, "date": load.date}
    place = f"{SCHEMA}.{table.name}"
    connection.execute(f"DELETE FROM {place} WHERE project = $project AND date = $date", of_partition)
    connection.register("given", rows.read())
    connection.execute(
        f"INSERT INTO {place} BY NAME SELECT $project AS project, CAST($date AS DATE) AS date, * FROM given",
        of_partition,
    )
    connection.unregister("given")


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
