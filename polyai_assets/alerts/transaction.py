"""The transaction in which alerts read and write their state."""

from typing import TypeVar

import duckdb

from polyai_assets.contract.tables import ALERT_TABLES
from polyai_assets.warehouse import transaction
from polyai_assets.warehouse.attach import Warehouse

T = TypeVar("T")


def in_transaction(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, work: transaction.Work[T]
) -> T:
    """Do `work` in a transaction on the tables of alerts; see `warehouse.transaction.in_transaction`."""
    return transaction.in_transaction(connection, warehouse, "alerts", ALERT_TABLES, work)
