"""Profiling a staged partition, and comparing it with the days before it in the warehouse."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import duckdb

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.profile import (
    FILLED,
    HOUR,
    KNOWN_FOR,
    METRIC,
    WEEK,
    WORD,
    Count,
    Fact,
    Past,
    compare,
)
from polyai_assets.contract.tables import DAY_PROFILES, literal, quote
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.load import Load, Staged

_MOST_METRICS = 1000
"""Names of metrics in a profile; a source that invents names has no end of them."""


def stage_profile(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Count the facts of the staged partition into its staged profile."""
    connection.execute(
        f"INSERT INTO staged_{DAY_PROFILES.name} SELECT aspect, path, value, count, total FROM ({_facts(contract)})"
    )


def find_drift(
    connection: duckdb.DuckDBPyConnection, load: Load, staged: Staged, past: Past
) -> Sequence[Drift]:
    """Compare the staged profile with those of the days before."""
    today = {
        (aspect, path, value): Count(count, total)
        for aspect, path, value, count, total in connection.execute(
            f"SELECT aspect, path, value, count, total FROM staged_{DAY_PROFILES.name}"
        ).fetchall()
    }
    told = {one.path for one in staged.drift} | {breach.path for breach in staged.breaches}
    return compare(today, past, load.fetched_until, told, load.contract.never_new)


def read_past(connection: duckdb.DuckDBPyConnection, load: Load) -> Past:
    """Read the profiles of the days before, in the attached warehouse."""
    known: set[Fact] = set()
    days: dict[date, dict[Fact, Count]] = {}
    daily: dict[date, int] = {}
    week = load.date - timedelta(days=WEEK)
    for day, aspect, path, value, count, total in connection.execute(
        f"SELECT date, aspect, path, value, count, total FROM {SCHEMA}.{DAY_PROFILES.name} "
        "WHERE project = ? AND date >= ? AND date < ?",
        [load.project, load.date - KNOWN_FOR, load.date],
    ).fetchall():
        if count:
            known.add((aspect, path, value))
        if (aspect, path) == (FILLED, "turns"):
            daily[day] = total
        if day >= week:
            days.setdefault(day, {})[aspect, path, value] = Count(count, total)
    return Past(known, daily, days, week if week in days else None)


@cache
def _facts(contract: Contract) -> str:
    """Give the query of all facts of the staged tables: aspect, path, value, count, total."""
    words = [one for one in contract.conversation if one.known]
    return " UNION ALL ".join(
        [
            _filled("", contract.conversation, "staged_conversations"),
            _filled("turns[].", contract.turn, "staged_turns"),
            _with_rows("turns", "count(*) FILTER (turn_index = 0)"),
            _with_rows("metrics", "count(DISTINCT conversation_id)"),
            *(
                f"SELECT '{WORD}' AS aspect, {literal(one.wire or one.name)} AS path, {quote(one.name)} AS value, "
                "count(*) AS count, (SELECT count(*) FROM staged_conversations) AS total "
                f"FROM staged_conversations WHERE {quote(one.name)} <> '' GROUP BY ALL"
                for one in words
            ),
            f"FROM (SELECT '{METRIC}' AS aspect, 'metrics' AS path, name AS value, "
            "count(*) AS count, (SELECT count(*) FROM staged_conversations) AS total "
            f"FROM staged_metrics WHERE position = 0 GROUP BY name ORDER BY count DESC, name LIMIT {_MOST_METRICS})",
            f"SELECT '{HOUR}' AS aspect, '' AS path, strftime(started_at, '%H') AS value, count(*) AS count, "
            "(SELECT count(*) FROM staged_conversations) AS total FROM staged_conversations GROUP BY ALL",
        ]
    )


def _filled(prefix: str, fields: tuple[Field, ...], rows: str) -> str:
    """Count the conversations with a value in each field that the API sends; with one in any turn, for turns.

    Turns of a conversation are alike: to count them one by one would make chance look like certainty.
    """
    sent = [one for one in fields if one.wire is not None]
    has = ", ".join(f"bool_or({_has_value(one)}) AS {quote(one.name)}" for one in sent)
    counts = ", ".join(f"count(*) FILTER ({quote(one.name)})" for one in sent)
    paths = ", ".join(literal(f"{prefix}{one.wire}") for one in sent)
    return (
        f"SELECT '{FILLED}' AS aspect, unnest([{paths}]) AS path, '' AS value, "
        f"unnest([{counts}]) AS count, count(*) AS total FROM (SELECT {has} FROM {rows} GROUP BY conversation_id)"
    )


def _with_rows(table: str, conversations: str) -> str:
    """Count the conversations that have rows in another table, by the expression of it that counts them."""
    return (
        f"SELECT '{FILLED}' AS aspect, '{table}' AS path, '' AS value, "
        f"(SELECT {conversations} FROM staged_{table}) AS count, count(*) AS total "
        "FROM staged_conversations"
    )


def _has_value(one: Field) -> str:
    column = quote(one.name)
    match one.kind:
        case Kind.TEXT:
            return f"{column} <> ''"
        case Kind.TEXT_LIST:
            return f"len({column}) > 0"
        case Kind.OBJECT_LIST:
            return f"{column}::VARCHAR <> '[]'"
        case Kind.OBJECT:
            return f"{column} IS NOT NULL AND {column}::VARCHAR <> '{{}}'"
        case _:
            return f"{column} IS NOT NULL"
