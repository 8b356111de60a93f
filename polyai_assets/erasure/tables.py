"""Erasing conversations from the tables of the warehouse."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa

from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.lasting_tables import ALERT_TABLES
from polyai_assets.contract.tables import (
    CONVERSATIONS,
    DETAIL_DRIFT,
    LOADS,
    MIGRATION_PARITY,
    SCHEMA_DRIFT,
    Table,
    quote,
)
from polyai_assets.privacy.scrub import Scrubber
from polyai_assets.warehouse.attach import SCHEMA, Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.catalog import StoredColumns, read_columns
from polyai_assets.warehouse.loads import of_conversations
from polyai_assets.warehouse.target import Target
from polyai_assets.warehouse.transaction import in_transaction

_ID = "conversation_id"
_NAMED_IN = (*ALERT_TABLES, MIGRATION_PARITY, LOADS, SCHEMA_DRIFT, DETAIL_DRIFT)
"""Tables that have no row of a conversation, and whose texts may name one."""

_OURS = {table.name for table in EVERY_TABLE}


@dataclass(slots=True)
class TableRows:
    """How many rows of each table are of conversations; `others` are tables of other programs that have some."""

    ours: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)


def count_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, erased: Mapping[str, Set[str]]
) -> TableRows:
    """Count the rows of conversations, which are given by project; none where nothing was loaded yet."""
    counted = TableRows()
    try:
        with warehouse.attached(connection, read_only=True):
            _register(connection, erased)
            for table, theirs in _rows_of_them(read_columns(connection)):
                found = connection.execute(f"SELECT count(*) {theirs}").fetchone()
                if found and found[0]:
                    (counted.ours if table in _OURS else counted.others)[table] = found[0]
    except WarehouseUnreachable:
        if warehouse.is_ducklake:
            raise
    return counted


def loaded_days(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> set[tuple[str, date]]:
    """Find the days, by project, of which the tables hold conversations; none where nothing was loaded yet."""
    try:
        with warehouse.attached(connection, read_only=True):
            there = read_columns(connection)
            chosen = {CONVERSATIONS.name: "true", LOADS.name: of_conversations(there.get(LOADS.name, {}))}
            days = [
                f"SELECT DISTINCT project, date FROM {_place(table)} WHERE {of_them}"
                for table, of_them in chosen.items()
                if table in there
            ]
            return {*connection.execute(" UNION ".join(days)).fetchall()} if days else set()
    except WarehouseUnreachable:
        if warehouse.is_ducklake:
            raise
    return set()


def erase_rows(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    erased: Mapping[str, Set[str]],
    names: Set[str],
) -> None:
    """Delete every row of conversations, which are given by project, and take `names` out of texts about days.

    Raises WarehouseBusy and WarehouseUnreachable.
    """
    scrubber = Scrubber(names)

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        stored = read_columns(connection)
        _register(connection, erased)
        for table, theirs in _rows_of_them(stored):
            if table in _OURS:
                connection.execute(f"DELETE {theirs}")
        for named in _NAMED_IN:
            texts = [field.name for field in named.fields if field.kind.sql_type in ("VARCHAR", "JSON")]
            for column in texts:
                if column in stored.get(named.name, {}):
                    _scrub(connection, named, column, scrubber)

    if warehouse.is_ducklake or Target(warehouse.target).may_exist:
        in_transaction(connection, warehouse, "an erasure", (), work)


def _register(connection: duckdb.DuckDBPyConnection, erased: Mapping[str, Set[str]]) -> None:
    pairs = sorted((project, name) for project, listed in erased.items() for name in listed)
    columns = [pa.array([pair[place] for pair in pairs], pa.string()) for place in (0, 1)]
    connection.register("erased_rows", pa.table(columns, ["project", _ID]))
    connection.execute("CREATE OR REPLACE TEMP TABLE erased AS FROM erased_rows")
    connection.unregister("erased_rows")


def _rows_of_them(stored: StoredColumns) -> Iterator[tuple[str, str]]:
    """Give each table that has rows of conversations, ours and others, and the clause that chooses theirs."""
    for table, columns in stored.items():
        if _ID in columns:
            same = " AND e.project = t.project" if "project" in columns else ""
            yield (
                table,
                f"FROM {_place(table)} t WHERE EXISTS "
                f"(SELECT 1 FROM temp.erased e WHERE e.{_ID} = t.{_ID}{same})",
            )


def _scrub(connection: duckdb.DuckDBPyConnection, table: Table, column: str, scrubber: Scrubber) -> None:
    """Take names out of a column of texts."""
    place, text = _place(table.name), f"CAST({quote(column)} AS VARCHAR)"
    for (found,) in connection.execute(f"SELECT DISTINCT {text} FROM {place}").fetchall():
        clean = scrubber.text(found or "")
        if found is not None and clean != found:
            connection.execute(
                f"UPDATE {place} SET {quote(column)} = $clean WHERE {text} = $found",
                {"clean": clean, "found": found},
            )


def _place(table: str) -> str:
    return f"{SCHEMA}.{quote(table)}"
