"""A transaction in the attached warehouse: tables made if missing, claimed under a name, tried again on a conflict.

At commit DuckLake finds out that another process has changed the same rows meanwhile. Two that add rows at once touch
none that was there before, and it would let both; so whoever writes claims a name first: that of the partition, or of
the tables where they have none.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import duckdb
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from polyai_assets.contract.fields import Field
from polyai_assets.contract.tables import Table
from polyai_assets.warehouse.altered import named_if_altered
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import StoredColumn, column_names, read_columns
from polyai_assets.warehouse.claim import claimed
from polyai_assets.warehouse.memory import (
    MemoryShort,
    is_short_of_memory,
    limited_to,
    memory_limit,
    most_memory,
    rooms,
)

_too_heavy_to_merge: set[str] = set()
"""Targets whose stored rows could not be merged with the memory of usual ones; this process leaves them as they are."""

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[duckdb.DuckDBPyConnection], T]


def in_transaction(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    name: str,
    tables: Iterable[Table],
    work: Work[T],
    heaviest: int = 0,
    claims: Sequence[str] = (),
) -> T:
    """Attach the warehouse and do `work` in a transaction; no other process's under the same name comes between.

    What has several names is claimed under each of `claims`. The tables are there when `work` begins. It may be called
    several times, and its last result counts. `heaviest` are the most bytes that 2,048 rows have which it stores.
    Raises WarehouseBusy, WarehouseUnreachable, WarehouseAltered and MemoryShort.
    """
    declared = tuple(tables)
    most = most_memory(connection, warehouse.memory)
    merges = warehouse.target not in _too_heavy_to_merge
    short: duckdb.Error | None = None
    for room in rooms(memory_limit(connection), heaviest, most, merges=merges):
        try:
            with limited_to(connection, room.limit), warehouse.attached(connection):
                return _commit_claimed(
                    connection, warehouse, name, claims or [name], declared, work, merges=room.merges
                )
        except duckdb.Error as error:
            if not is_short_of_memory(error):
                raise
            log.info("%s: %d MB of memory do not suffice to store it", name, room.limit // 1_000_000)
            short = error
            if room.merges:
                _too_heavy_to_merge.add(warehouse.target)
    raise MemoryShort(
        f"{name} needs more memory than there is to be stored in {warehouse.name}: {most // 1_000_000:,} MB were "
        f"tried, and 2,048 of its rows have {heaviest // 1_000_000:,} MB. Give the machine or its container more "
        "memory, then fetch the day again: it keeps what it had."
    ) from short


def _commit_claimed(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    name: str,
    claims: Sequence[str],
    tables: Sequence[Table],
    work: Work[T],
    *,
    merges: bool,
) -> T:
    conflicts = Retrying(
        retry=retry_if_exception(lambda error: warehouse.is_ducklake and _is_conflict(error)),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(warehouse.wait),
        before_sleep=before_sleep_log(log, logging.INFO),
        reraise=True,
    )
    with (
        claimed(connection, warehouse, claims),
        _stored_once(connection, warehouse, merges=merges),
        named_if_altered(connection, tables, f"{name}: {warehouse.name}"),
    ):
        result: T = conflicts(_commit, connection, tables, work)
    return result


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, duckdb.TransactionException) and not is_short_of_memory(error)


@contextmanager
def _stored_once(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, *, merges: bool
) -> Iterator[None]:
    """Let a commit write a DuckDB file itself, instead of a log first that is then read and written again.

    That takes half the time and memory, and leaves nothing to do when the file is detached.
    """
    if warehouse.is_ducklake:
        yield
        return
    settings = {"checkpoint_threshold": "0B", "auto_checkpoint_skip_wal_threshold": 0}
    if not merges:
        settings["max_vacuum_tasks"] = 0
    for setting, value in settings.items():
        connection.execute(f"SET {setting} = ?", [value])
    try:
        yield
    finally:
        for setting in settings:
            connection.execute(f"RESET {setting}")


def _commit(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table], work: Work[T]) -> T:
    connection.execute("BEGIN")
    try:
        _prepare(connection, tables)
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise
    return result


def _prepare(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Create tables that are missing, add columns that were declared since, and mend those configured otherwise."""
    changing = [table for table in tables if table.configured or not _is_as_declared(connection, table)]
    if not changing:  # the catalog, which takes longer than storing a small day, need not be asked
        return
    existing = read_columns(connection)
    for table in changing:
        for statement in _changes(table, existing.get(table.name, {})):
            connection.execute(statement)


def _is_as_declared(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Tell whether a table is there with every column."""
    return column_names(connection, table.name) >= {field.name for field in table.fields}


def _changes(table: Table, columns: Mapping[str, StoredColumn]) -> Iterator[str]:
    """Give the statements that make a table as it is declared.

    A configured column that is now of another kind is made anew, and is NULL until the days are replayed: a value of
    the old kind may not be cast, and one of the new kind may be rounded. One that has no description is not ours.
    """
    if not columns:
        yield table.create(SCHEMA)
        yield from table.comments(SCHEMA)
        return
    there = set(columns)
    for field in table.configured:
        column = columns.get(field.name)
        if column is None or column.comment is None:
            continue
        if _is_of_another_type(column, field):
            yield table.drop_column(SCHEMA, field)
            there.remove(field.name)
        elif column.comment != field.comment:
            yield table.comment(SCHEMA, field)
    if not there >= {field.name for field in table.fields}:
        yield from table.add_columns(SCHEMA, there)
        yield from table.comments(SCHEMA)


def _is_of_another_type(column: StoredColumn, field: Field) -> bool:
    return duckdb.sqltype(column.kind) != duckdb.sqltype(field.kind.sql_type)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        log.debug("DuckDB has ended the transaction itself")
