"""Few rows are stored on one thread, many on all."""

import duckdb
import pytest

from polyai_assets.warehouse.threads import MANY_ROWS, threads_for


def threads(connection: duckdb.DuckDBPyConnection) -> int:
    found: tuple[int] = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    return found[0]


def test_few_rows_are_stored_on_one_thread_and_many_on_all() -> None:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 7")
        with threads_for(connection, MANY_ROWS - 1):
            assert threads(connection) == 1
        with duckdb.connect() as other, threads_for(connection, MANY_ROWS):
            assert threads(connection) == threads(other)
        with pytest.raises(ZeroDivisionError), threads_for(connection, MANY_ROWS):
            1 / 0  # noqa: B018
        assert threads(connection) == 1
