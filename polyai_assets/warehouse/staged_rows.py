"""Rows of a table on their way into the warehouse, in a local Arrow file; those of several days in the same.

A day is more than memory should hold, and more than one attempt may be needed to store it. To write and read the file
costs a tenth of what a temporary table in DuckDB would, and whoever waits for the warehouse holds no memory.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from polyai_assets.contract.columns import ARROW_TYPES
from polyai_assets.contract.fields import DATE
from polyai_assets.contract.tables import Table
from polyai_assets.privacy.masking import Masking
from polyai_assets.raw.disk import naming_what_is_full
from polyai_assets.warehouse.memory import Heaviest


def row_schema(table: Table) -> pa.Schema:
    """Give the columns of a table but those of the partition, with their Arrow types."""
    return pa.schema([(field.name, ARROW_TYPES[field.kind]) for field in table.row_fields])


def dated(rows: pa.Table, day: date) -> pa.Table:
    """Give rows of a day their date."""
    return rows.append_column(DATE.name, pa.repeat(pa.scalar(day, pa.date32()), len(rows)))


class StagedRows:
    """The rows of a table but for the column of the project, which all rows share; in a file in `folder`."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.table = table
        self.counts: Counter[date] = Counter()
        self.schema = row_schema(table).append(pa.field(DATE.name, pa.date32()))
        self._path = folder / f"{table.name}.arrow"
        self._heaviest = Heaviest()
        self._writer = ipc.new_stream(str(self._path), self.schema)

    @property
    def count(self) -> int:
        """The rows of all days."""
        return self.counts.total()

    @property
    def heaviest(self) -> int:
        """The most bytes that 2,048 rows in a row have."""
        return self._heaviest.bytes

    def add(self, rows: pa.Table) -> None:
        """Write rows, whose columns may stand in any order. Raises DiskFull."""
        if not len(rows):
            return
        ordered = rows.select(self.schema.names).cast(self.schema)
        with naming_what_is_full(self._path):
            self._writer.write_table(ordered)
        self._heaviest.add_table(ordered)
        for counted in pc.value_counts(ordered[DATE.name]).to_pylist():
            self.counts[counted["values"]] += counted["counts"]

    def close(self) -> None:
        """End the file."""
        with naming_what_is_full(self._path):
            self._writer.close()

    def read(self, *columns: str) -> object:
        """Give all the rows, or some of their columns, once the file is closed, as a stream that DuckDB reads once.

        It is a capsule of Arrow's C stream, of which DuckDB reads one batch after another. A RecordBatchReader it would
        have pyarrow read ahead: hundreds of MB that no limit counts.
        """
        places = [self.schema.get_field_index(name) for name in columns] or None
        options = ipc.IpcReadOptions(included_fields=places)
        return ipc.open_stream(pa.OSFile(str(self._path)), options=options).__arrow_c_stream__()


class DayRows:
    """The rows of one day on their way into the staged rows of a table: dated, and masked by `masking` before."""

    def __init__(self, staged: StagedRows, day: date, masking: Masking | None) -> None:
        self._staged = staged
        self._day = day
        self._masking = masking
        self._schema = row_schema(staged.table)

    @property
    def count(self) -> int:
        """The rows of the day."""
        return self._staged.counts[self._day]

    def add(self, rows: pa.Table) -> None:
        """Write rows, whose columns may stand in any order. Raises DiskFull."""
        masked = self._masking.apply(self._staged.table, rows) if self._masking else rows
        self._staged.add(dated(masked, self._day))

    def add_values(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows that are values, in the order of the columns."""
        if rows:
            columns = zip(zip(*rows, strict=True), self._schema.types, strict=True)
            self.add(pa.table([pa.array(values, kind) for values, kind in columns], schema=self._schema))
