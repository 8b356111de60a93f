"""Rows of a table on their way into the warehouse, in a local Arrow file.

A day is more than memory should hold, and more than one attempt may be needed to store it. To write and read the file
costs a tenth of what a temporary table in DuckDB would, and whoever waits for the warehouse holds no memory.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from polyai_assets.contract.columns import ARROW_TYPES
from polyai_assets.contract.tables import Table
from polyai_assets.privacy.masking import Masking
from polyai_assets.raw.disk import naming_what_is_full
from polyai_assets.warehouse.memory import Heaviest


def row_schema(table: Table) -> pa.Schema:
    """Give the columns of a table but those of the partition, with their Arrow types."""
    return pa.schema([(field.name, ARROW_TYPES[field.kind]) for field in table.row_fields])


class StagedRows:
    """The rows of a table but for the columns of the partition, which all rows share; in a file in `folder`.

    Personal data are masked by `masking` before they are written.
    """

    def __init__(self, folder: Path, table: Table, masking: Masking | None = None) -> None:
        self._table, self._masking = table, masking
        self.count = 0
        self.schema = row_schema(table)
        self._path = folder / f"{table.name}.arrow"
        self._heaviest = Heaviest()
        self._writer = ipc.new_stream(str(self._path), self.schema)

    @property
    def heaviest(self) -> int:
        """The most bytes that 2,048 rows in a row have."""
        return self._heaviest.bytes

    def add(self, rows: pa.Table) -> None:
        """Write rows, whose columns may stand in any order. Raises DiskFull."""
        if not len(rows):
            return
        masked = self._masking.apply(self._table, rows) if self._masking else rows
        ordered = masked.select(self.schema.names).cast(self.schema)
        with naming_what_is_full(self._path):
            self._writer.write_table(ordered)
        self._heaviest.add_table(ordered)
        self.count += len(rows)

    def add_values(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows that are values, in the order of the columns."""
        if rows:
            columns = zip(zip(*rows, strict=True), self.schema.types, strict=True)
            self.add(pa.table([pa.array(values, kind) for values, kind in columns], schema=self.schema))

    def close(self) -> None:
        """End the file."""
        with naming_what_is_full(self._path):
            self._writer.close()

    def read(self, *columns: str) -> pa.RecordBatchReader:
        """Read all the rows, or some of their columns, once the file is closed."""
        places = [self.schema.get_field_index(name) for name in columns] or None
        options = ipc.IpcReadOptions(included_fields=places)
        return ipc.open_stream(pa.OSFile(str(self._path)), options=options)
