"""A DuckDB connection from dagster-duckdb's resource, closed whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb
from dagster_duckdb import DuckDBResource


@contextmanager
def connect(resource: DuckDBResource) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection whose clock is UTC.

    The resource's own context manager leaves the connection open when an exception passes through it.
    """
    with resource.get_connection() as connection:
        try:
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()


@cache
def duckdb_resource(spool: Path) -> DuckDBResource:
    """Make the resource: an in-memory DuckDB of fixed size, to which the warehouse is attached for a while.

    What does not fit into its memory goes to `spool`. It downloads no extensions. Several instances of the
    component share it: Dagster takes a resource twice only if it is the same object.
    """
    return DuckDBResource(
        database=":memory:",
        connection_config={
            "memory_limit": "160MB",
            "temp_directory": str(spool / "duckdb"),
            "autoinstall_known_extensions": False,
        },
    )
