"""Replacing a partition: every table that it fills, in one transaction, so that they always agree."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import pyarrow as pa
import pyarrow.dataset
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from polyai_assets.contract.tables import QUARANTINED, TABLES, VANISHED_CONVERSATIONS, Table
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.claim import claimed
from polyai_assets.warehouse.partition import Partition, Staged
from polyai_assets.warehouse.stage import Staging

log = logging.getLogger(__name__)


class TooManyViolations(Exception):
    """A greater share of a day's records breaks the guarantees than is allowed; `staged` says which."""

    def __init__(self, staged: Staged, allowed: float) -> None:
        super().__init__(
            f"{staged.records_in_breach:,} of {staged.records:,} records break PolyAI's guarantees or cannot be "
            f"loaded, more than max_violation_ratio ({allowed:g}) allows; the tables keep what they had"
        )
        self.staged = staged


_NEAR = timedelta(days=31)
"""How far a conversation may move between days and still be found where it was."""


def replace_partition(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    partition: Partition,
    records: Iterable[pa.RecordBatch],
    changes: Iterable[Mapping[str, object]] = (),
    max_violation_ratio: float = 1.0,
) -> Staged:
    """Replace a partition of the tables by what raw records hold, and by what changed in them.

    The records are staged first, so that the warehouse is held only for the replacement itself. Whatever
    happens before the commit leaves the partition as it was. Raises TooManyViolations when a greater share of the
    records breaks the guarantees than `max_violation_ratio`, WarehouseBusy and WarehouseUnreachable.
    """
    staging = Staging(connection, partition)
    for batch in records:
        staging.add(batch)
    staging.add_changes(changes)
    staged = staging.finish()
    if staged.records_in_breach > max_violation_ratio * staged.records:
        raise TooManyViolations(staged, max_violation_ratio)
    with warehouse.attached(connection), claimed(connection, warehouse, partition):
        staged.elsewhere = _retrying(warehouse)(_commit, connection, partition, staging, staged)
    return staged


def replace_tables(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    partition: Partition,
    contents: Mapping[Table, pa.Table | pa.dataset.Dataset],
) -> None:
    """Replace a partition of tables by given rows, all in one transaction.

    Each of the Arrow tables, or datasets, has the columns of its table but `project` and `date`. Raises WarehouseBusy
    and WarehouseUnreachable.
    """
    with warehouse.attached(connection), claimed(connection, warehouse, partition):
        _retrying(warehouse)(_commit_contents, connection, partition, contents)


def _retrying(warehouse: Warehouse) -> Retrying:
    """Try a transaction again where at commit DuckLake finds that another process has changed the same tables."""
    conflict = (duckdb.TransactionException,) if warehouse.is_ducklake else ()
    return Retrying(
        retry=retry_if_exception_type(conflict),
        wait=wait_random_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(warehouse.wait),
        before_sleep=before_sleep_log(log, logging.INFO),
        reraise=True,
    )


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _commit_contents(
    connection: duckdb.DuckDBPyConnection,
    partition: Partition,
    contents: Mapping[Table, pa.Table | pa.dataset.Dataset],
) -> None:
    values = {"project": partition.project, "date": partition.date}
    with _transaction(connection):
        _prepare(connection, contents)
        for table, rows in contents.items():
            _delete(connection, table, partition)
            connection.register("given", rows)
            connection.execute(
                f"INSERT INTO {SCHEMA}.{table.name} BY NAME "
                "SELECT $project AS project, CAST($date AS DATE) AS date, * FROM given",
                values,
            )
            connection.unregister("given")


def _commit(
    connection: duckdb.DuckDBPyConnection, partition: Partition, staging: Staging, staged: Staged
) -> list[date]:
    with _transaction(connection):
        _prepare(connection, TABLES)
        staging.find_drift(staged)
        elsewhere = _found_elsewhere(connection, partition)
        for table in TABLES:
            _delete(connection, table, partition)
            connection.execute(f"INSERT INTO {SCHEMA}.{table.name} BY NAME SELECT * FROM staged_{table.name}")
        _forget_returned(connection, partition)
    return elsewhere


def _delete(connection: duckdb.DuckDBPyConnection, table: Table, partition: Partition) -> None:
    connection.execute(
        f"DELETE FROM {SCHEMA}.{table.name} WHERE project = ? AND date = ?",
        [partition.project, partition.date],
    )


def _found_elsewhere(connection: duckdb.DuckDBPyConnection, partition: Partition) -> list[date]:
    """Find other days that hold conversations of this one: these have moved here, and must leave there."""
    found = connection.execute(
        f"SELECT DISTINCT date FROM {SCHEMA}.conversations "
        "WHERE project = ? AND date <> ? AND date BETWEEN ? AND ? "
        "AND conversation_id IN (SELECT conversation_id FROM staged_conversations) ORDER BY date",
        [partition.project, partition.date, partition.date - _NEAR, partition.date + _NEAR],
    )
    return [day for (day,) in found.fetchall()]


def _forget_returned(connection: duckdb.DuckDBPyConnection, partition: Partition) -> None:
    """Conversations that are on some day have not vanished from another, nor are they in quarantine there."""
    for table in (VANISHED_CONVERSATIONS, QUARANTINED):
        connection.execute(
            f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project "
            "AND (date = $date OR conversation_id IN (SELECT conversation_id FROM staged_conversations)) "
            f"AND conversation_id IN (SELECT conversation_id FROM {SCHEMA}.conversations WHERE project = $project)",
            {"project": partition.project, "date": partition.date},
        )


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute("ROLLBACK")
    except duckdb.TransactionException:
        log.debug("DuckDB has ended the transaction itself")


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
