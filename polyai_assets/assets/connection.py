"""A DuckDB connection from dagster-duckdb's resource, closed whatever happens."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.disk import temporary_folder

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]
"""Opens a connection for a while."""


@contextmanager
def connect(resource: DuckDBResource) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection whose clock is UTC, and whose temporary files are its own.

    DuckDB gives its temporary files the same names in every process, and locks none of them: two runs that shared a
    folder would read what the other has written. The resource's own context manager leaves the connection open when an
    exception passes through it.
    """
    with resource.get_connection() as connection:
        shared = connection.sql("SELECT current_setting('temp_directory')").fetchall()[0][0]
        with temporary_folder(Path(shared)) as folder:
            try:
                connection.execute("SET TimeZone = 'UTC'")
                connection.execute("SET temp_directory = $folder", {"folder": str(folder)})
                room = shutil.disk_usage(folder).free // 2
                connection.execute("SET max_temp_directory_size = $room", {"room": f"{room}B"})
                yield connection
            finally:
                connection.close()


def resource_key(platform: PlatformConfig) -> str:
    """Name the resource of a platform among those of its Dagster project, which may have a `duckdb` of its own."""
    return "_".join([*platform.key_prefix, "polyai_duckdb"])


def duckdb_of(context: dg.AssetExecutionContext, platform: PlatformConfig) -> DuckDBResource:
    """Give the resource of a platform to one of its steps."""
    resource: DuckDBResource = getattr(context.resources, resource_key(platform))
    return resource


@cache
def duckdb_resource(spool: Path) -> DuckDBResource:
    """Make the resource: a small in-memory DuckDB, to which the warehouse is attached for a while.

    Facts of a day need 170 MB, of however many conversations, and storing the rows that they come from the rest. What
    does not fit into its memory goes to folders in `spool`, up to half of what is free there; only heavy records
    get more memory (`warehouse.memory`), and only many rows more than one thread (`warehouse.threads`). It downloads no
    extensions. It is the same object for the same folder: of two instances with one key_prefix Dagster is to name the
    asset that is there twice.
    """
    return DuckDBResource(
        database=":memory:",
        connection_config={
            "memory_limit": "256MB",
            "threads": 1,
            "temp_directory": str(spool / "duckdb"),
            "autoinstall_known_extensions": False,
        },
    )
