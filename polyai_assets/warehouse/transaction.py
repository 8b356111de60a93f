"""A transaction in the attached warehouse: tables made if missing, claimed under a name, tried again on a conflict.

At commit DuckLake finds out that another process has changed the same rows meanwhile. Two that add rows at once touch
none that was there before, and it would let both; so whoever writes claims a name first: that of the partition, or of
the tables where they have none.
"""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

import duckdb
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from polyai_assets.contract.tables import Table
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.claim import claimed

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[duckdb.DuckDBPyConnection], T]


def in_transaction(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    name: str,
    tables: Iterable[Table],
    work: Work[T],
) -> T:
    """Attach the warehouse and do `work` in a transaction; no other process's under the same name comes between.

    The tables are there when `work` begins. It may be called several times, and its last result counts. Raises
    WarehouseBusy and WarehouseUnreachable.
    """
    conflict = (duckdb.TransactionException,) if warehouse.is_ducklake else ()
    attempts = Retrying(
        retry=retry_if_exception_type(conflict),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(warehouse.wait),
        before_sleep=before_sleep_log(log, logging.INFO),
        reraise=True,
    )
    with warehouse.attached(connection), claimed(connection, warehouse, name):
        result: T = attempts(_commit, connection, tuple(tables), work)
    return result


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
    """Create tables that are missing, and add columns that were declared since."""
    existing: dict[str, set[str]] = {}
    for table_name, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = 'warehouse' AND schema_name = 'main'"
    ).fetchall():
        existing.setdefault(table_name, set()).add(column)
    for table in tables:
        columns = existing.get(table.name, set())
        if columns >= {one.name for one in table.fields}:
            continue
        changes = table.add_columns(SCHEMA, columns) if columns else [table.create(SCHEMA)]
        for statement in (*changes, *table.comments(SCHEMA)):
            connection.execute(statement)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        log.debug("DuckDB has ended the transaction itself")
