"""The tables of the requests: their rows, their states, transactions on them, and statements from files."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeVar
from uuid import uuid4

import duckdb

from polyai_assets.contract.lasting_tables import ANNOTATION_REQUESTS, NOTE_REQUESTS, REQUEST_TABLES
from polyai_assets.contract.tables import CONVERSATIONS, TURNS, Table
from polyai_assets.raw.trouble import growing_pause
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.transaction import Work, in_transaction

LEASE = timedelta(minutes=30)
"""How long a request that is being sent belongs to a publisher on another machine: longer than a call and the wait for
the warehouse afterwards may take."""
MOST_WAIT = timedelta(days=1)
"""A server that asks for more is asked again after so long."""
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)
T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
__all__ = ["ANNOTATION_REQUESTS", "NOTE_REQUESTS", "REQUEST_TABLES", "Table"]
_NEEDED = (*REQUEST_TABLES, CONVERSATIONS, TURNS)
"""Requests are held against the conversations; where nothing was loaded yet there are none."""
COMMAND_LINE = "polyai"
"""The source of requests that were made on the command line."""
GIVEN = ("request_id", "requested_at", "requested_by")
"""Columns that a request may bring beside those it must have."""


class RequestState(StrEnum):
    """Where a request is on its way."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Sent, and no answer says whether it was taken: only a person decides what comes next."""


class Pause(StrEnum):
    """What waits when a pending request waits: its whole project, or only requests that have been tried."""

    PROJECT = "project"
    REQUEST = "request"


def pause_after(attempts: int) -> timedelta:
    """Say how long to wait after so many attempts in vain: a minute, then twice as long each time, at most an hour."""
    return growing_pause(_FIRST_PAUSE, _LONGEST_PAUSE, attempts - 1)


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


def insert(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[Mapping[str, object]], source: str
) -> list[str]:
    """Add requests, in their order; gives their ids. A row is column -> value; what it leaves out is NULL."""
    ids = [str(row.get("request_id") or uuid4()) for row in rows]
    columns = [field for field in table.fields if any(field.name in row for row in rows)]
    given: dict[str, object] = {field.name: [row.get(field.name) for row in rows] for field in columns}
    given |= {"request_id": ids, "source": [source] * len(rows)}
    types = {field.name: field.kind.sql_type for field in table.fields}
    values = ", ".join(f"unnest(${name}::{types[name]}[]) AS {name}" for name in given)
    connection.execute(f"INSERT INTO {qualified(table)} BY NAME SELECT {values}", given)
    return ids


def was_taken_in(connection: duckdb.DuckDBPyConnection, table: Table, mark: str) -> bool:
    """Tell whether requests are there whose source ends in `mark`."""
    found = connection.execute(
        f"SELECT 1 FROM {qualified(table)} WHERE suffix(source, $mark) LIMIT 1", {"mark": mark}
    )
    return found.fetchone() is not None
