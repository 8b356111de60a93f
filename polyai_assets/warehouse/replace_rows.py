"""Replacing the rows of days in one table, inside a transaction."""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from polyai_assets.contract.tables import Table
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.of_days import OF_DAYS, of_days
from polyai_assets.warehouse.staged_rows import StagedRows


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    loads: Sequence[Load],
    rows: pa.Table | StagedRows,
    empty: set[str] | None = None,
) -> None:
    """Replace the rows of days of a project by `rows`, which have all columns but the project.

    Rows of other days are left out. Of tables that are known to be `empty` none are deleted; one that gets rows is
    taken out of these.
    """
    if empty is None or table.name not in empty:
        connection.execute(f"DELETE FROM {SCHEMA}.{table.name} WHERE {OF_DAYS}", of_days(loads))
    elif count_rows(rows):
        empty.remove(table.name)
    insert_rows(connection, table, loads, rows)


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, loads: Sequence[Load], rows: pa.Table | StagedRows
) -> None:
    """Insert the rows of days of a project, as `replace_rows` takes them."""
    if not count_rows(rows):
        return
    days = of_days(loads)
    connection.register("given", rows.read() if isinstance(rows, StagedRows) else rows)
    connection.execute(
        f"INSERT INTO {SCHEMA}.{table.name} BY NAME "
        "SELECT $project AS project, * FROM given WHERE list_contains($dates, date)",
        {name: days[name] for name in ("project", "dates")},
    )
    connection.unregister("given")


def count_rows(rows: pa.Table | StagedRows) -> int:
    """Count rows that are in memory, or staged."""
    return rows.count if isinstance(rows, StagedRows) else len(rows)
