"""Looking into warehouses by one DuckDB of the process: to make one takes longer than to ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import duckdb

_names = count()


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoinstall_known_extensions": False})


@contextmanager
def looking() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection of its own, whose clock is UTC, to that DuckDB."""
    with _duckdb().cursor() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@contextmanager
def looking_into(file: Path | str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file for reading."""
    name = f"file_{next(_names)}"
    escaped = str(file).replace("'", "''")
    with looking() as connection:
        connection.execute(f"ATTACH '{escaped}' AS {name} (READ_ONLY)")
        try:
            connection.execute(f"USE {name}.main")
            yield connection
        finally:
            connection.execute("USE memory.main")
            connection.execute(f"DETACH {name}")
