"""Loading a partition of a table whose rows are at hand, unless the table holds just these."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from polyai_assets.contract.tables import Table
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.loads import LoadKey, LoadNote, hash_of, held_rows
from polyai_assets.warehouse.replace import replace_tables


@dataclass(frozen=True, slots=True)
class CountedRows:
    """How many rows were loaded, by table."""

    rows: dict[str, int]


def load_rows(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    partition: Partition,
    dataset: str,
    table: Table,
    rows: pa.Table,
    *,
    is_replay: bool = False,
) -> None:
    """Replace a partition of a table by rows of a dataset; where it holds just these, only if it `is_replay`.

    The rows have the columns of the table but `project` and `date`. Raises WarehouseBusy and WarehouseUnreachable.
    """
    load = Load(partition)
    key = LoadKey(dataset, hash_of(rows.to_pylist()), (table,), hash_of(table))
    if not is_replay and held_rows(connection, warehouse, load, key, CountedRows) is not None:
        return
    note = LoadNote(key, CountedRows({table.name: len(rows)}))
    replace_tables(connection, warehouse, load, {table: rows}, note=note)
