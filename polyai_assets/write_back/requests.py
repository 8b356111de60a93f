"""Making requests: what a person wants published becomes rows, which a publisher takes up later."""

from collections.abc import Mapping, Sequence
from uuid import uuid4

import duckdb

from polyai_assets.write_back.tables import Table, qualified

COMMAND_LINE = "polyai"
"""The source of requests that were made on the command line."""

GIVEN = ("request_id", "requested_at", "requested_by")
"""Columns that a request may bring beside those it must have."""


def insert(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[Mapping[str, object]], source: str
) -> list[str]:
    """Add requests, in their order; gives their ids. A row is column -> value; what it leaves out is NULL."""
    ids = [str(row.get("request_id") or uuid4()) for row in rows]
    columns = [one for one in table.fields if any(one.name in row for row in rows)]
    given: dict[str, object] = {one.name: [row.get(one.name) for row in rows] for one in columns}
    given |= {"request_id": ids, "source": [source] * len(rows)}
    types = {one.name: one.kind.sql_type for one in table.fields}
    values = ", ".join(f"unnest(${name}::{types[name]}[]) AS {name}" for name in given)
    connection.execute(f"INSERT INTO {qualified(table)} BY NAME SELECT {values}", given)
    return ids


def was_taken_in(connection: duckdb.DuckDBPyConnection, table: Table, mark: str) -> bool:
    """Tell whether requests are there whose source ends in `mark`."""
    found = connection.execute(
        f"SELECT 1 FROM {qualified(table)} WHERE suffix(source, $mark) LIMIT 1", {"mark": mark}
    )
    return found.fetchone() is not None
