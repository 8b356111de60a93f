"""What others have added to our tables in the warehouse, where it keeps a partition from being replaced.

Columns, views, plain indexes and primary keys of others do no harm. DuckDB checks a unique index against rows that the
same transaction has deleted, and constraints and other types may refuse what PolyAI sends.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from polyai_assets.contract.tables import Table, quote
from polyai_assets.machine.actionable import Actionable
from polyai_assets.warehouse.catalog import read_columns

_REFUSALS = (
    duckdb.ConstraintException,
    duckdb.ConversionException,
    duckdb.CatalogException,
    duckdb.BinderException,
    duckdb.DependencyException,
)

_ADDED = """
SELECT 'the unique index ' || index_name || ' on ' || table_name, 'DROP INDEX ' || quoted(index_name)
FROM duckdb_indexes()
WHERE database_name = 'warehouse' AND schema_name = 'main' AND is_unique AND list_contains($names, table_name)
UNION ALL
SELECT constraint_text || ' on ' || table_name, if(
    constraint_type = 'FOREIGN KEY',
    'DROP TABLE ' || quoted(table_name) || ', or make it anew without the foreign key',
    'ALTER TABLE ' || quoted(table_name) || ' RENAME TO ' || quoted(table_name || '_old')
)
FROM duckdb_constraints()
WHERE database_name = 'warehouse' AND schema_name = 'main'
AND (list_contains($names, table_name) OR list_contains($names, referenced_table))
UNION ALL
SELECT 'the view ' || view_name, 'DROP VIEW ' || quoted(view_name)
FROM duckdb_views()
WHERE database_name = 'warehouse' AND schema_name = 'main' AND list_contains($names, view_name)
"""


class WarehouseAltered(Actionable, OSError):
    """Something that was added to our tables keeps a partition from being replaced; the message names it."""


@contextmanager
def named_if_altered(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], place: str
) -> Iterator[None]:
    """Say what was added to the tables where DuckDB refuses their new rows. Raises WarehouseAltered."""
    try:
        yield
    except duckdb.Error as error:
        if not isinstance(error, _REFUSALS) and "violat" not in str(error):
            raise
        added = [*_added(connection, tables), *_of_other_types(connection, tables)]
        if not added:
            raise
        named = "; ".join(f"{what} (`{remedy}`)" for what, remedy in added)
        raise WarehouseAltered(
            f"{place} refuses the new rows: {str(error).splitlines()[0]}. What is there and is not ours: {named}. "
            "Remove what stands in the way with the statement beside it, then fetch the day again; a table that was "
            "renamed is made anew, and filled by `polyai backfill --replay`. The day keeps what it had."
        ) from error


def _added(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]) -> list[tuple[str, str]]:
    connection.execute(
        "CREATE OR REPLACE TEMP MACRO quoted(name) AS '\"' || replace(name, '\"', '\"\"') || '\"'"
    )
    return connection.execute(_ADDED, {"names": [table.name for table in tables]}).fetchall()


def _of_other_types(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table]
) -> Iterator[tuple[str, str]]:
    """Name the columns that are of other types than ours."""
    there = read_columns(connection)
    ours = duckdb.sqltype
    for table in tables:
        for field in table.fields:
            column = there.get(table.name, {}).get(field.name)
            if column is not None and ours(column.kind) != ours(field.kind.sql_type):
                yield (
                    f"the column {field.name} of {table.name}, which is {column.kind} and not {field.kind.sql_type}",
                    f"ALTER TABLE {quote(table.name)} RENAME TO {quote(table.name + '_old')}",
                )
