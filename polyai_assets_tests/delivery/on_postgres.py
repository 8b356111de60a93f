"""A Postgres that days are delivered to: what it is asked, and a conversation that has a value of every type."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from polyai_assets_tests.looking import own_duckdb

FULL = {
    "conversation_id": "CA1",
    "started_at": datetime(2026, 3, 1, 10, 0, 0, 123456, UTC),
    "duration": 48.125,
    "num_turns": 2,
    "handoff": True,
    "state": '{"a": [1, "é"]}',
}


@contextmanager
def connected(database: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with own_duckdb("postgres_scanner") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{database}' AS server (TYPE postgres)")
        yield connection
        connection.execute("DETACH server")


def ask(database: str, query: str) -> list[tuple[Any, ...]]:
    with connected(database) as connection:
        found = connection.execute("SELECT * FROM postgres_query('server', ?)", [query]).to_arrow_table()
        return [tuple(row.values()) for row in found.to_pylist()]


def run(database: str, statements: str) -> None:
    with connected(database) as connection:
        connection.execute("CALL postgres_execute('server', ?)", [statements])
