"""What tables and columns the attached warehouse has, ours and others."""

from collections.abc import Mapping
from typing import NamedTuple

import duckdb

from polyai_assets.warehouse.attach import CATALOG, Warehouse

_EMPTY_IN_FILE = """
SELECT table_name FROM duckdb_tables()
WHERE database_name = 'warehouse' AND schema_name = 'main' AND estimated_size = 0
"""
_NEVER_FILLED_IN_LAKE = f"""
SELECT table_name
FROM {CATALOG}.ducklake_table LEFT JOIN {CATALOG}.ducklake_table_stats USING (table_id)
WHERE end_snapshot IS NULL
GROUP BY table_name HAVING max(coalesce(next_row_id, 0)) = 0
"""


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


def empty_tables(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> set[str]:
    """Name tables of the attached warehouse that hold no row of any day; what this transaction stores is not counted.

    To ask them all is one statement. To ask one of them takes a DuckLake, whose catalog knows nothing of such a table,
    longer than to read one that has rows.
    """
    asked = _NEVER_FILLED_IN_LAKE if warehouse.is_ducklake else _EMPTY_IN_FILE
    return {name for (name,) in connection.execute(asked).fetchall()}
