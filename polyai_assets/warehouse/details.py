"""Loading details: a partition of the tables of details and of their drift, replaced together.

The rows go through a local Parquet file, from which DuckDB reads them: a day of details is more than memory
should hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from polyai_assets.contract.detail import UNREADABLE
from polyai_assets.contract.detail_drift import DetailTally
from polyai_assets.contract.detail_fit import Row
from polyai_assets.contract.detail_rows import Detail, rows_of
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    DETAIL_DRIFT,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    Table,
)
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.memory import heaviest_record, most_memory, too_heavy
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


@dataclass(frozen=True, slots=True)
class LoadedDetails:
    """What a partition of details turned out to hold: rows by table, and how they differ from the declared shape."""

    rows: dict[str, int]
    drift: list[Drift]


def replace_details(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    details: Iterable[Detail],
) -> LoadedDetails:
    """Replace a partition of the tables by what details hold.

    Whatever happens before the commit leaves the partition as it was. Raises WarehouseBusy and WarehouseUnreachable.
    """
    with temporary_folder() as folder:
        contract = load.contract
        written = {
            table.name: _Rows(folder / f"{table.name}.parquet", table) for table in contract.detail_tables
        }
        tally, size = DetailTally(), 0
        most = most_memory(connection, warehouse.memory)
        for detail in details:
            read = rows_of(_bearable(detail, most), load.date, contract)
            written[CONVERSATION_DETAILS.name].add([read.row])
            written[FUNCTION_EVENTS.name].add(read.events)
            written[METRIC_EVENTS.name].add(read.metrics)
            tally.add(read)
            size += len(detail.payload or b"")
            if size >= _GROUP_BYTES:
                for rows in written.values():
                    rows.flush()
                size = 0
        drift = tally.findings()
        written[DETAIL_DRIFT.name].add([one.row for one in drift])
        for rows in written.values():
            rows.close()
        files = {table: written[table.name].path for table in contract.detail_tables}
        replace_tables(connection, warehouse, load, files)
        return LoadedDetails({name: rows.count for name, rows in written.items()}, drift)


def _bearable(detail: Detail, most: int) -> Detail:
    """Leave out what this machine cannot take apart in so much memory."""
    size = len(detail.payload or b"")
    if size <= heaviest_record(most):
        return detail
    return replace(detail, status=UNREADABLE, reason=too_heavy(size, most), payload=None)


class _Rows:
    """The rows of a table on their way, in a Parquet file."""

    def __init__(self, path: Path, table: Table) -> None:
        self.path = path
        self.count = 0
        self._schema = pa.schema([(one.name, _ARROW_TYPES[one.kind]) for one in table.row_fields])
        self._rows: list[Row] = []
        # Without a dictionary, the size of a group of rows is what they take in memory.
        self._writer = pq.ParquetWriter(path, self._schema, compression="lz4", use_dictionary=False)

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
