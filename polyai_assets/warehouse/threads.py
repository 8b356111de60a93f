"""How many threads DuckDB has for a partition, or for the copy of the warehouse.

Threads that wait for another do not sleep: on several of them a small day takes up to twice the CPU, and longer on a
machine that is in use. Only many rows gain.

Several threads keep the order of rows by holding what was read until it is its turn, in memory that no limit counts.
So they store rows as they come; those that one thread read at once, some thousand, stay together.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

MANY_ROWS = 50_000
"""From so many rows, of all tables together, several threads are faster."""


@contextmanager
def threads_for(connection: duckdb.DuckDBPyConnection, rows: int) -> Iterator[None]:
    """Let DuckDB use all threads meanwhile if so many rows are many, and else one."""
    if rows >= MANY_ROWS:
        connection.execute("RESET threads; SET preserve_insertion_order = false")
    else:
        connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute("SET threads = 1; RESET preserve_insertion_order")
