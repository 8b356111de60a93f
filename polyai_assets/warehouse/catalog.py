"""What tables and columns the attached warehouse has, ours and others."""

from collections.abc import Mapping
from typing import NamedTuple

import duckdb


class StoredColumn(NamedTuple):
    """A column as it is in the warehouse: its type, and its comment, None where it has none."""

    kind: str
    comment: str | None


StoredColumns = Mapping[str, Mapping[str, StoredColumn]]
"""The columns of each table, by their names."""


def read_columns(connection: duckdb.DuckDBPyConnection) -> StoredColumns:
    """Read the columns of every table of the attached warehouse, in their order, by table and name."""
    found: dict[str, dict[str, StoredColumn]] = {}
    for table, column, kind, comment in connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE database_name = 'warehouse' AND schema_name = 'main' ORDER BY table_name, column_index"
    ).fetchall():
        found.setdefault(table, {})[column] = StoredColumn(kind, comment)
    return found


def column_names(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """Name the columns of a declared table of the attached warehouse; none where it is not there.

    One table is soon looked up; the whole catalog, which `read_columns` asks, takes longer than storing a small day.
    """
    try:
        return set(connection.table(f"warehouse.main.{table}").columns)  # it takes no quoted names
    except duckdb.CatalogException:
        return set()


def table_names(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Name the tables of the attached warehouse."""
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name = 'main'"
    ).fetchall()
    return {name for (name,) in found}
