"""Making the copy: into a file of its own, which then takes the place of the one before.

Whoever reads has the old file or the new one, whole; who has opened the old one keeps it until closing it. The
warehouse is held only while it is read. Days are made a month at a time: memory does not grow with their number.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import duckdb
from filelock import FileLock

from polyai_assets.contract.marts import BETWEEN_CALLS, COPY_INFO, KPI_TABLES, MARTS, PARTITIONS
from polyai_assets.contract.tables import LOADS, literal, quote
from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import FILE_MODE, own_folder
from polyai_assets.marts.contents import COPIED, COPIED_FACTS, FACTS, FACTS_READ, CopiedTable
from polyai_assets.marts.statements import (
    KPI_STATEMENTS,
    execute_all,
    macro_statements,
    read_sql,
    view_statements,
)
from polyai_assets.raw.disk import move_local, naming_what_is_full, temporary_folder
from polyai_assets.warehouse.attach import SCHEMA, Warehouse

SWITCHBOARD = 20
"""A contact with more calls on a day is no person."""

_MEMORY = 400_000_000
"""Bytes that DuckDB may use; what does not fit is spilled beside the copy."""

_NAME = "copy.duckdb"


class NothingToCopy(Actionable):
    """The warehouse has no facts yet; says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySource:
    """What a copy is made of: the warehouse, and the partitions (project, date) that are not settled.

    With `transcripts` what people said is copied, too.
    """

    warehouse: Warehouse
    unsettled: Collection[tuple[str, date]] = ()
    transcripts: bool = False


@dataclass(frozen=True, slots=True)
class CopyMade:
    """What a copy holds: rows by table."""

    rows: dict[str, int]


def make_copy(target: Path, source: CopySource, now: datetime) -> CopyMade:
    """Make the copy of the warehouse anew, at `target`.

    Whatever happens before the end leaves the copy of before. Raises NothingToCopy, WarehouseBusy,
    WarehouseUnreachable and DiskFull.
    """
    own_folder(target.parent)
    with (
        FileLock(target.with_name(f".{target.name}.lock")),
        temporary_folder(target.parent) as folder,
        naming_what_is_full(target),
    ):
        file = folder / _NAME
        with duckdb.connect(str(file), config=_settings(folder)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            made = _fill(connection, source, now)
            connection.execute("CHECKPOINT")
        file.chmod(FILE_MODE)
        move_local(file, target)
    return made


def _settings(folder: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": f"{_MEMORY}B",
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False,
    }


def _fill(connection: duckdb.DuckDBPyConnection, source: CopySource, now: datetime) -> CopyMade:
    execute_all(connection, [*(table.create("main") for table in MARTS), *macro_statements()])
    with source.warehouse.attached(connection, read_only=True):
        kinds = _columns(connection, FACTS)
        if not kinds:
            raise NothingToCopy(
                f"{source.warehouse.name} has no table {FACTS} yet: load a day (polyai backfill), or replay those that "
                "are loaded (polyai backfill --replay)"
            )
        comments = _comments(connection)
        _copy_partitions(connection, source)
        for copied in COPIED:
            _copy_table(connection, copied, transcripts=source.transcripts)
        months = _months(connection)
        _copy_facts(connection, kinds, months, transcripts=source.transcripts)
        execute_all(connection, view_statements())
        for first, last in months:
            _measure(connection, first, last)
            for table in KPI_TABLES:
                connection.execute(
                    f"INSERT INTO {table.name} BY NAME {KPI_STATEMENTS[table.name]}",
                    {"first": first, "last": last},
                )
    connection.execute("DROP TABLE IF EXISTS measured")
    connection.execute(
        f"INSERT INTO {COPY_INFO.name} VALUES (?, ?, ?)",
        [now, version("polyai-assets"), source.transcripts],
    )
    _describe(connection, comments)
    return CopyMade(_count_rows(connection))


def _copy_partitions(connection: duckdb.DuckDBPyConnection, source: CopySource) -> None:
    if not _columns(connection, LOADS.name):
        return
    connection.execute("CREATE TEMP TABLE unsettled (project VARCHAR, date DATE)")
    if source.unsettled:
        connection.executemany("INSERT INTO unsettled VALUES (?, ?)", [list(day) for day in source.unsettled])
    connection.execute(
        f"INSERT INTO {PARTITIONS.name} BY NAME SELECT project, date, loaded_at, "
        "(project, date) NOT IN (FROM unsettled) AS is_settled "
        f"FROM {SCHEMA}.{LOADS.name} ORDER BY project, date"
    )
    connection.execute("DROP TABLE unsettled")


def _copy_table(connection: duckdb.DuckDBPyConnection, copied: CopiedTable, *, transcripts: bool) -> None:
    kinds = _columns(connection, copied.name)
    if not kinds and copied.needed:
        columns = ", ".join(f"{quote(name)} {kind}" for name, kind in copied.needed.items())
        connection.execute(f"CREATE TABLE {quote(copied.name)} ({columns})")
    elif kinds and copied.is_copied(transcripts=transcripts):
        selected = copied.columns(kinds, transcripts=transcripts)
        connection.execute(
            f"CREATE TABLE {quote(copied.name)} AS SELECT {selected} FROM {SCHEMA}.{quote(copied.name)}"
        )


def _copy_facts(
    connection: duckdb.DuckDBPyConnection,
    kinds: dict[str, str],
    months: list[tuple[date, date]],
    *,
    transcripts: bool,
) -> None:
    selected = COPIED_FACTS.columns(kinds, transcripts=transcripts)
    lacking = "".join(
        f", CAST(NULL AS {kind}) AS {quote(name)}" for name, kind in FACTS_READ.items() if name not in kinds
    )
    connection.execute(f"CREATE TEMP VIEW facts AS SELECT {selected}{lacking} FROM {SCHEMA}.{FACTS}")
    statement = read_sql("facts")
    some_day = date(2000, 1, 1)
    given = {"first": some_day, "last": some_day, "switchboard": SWITCHBOARD}
    connection.execute(f"CREATE TABLE {FACTS} AS FROM ({statement}) LIMIT 0", given)
    for first, last in months:
        connection.execute(
            f"INSERT INTO {FACTS} {statement}", {"first": first, "last": last, "switchboard": SWITCHBOARD}
        )
    connection.execute("DROP VIEW facts")


def _measure(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """Read the latencies of the turns of a month, for percentiles; the copy keeps no turns."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE measured AS {read_sql('measured')}", {"first": first, "last": last}
    )


def _months(connection: duckdb.DuckDBPyConnection) -> list[tuple[date, date]]:
    """Give the first and the last day of each month in which calls began, of UTC and of any local time."""
    found = connection.execute(
        f"SELECT min(least(date, business_date)), max(greatest(date, business_date)) FROM {SCHEMA}.{FACTS}"
    ).fetchone()
    return list(_cut(*found)) if found and found[0] else []


def _cut(first: date, last: date) -> Iterator[tuple[date, date]]:
    while first <= last:
        following = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        yield first, min(following - timedelta(days=1), last)
        first = following


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Give the types of the columns of a table of the warehouse, by their names; none where it is not there."""
    return dict(
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'warehouse' "
            "AND schema_name = 'main' AND table_name = ? ORDER BY column_index",
            [table],
        ).fetchall()
    )


def _comments(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Give what the warehouse says of its tables (column "") and columns."""
    return {
        (table, column): comment
        for table, column, comment in connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'warehouse' "
            "AND comment IS NOT NULL UNION ALL SELECT table_name, '', comment FROM duckdb_tables() "
            "WHERE database_name = 'warehouse' AND comment IS NOT NULL"
        ).fetchall()
    }


def _describe(connection: duckdb.DuckDBPyConnection, comments: dict[tuple[str, str], str]) -> None:
    """Describe every table and column, as the warehouse does or as it is declared."""
    comments |= {(FACTS, field.name): field.comment for field in BETWEEN_CALLS}
    there = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = current_database() "
        "UNION ALL SELECT table_name, '' FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    statements = [
        f"COMMENT ON {_named(table, column)} IS {literal(comments[table, column])}"
        for table, column in there
        if (table, column) in comments
    ]
    execute_all(
        connection, [*statements, *(statement for mart in MARTS for statement in mart.comments("main"))]
    )


def _named(table: str, column: str) -> str:
    return f"COLUMN {quote(table)}.{quote(column)}" if column else f"TABLE {quote(table)}"


def _count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(
        connection.execute(
            "SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = current_database() "
            "ORDER BY table_name"
        ).fetchall()
    )
