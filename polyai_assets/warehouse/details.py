"""Loading details: a partition of `conversation_details` and `function_events`, replaced together.

The rows go through a local Parquet file, from which DuckDB reads them: a day of details is more than memory
should hold.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from polyai_assets.contract.detail_rows import Detail, Row, rows_of
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.tables import CONVERSATION_DETAILS, DETAIL_TABLES, FUNCTION_EVENTS, Table
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.found import GIVEN
from polyai_assets.warehouse.partition import Partition
from polyai_assets.warehouse.replace import replace_tables

_ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT_LIST: pa.list_(pa.string()),
    Kind.OBJECT: pa.string(),
    Kind.OBJECT_LIST: pa.string(),
}

_GROUP_BYTES = 8_000_000


def replace_details(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    partition: Partition,
    details: Iterable[Detail],
) -> dict[str, int]:
    """Replace a partition of the tables by what details hold; returns their numbers of rows.

    Whatever happens before the commit leaves the partition as it was. Raises WarehouseBusy and WarehouseUnreachable.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = {table: _Rows(Path(folder) / f"{table.name}.parquet", table) for table in DETAIL_TABLES}
        size = 0
        for detail in details:
            row, events = rows_of(detail, partition.date)
            written[CONVERSATION_DETAILS].add([row])
            written[FUNCTION_EVENTS].add(events)
            size += len(detail.payload or b"")
            if size >= _GROUP_BYTES:
                for rows in written.values():
                    rows.flush()
                size = 0
        for rows in written.values():
            rows.close()
        files = {table: rows.path for table, rows in written.items()}
        replace_tables(connection, warehouse, partition, files)
        return {table.name: rows.count for table, rows in written.items()}


class _Rows:
    """The rows of a table on their way, in a Parquet file."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.count = 0
        self._schema = pa.schema(
            [(one.name, _ARROW_TYPES[one.kind]) for one in table.fields if one.name not in GIVEN]
        )
        self._rows: list[Row] = []
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4")

    def add(self, rows: list[Row]) -> None:
        """Add rows, which are in memory until the next flush."""
        self._rows += rows
        self.count += len(rows)

    def flush(self) -> None:
        """Write what was added."""
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []

    def close(self) -> None:
        """Write what was added, and end the file."""
        self.flush()
        self._writer.close()
