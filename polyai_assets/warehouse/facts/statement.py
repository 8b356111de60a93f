"""The statement that makes facts, of the tables that are there and of what a project configures."""

from collections.abc import Collection, Sequence
from functools import cache
from importlib import resources

import duckdb

from polyai_assets.contract.fields import DATE
from polyai_assets.contract.tables import (
    CONVERSATION_CHANGES,
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    DETAIL_TURNS,
    FUNCTION_EVENTS,
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
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import column_names
from polyai_assets.warehouse.facts.configured import formulas, metric_values, state_paths
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.of_days import OF_DAYS

SLOW = 2
"""Seconds: PolyAI's own target for the latency of a turn."""

UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
"""A letter of a script that puts no blanks between words."""

_WORDS = r"""len(list_filter(string_split(
            CASE WHEN contains({text}, chr(10)) OR contains({text}, chr(9)) OR contains({text}, chr(13))
                THEN translate({text}, chr(9) || chr(10) || chr(13), '   ') ELSE {text} END,
            ' '), lambda word: word <> ''))"""
"""How many words a text has."""

METRIC_COLUMNS = (
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
        ("conversation_id", "turn_index", "position", "name", "error", "duration", "handoff", "extra"),
    ),
    (DETAIL_TURNS, ("conversation_id", "turn_index", "asr_language")),
    (TURN_TOPICS, ("conversation_id", "topic")),
    (TURN_SAFETY_FINDINGS, ("conversation_id", "category")),
    (REFERENCE_TABLES["variants"], ("variant_id", "is_default", "valid_until")),
    (REFERENCE_TABLES["deployments"], ("deployment_id", "message", "created_at", "valid_from")),
)
"""The tables that facts come from, with the columns that are read."""


def facts_statement(
    connection: duckdb.DuckDBPyConnection,
    settings: KpiSettings,
    part: int,
    parts: int,
    empty: Collection[str] = (),
) -> str:
    """Give the statement that makes the facts of one of several parts of the conversations, counted from 0.

    Of a table that is not there, such as that of details, or is known to be `empty`, no rows are read.
    """
    columns = [f"{formula} AS {quote(name)}" for name, formula in formulas(settings)]
    there = {
        table: set() if table.name in empty else column_names(connection, table.name) for table, _ in _SOURCES
    }
    if not there[CONVERSATION_DETAILS]:  # which say what was deployed
        there[REFERENCE_TABLES["deployments"]] = set()
    return facts_sql().format(
        **{table.name: _source(table, columns, there[table], part, parts) for table, columns in _SOURCES},
        of={table.name: "" if found else "--" for table, found in there.items()},
        no={table.name: "--" if found else "" for table, found in there.items()},
        settings="kpi_given",
        days="days_given",
        state_paths=state_paths(settings),
        metric_values=metric_values(settings),
        user_words=_WORDS.format(text="user_input"),
        agent_words=_WORDS.format(text="agent_response"),
        unspaced=literal(UNSPACED),
        slow=SLOW,
        dialled=DIALLED_SQL,
        our_plain=OUR_PLAIN_SQL,
        contact_kind=KIND_SQL,
        contact=CONTACT_SQL,
        columns=",\n    ".join(["date", "conversation_id", *columns]),
    )


def _source(table: Table, columns: Sequence[str], there: Collection[str], part: int, parts: int) -> str:
    """Give what is read of a table: the rows of the part; where it or a column is missing, no rows or NULL.

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
    if parts > 1 and "conversation_id" in kinds:
        chosen += f" AND hash(conversation_id) % {parts} = {part}"
    return f"(SELECT {listed} FROM {SCHEMA}.{table.name} WHERE {chosen})"


@cache
def facts_sql() -> str:
    """Give the statement, with what is filled in in braces."""
    return resources.files("polyai_assets.warehouse.facts").joinpath("facts.sql").read_text()
