"""Loading reference data: the rows of a project's snapshots, each with the time for which it held.

The table is made of all snapshots anew, whenever it is loaded: it is the same from whatever the raw store holds.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from polyai_assets.contract.reference import VALID_FROM, VALID_UNTIL
from polyai_assets.contract.rows import Row
from polyai_assets.contract.tables import Table
from polyai_assets.privacy.masking import Masking
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.staged_rows import row_schema
from polyai_assets.warehouse.transaction import in_transaction


def versioned_rows(snapshots: Iterable[tuple[datetime, Mapping[tuple[Any, ...], Row]]]) -> list[Row]:
    """Give every row of the snapshots, oldest first, with the time for which it held; None is until now.

    A row that has changed ends and another one begins; one that is gone ends, and begins anew if it comes back.
    """
    ended: list[Row] = []
    current: dict[tuple[Any, ...], tuple[datetime, Row]] = {}
    for fetched_at, rows in snapshots:
        for key, (since, row) in list(current.items()):
            if rows.get(key) != row:
                ended.append(row | {VALID_FROM.name: since, VALID_UNTIL.name: fetched_at})
                del current[key]
        for key, row in rows.items():
            current.setdefault(key, (fetched_at, row))
    return ended + [row | {VALID_FROM.name: since, VALID_UNTIL.name: None} for since, row in current.values()]


def replace_reference(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    project: str,
    table: Table,
    rows: Iterable[Row],
    masking: Masking | None = None,
) -> None:
    """Replace the rows of a project, given by its key. Raises WarehouseBusy and WarehouseUnreachable."""
    content = pa.Table.from_pylist(list(rows), row_schema(table))
    if masking:
        content = masking.apply(table, content)

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        of_project = {"project": project}
        connection.execute(f"DELETE FROM {SCHEMA}.{table.name} WHERE project = $project", of_project)
        connection.register("given", content)
        connection.execute(
            f"INSERT INTO {SCHEMA}.{table.name} BY NAME SELECT $project AS project, * FROM given", of_project
        )
        connection.unregister("given")

    in_transaction(connection, warehouse, f"{project} {table.name}", (table,), work, content.nbytes)
