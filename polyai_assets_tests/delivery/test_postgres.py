"""Days that are delivered to a real Postgres: replaced, exactly once, in one transaction, and compared."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.warehouse.extensions import load_extension
from polyai_assets_tests.delivery.published import NOW, Published, errors
from polyai_assets_tests.postgres import NewDatabase

FULL = {
    "conversation_id": "CA1",
    "started_at": datetime(2026, 3, 1, 10, 0, 0, 123456, UTC),
    "duration": 48.125,
    "num_turns": 2,
    "handoff": True,
    "state": '{"a": [1, "é"]}',
}
TURN = {
    "conversation_id": "CA1",
    "turn_index": 0,
    "user_input": "Hi \\ 'there'\n\t😀",
    "intents": ["a,{}", 'b"', ""],
    "entities": "[]",
}


@pytest.fixture
def database(new_database: NewDatabase) -> str:
    return new_database()


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


def ask(database: str, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        load_extension(connection, "postgres_scanner")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{database}' AS server (TYPE postgres)")
        found = connection.execute("SELECT * FROM postgres_query('server', ?)", [query]).to_arrow_table()
        return [tuple(row.values()) for row in found.to_pylist()]


def test_a_day_has_its_rows_and_its_row_of_the_log(published: Published, database: str) -> None:
    published.put(conversations=[FULL, {"conversation_id": "CA2"}], turns=[TURN])
    (day,) = published.deliver("postgres", database)
    assert day.error is None
    assert day.is_new
    assert ask(
        database,
        "SELECT conversation_id, started_at, duration, num_turns, handoff, state->'a'->>1 "
        "FROM polyai.conversations ORDER BY 1",
    ) == [("CA1", FULL["started_at"], 48.125, 2, True, "é"), ("CA2", None, None, None, None, None)]
    assert ask(database, "SELECT user_input, intents FROM polyai.turns") == [
        (TURN["user_input"], TURN["intents"])
    ]
    assert ask(
        database,
        "SELECT version, verdict, rows_expected, rows_found, differing, verified_at, delivered_at, restated_count "
        "FROM polyai.polyai_delivery_log",
    ) == [(1, "complete", 3, 3, "", NOW, NOW, 0)]


def test_what_is_delivered_is_not_delivered_again(published: Published, database: str) -> None:
    published.put(conversations=[FULL])
    published.deliver("postgres", database)
    (again,) = published.deliver("postgres", database)
    assert (again.error, again.is_new, again.reason) == (None, False, "it is delivered as it is")


def test_a_restated_day_is_replaced_and_an_emptied_one_has_no_rows(
    published: Published, database: str
) -> None:
    published.put(conversations=[FULL], turns=[TURN])
    published.deliver("postgres", database)
    published.put(2, conversations=[{"conversation_id": "CA3"}])
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT conversation_id FROM polyai.conversations") == [("CA3",)]
    assert ask(database, "SELECT count(*) FROM polyai.turns") == [(0,)]
    published.put(3)
    assert errors(published.deliver("postgres", database)) == []
    assert ask(database, "SELECT count(*) FROM polyai.conversations") == [(0,)]
    assert ask(database, "SELECT version, restated_count FROM polyai.polyai_delivery_log") == [(3, 2)]
