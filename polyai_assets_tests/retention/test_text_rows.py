"""What is left in tables when text goes: what `text: drop` leaves of a day that is loaded."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.tables import (
    CONVERSATION_CHANGES,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    LOADS,
    METRICS,
    TURNS,
    Table,
)
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.retention.text_rows import clear_text, count_text, text_tables
from polyai_assets.warehouse.catalog import read_columns
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, configured

SCHEMA = '"warehouse"."main"'
CONFIG = configured(HOTEL, "http://127.0.0.1:1", privacy=PrivacyPolicy(keep_state=("tier",)))


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS warehouse")
        for table in (CONVERSATIONS, TURNS, METRICS, CONVERSATION_CHANGES, CONVERSATION_FACTS, LOADS):
            connection.execute(table.create(SCHEMA))
        yield connection


def put(tables: duckdb.DuckDBPyConnection, table: Table, day: date, **values: Any) -> None:
    given = {"project": HOTEL.key, "date": day, **values}
    listed = ", ".join(f"${name}" for name in given)
    tables.execute(f"INSERT INTO {SCHEMA}.{table.name} ({', '.join(given)}) VALUES ({listed})", given)


def put_day(tables: duckdb.DuckDBPyConnection, day: date) -> None:
    put(
        tables,
        CONVERSATIONS,
        day,
        conversation_id="CA1",
        from_number="+44",
        state='{"guest": "Ann", "tier": 1}',
    )
    put(
        tables,
        TURNS,
        day,
        conversation_id="CA1",
        user_input="I am Ann",
        entities='[{"value": "Ann"}]',
        latency=2,
    )
    put(tables, METRICS, day, conversation_id="CA1", name="CSAT", value="5", value_double=5.0)
    put(
        tables,
        METRICS,
        day,
        conversation_id="CA1",
        name="NAME",
        value="442079460958",
        value_double=442079460958.0,
    )
    put(tables, CONVERSATION_CHANGES, day, conversation_id="CA1", field="turns[0].user_input", before="Ann")
    put(tables, CONVERSATION_CHANGES, day, conversation_id="CA1", field="channel", before="CHAT")
    put(
        tables,
        CONVERSATION_FACTS,
        day,
        conversation_id="CA1",
        tags=["Ann"],
        csat_feedback="Ann",
        contact="+44",
    )
    put(tables, LOADS, day, summary='{"quarantined": ["Ann"]}')


def rows(tables: duckdb.DuckDBPyConnection, day: date, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    return tables.execute(
        f"SELECT {', '.join(columns)} FROM {SCHEMA}.{table.name} WHERE date = ? ORDER BY ALL", [day]
    ).fetchall()


def test_what_was_said_goes_and_what_is_counted_or_named_stays(tables: duckdb.DuckDBPyConnection):
    for day in (DAY1, DAY2):
        put_day(tables, day)
    tables.execute(f"ALTER TABLE {SCHEMA}.turns ADD COLUMN once_declared VARCHAR")
    tables.execute(f"COMMENT ON COLUMN {SCHEMA}.turns.once_declared IS 'a field of before'")
    tables.execute(f"ALTER TABLE {SCHEMA}.turns ADD COLUMN of_yours VARCHAR")
    tables.execute(f"UPDATE {SCHEMA}.turns SET once_declared = 'Ann', of_yours = 'ours'")
    clear_text(tables, read_columns(tables), text_tables(PACKAGED, CONFIG), CONFIG, [DAY1])
    assert rows(tables, DAY1, CONVERSATIONS, "from_number", "state::VARCHAR") == [("+44", '{"tier":1}')]
    assert rows(
        tables, DAY1, TURNS, "user_input", "entities::VARCHAR", "latency", "once_declared", "of_yours"
    ) == [("", "[]", 2.0, None, "ours")]
    assert rows(tables, DAY1, METRICS, "name", "value", "value_double") == [
        ("CSAT", "5", 5.0),
        ("NAME", "", None),
    ]
    assert rows(tables, DAY1, CONVERSATION_CHANGES, "field", "before") == [
        ("channel", "CHAT"),
        ("turns[0].user_input", ""),
    ]
    assert rows(tables, DAY1, CONVERSATION_FACTS, "tags", "csat_feedback", "contact") == [(None, None, "+44")]
    assert rows(tables, DAY1, LOADS, "summary::VARCHAR") == [("{}",)]
    assert rows(tables, DAY2, TURNS, "user_input") == [("I am Ann",)]
    assert rows(tables, DAY2, CONVERSATIONS, "state::VARCHAR") == [('{"guest": "Ann", "tier": 1}',)]


def test_rows_with_text_are_counted_by_day_until_it_is_gone(tables: duckdb.DuckDBPyConnection):
    for day in (DAY1, DAY2, DAY3):
        put_day(tables, day)

    def counted(config: ProjectConfig = CONFIG) -> dict[str, dict[date, tuple[int, int]]]:
        found = count_text(tables, read_columns(tables), text_tables(PACKAGED, config), HOTEL.key, DAY3)
        return {
            name: {day: (rows.text, rows.any) for day, rows in days.items()}
            for name, days in found.items()
            if days
        }

    assert counted()["turns"] == {DAY1: (1, 1), DAY2: (1, 1)}
    assert counted()["metrics"] == {DAY1: (0, 2), DAY2: (0, 2)}
    clear_text(tables, read_columns(tables), text_tables(PACKAGED, CONFIG), CONFIG, [DAY1, DAY2])
    assert {text for days in counted().values() for text, _ in days.values()} == {0}
