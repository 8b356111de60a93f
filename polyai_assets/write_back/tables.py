"""Reaching the tables of the requests: a transaction that nobody else's comes between, and statements from files."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any, TypeVar

import duckdb

from polyai_assets.contract.tables import (
    ANNOTATION_REQUESTS,
    CONVERSATIONS,
    NOTE_REQUESTS,
    REQUEST_TABLES,
    TURNS,
    Table,
)
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.transaction import Work, in_transaction

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

__all__ = ["ANNOTATION_REQUESTS", "NOTE_REQUESTS", "REQUEST_TABLES", "Table"]

_NEEDED = (*REQUEST_TABLES, CONVERSATIONS, TURNS)
"""Requests are held against the conversations; where nothing was loaded yet there are none."""


def transact(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, work: Work[T]) -> T:
    """Do `work` in a transaction on the requests; see `in_transaction`."""
    return in_transaction(connection, warehouse, "write_back", _NEEDED, work)


def qualified(table: Table) -> str:
    """Name a table in a statement."""
    return f"{SCHEMA}.{table.name}"


@cache
def statement(name: str) -> str:
    """Read a statement from its file."""
    return resources.files("polyai_assets.write_back").joinpath("sql", f"{name}.sql").read_text()


def moment_of(microseconds: int) -> datetime:
    """Read a moment that a statement gives as `epoch_us`; one that Python cannot hold is its last, or its first."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return _LAST if microseconds > 0 else _FIRST


def select(
    connection: duckdb.DuckDBPyConnection, sql: str, given: Mapping[str, object]
) -> list[dict[str, Any]]:
    """Fetch rows, with times that know their zone."""
    rows: list[dict[str, Any]] = connection.execute(sql, given).to_arrow_table().to_pylist()
    return rows
