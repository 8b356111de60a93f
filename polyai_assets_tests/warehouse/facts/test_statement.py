"""What the statement of facts joins: tables that have rows, and of all others columns of the same types."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

import duckdb
import pytest

from polyai_assets.contract.tables import DETAIL_TABLES, REFERENCE_TABLES, TABLES
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.facts import make
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.facts.settings_rows import given_settings
from polyai_assets.warehouse.facts.statement import facts_statement
from polyai_assets.warehouse.of_days import of_days
from polyai_assets_tests.warehouse.conftest import PARTITION

JOINED = {
    "conversation_changes": "restated",
    "conversation_details": "d",
    "function_events": "f",
    "detail_turns": "dt",
    "turn_topics": "tt",
    "turn_safety": "ts",
    "variants": "v",
    "deployments": "r",
}
"""What is joined of each table that may have no rows."""


@pytest.fixture
def attached(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with every table that facts come from, attached to the connection."""
    with warehouse.attached(connection):
        for table in (*TABLES, *DETAIL_TABLES, *REFERENCE_TABLES.values()):
            connection.execute(table.create(SCHEMA))
        connection.register("kpi_given", given_settings(KpiSettings()))
        connection.register("days_given", make._days([PARTITION], {PARTITION.date: ""}))
        yield connection
        connection.unregister("days_given")
        connection.unregister("kpi_given")


def joined(connection: duckdb.DuckDBPyConnection, empty: Collection[str] = ()) -> dict[str, str]:
    """Give the columns that formulas are made of, with their types."""
    statement = facts_statement(connection, KpiSettings(), 0, 1, empty)
    prepared, _, _ = statement.partition(",\ngrouped AS (")
    given = of_days([PARTITION]) | make._given(PARTITION, datetime(2026, 3, 2, tzinfo=UTC))
    named = {name: value for name, value in given.items() if f"${name}" in prepared}
    found = connection.execute(f"DESCRIBE {prepared} SELECT * FROM joined", named).fetchall()
    return {name: kind for name, kind, *_ in found}


@pytest.mark.parametrize("table", JOINED)
def test_a_table_without_rows_has_the_columns_that_it_would_have(
    attached: duckdb.DuckDBPyConnection, table: str
) -> None:
    assert joined(attached, [table]) == joined(attached)


def test_tables_without_rows_are_not_joined(attached: duckdb.DuckDBPyConnection) -> None:
    def joins(empty: Collection[str]) -> set[str]:
        lines = facts_statement(attached, KpiSettings(), 0, 1, empty).splitlines()
        return {line.split()[2] for line in lines if line.lstrip().startswith("LEFT JOIN")}

    assert joins([]) == {"t", "m", *JOINED.values()}
    for table, name in JOINED.items():
        assert name not in joins([table])
    assert joins(JOINED) == {"t", "m"}
