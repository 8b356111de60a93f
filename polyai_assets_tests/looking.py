"""DuckDBs of tests that are used again: to make one takes longer than to ask it, or to store a few rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from polyai_assets.warehouse.extensions import load_extension

_names = count()


@cache
def _spill() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="tests-of-polyai-assets-")


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"autoinstall_known_extensions": False, "threads": 1})


@contextmanager
def looking() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection of its own, whose clock is UTC, to that DuckDB."""
    with _duckdb().cursor() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@contextmanager
def looking_into(file: Path | str, *, writes: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file for reading, or as a person does who `writes` something there."""
    name = f"file_{next(_names)}"
    escaped = str(file).replace("'", "''")
    with looking() as connection:
        connection.execute(f"ATTACH '{escaped}' AS {name}{'' if writes else ' (READ_ONLY)'}")
        try:
            connection.execute(f"USE {name}.main")
            yield connection
        finally:
            connection.execute("USE memory.main")
            connection.execute(f"DETACH {name}")


@dataclass(frozen=True)
class _Lent:
    """A DuckDB that is lent to who needs one, and what it is like when it is new."""

    database: duckdb.DuckDBPyConnection
    as_new: list[tuple[Any, ...]]

    def state(self) -> list[tuple[Any, ...]]:
        """Give its settings, which extensions add to, and what databases and tables it has."""
        return self.database.execute(
            "SELECT name, value FROM duckdb_settings() "
            "UNION ALL SELECT database_name, path FROM duckdb_databases() WHERE NOT internal "
            "UNION ALL SELECT table_name, 'table' FROM duckdb_tables()"
        ).fetchall()


_idle: dict[tuple[object, ...], list[_Lent]] = {}


@contextmanager
def own_duckdb(*extensions: str, **config: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB in memory that is as new, and that nobody else has meanwhile; it has extensions already."""
    idle = _idle.setdefault((extensions, *sorted(config.items())), [])
    lent = idle.pop() if idle else _make(extensions, config)
    try:
        with lent.database.cursor() as connection:
            yield connection
    except BaseException:
        lent.database.close()
        raise
    if lent.state() == lent.as_new:
        idle.append(lent)
    else:
        lent.database.close()


def _make(extensions: tuple[str, ...], config: dict[str, Any]) -> _Lent:
    # temporary files have the same names in every process: two that shared a folder would read each other's
    own = {"temp_directory": f"{_spill().name}/{next(_names)}", "autoinstall_known_extensions": False}
    database = duckdb.connect(config={**own, "threads": 1, **config})
    for extension in extensions:
        load_extension(database, extension)
    return _Lent(database, _Lent(database, []).state())
