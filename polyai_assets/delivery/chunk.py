"""Days of a project on their way into a target, in one transaction: their rows as the target has them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from polyai_assets.contract.tables import literal, quote
from polyai_assets.delivery.clean import cleaned, refused
from polyai_assets.delivery.columns import ColumnPlan
from polyai_assets.delivery.log import LogRow, log_row
from polyai_assets.delivery.manifest import ColumnPublished, DayManifest
from polyai_assets.delivery.standing import Standing, standing_of, tables_of
from polyai_assets.delivery.targets.dialect import DUCKDB, Dialect, measuring
from polyai_assets.delivery.targets.target import Measured, measured
from polyai_assets.raw.disk import temporary_folder

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Chunk:
    """Days of one project, oldest first.

    `tables` are those of the target that are to have these days' rows and no others. `files` are the published ones
    on this machine, by their names in manifests. `plans` says by table how columns are called in the target.
    """

    connection: duckdb.DuckDBPyConnection
    manifests: tuple[DayManifest, ...]
    tables: tuple[str, ...]
    files: Mapping[str, Path]
    plans: Mapping[str, ColumnPlan]
    dialect: Dialect
    with_history: bool = False
    refused_by_day: Mapping[date, int] = field(default_factory=dict)

    @property
    def project(self) -> str:
        """The key of the project."""
        return self.manifests[0].project

    @property
    def days(self) -> tuple[date, ...]:
        """The days; none where nothing of the chunk is due any more."""
        return tuple(manifest.date for manifest in self.manifests)

    def columns(self, table: str) -> list[ColumnPublished]:
        """Give the columns that the rows of a table have, by their names in the target."""
        names = self.plans[table].names
        found = {names[column]: column.type for column in self._published(table)}
        return [ColumnPublished(name, kind) for name, kind in found.items()]

    def rows(self, table: str) -> int:
        """Count the rows of a table, as the manifests have them."""
        return sum(manifest.tables[table].rows for manifest in self.manifests if table in manifest.tables)

    def select(self, table: str) -> str:
        """Give the query of DuckDB that has the rows of a table, with the `columns`."""
        value = cleaned if self.dialect.replaces_nul else lambda column: quote(column.name)
        names = self.plans[table].names
        listed = [(f"{value(column)} AS {quote(names[column])}", column) for column in self._published(table)]
        queries = [
            f"SELECT {', '.join(text for text, column in listed if column in columns)} FROM {source}"
            for columns, source in self._sources(table)
        ]
        if queries:
            return " UNION ALL BY NAME ".join(queries)
        empty = (f"CAST(NULL AS {column.type}) AS {quote(column.name)}" for column in self.columns(table))
        return f"SELECT {', '.join(empty)} WHERE false"

    def arrow(self, table: str) -> "pa.RecordBatchReader":
        """Give the rows of a table as Arrow, in batches."""
        return self.connection.sql(self.select(table)).to_arrow_reader()

    @contextmanager
    def parquet(self, table: str, written: Mapping[str, str]) -> Iterator[Path]:
        """Give the rows of a table as one Parquet file, which is there until the end.

        `written` has by type the expression of a value in the file, `{}` for the value; other types are as they are.
        """
        values = ", ".join(
            f"{written.get(column.type, '{}').format(quote(column.name))} AS {quote(column.name)}"
            for column in self.columns(table)
        )
        with temporary_folder() as folder:
            path = folder / f"{table}.parquet"
            self.connection.execute(
                f"COPY (SELECT {values} FROM ({self.select(table)})) TO {literal(str(path))} "
                "(FORMAT parquet, COMPRESSION zstd)"
            )
            yield path

    def still_due(self, log: Iterable[LogRow]) -> "Chunk":
        """Leave out the days that the target has already, in this version or a newer one, by its log."""
        found = {row.date: row for row in log}
        return self.only(
            manifest.date
            for manifest in self.manifests
            if standing_of(manifest, found.get(manifest.date), self.tables) is Standing.DUE
        )

    def only(self, days: Iterable[date]) -> "Chunk":
        """Give the chunk with some of its days."""
        kept = frozenset(days)
        return replace(
            self, manifests=tuple(manifest for manifest in self.manifests if manifest.date in kept)
        )

    def log_rows(self, log: Iterable[LogRow], now: datetime) -> list[LogRow]:
        """Make the rows of the log of these days; `log` has those that they replace."""
        found = {row.date: row for row in log}
        return [
            log_row(
                manifest,
                tables_of(manifest, self.tables),
                found.get(manifest.date),
                self.refused_by_day.get(manifest.date, 0),
                now,
            )
            for manifest in self.manifests
        ]

    def counted(self) -> "Chunk":
        """Count the characters of each day that the target refuses, where it refuses any."""
        if not self.dialect.replaces_nul:
            return self
        counts: dict[date, int] = {}
        for table in self.tables:
            for columns, source in self._sources(table):
                counting = [f"coalesce({found}, 0)" for found in map(refused, columns) if found]
                query = f"SELECT date, sum({' + '.join(counting)}) FROM {source} GROUP BY date"
                for day, count in self.connection.execute(query).fetchall():
                    counts[day] = counts.get(day, 0) + int(count)
        return replace(self, refused_by_day=counts)

    def expected(self, table: str) -> Mapping[date, Measured]:
        """Measure the rows of a table as the target should have them."""
        query = measuring(f"({self.select(table)})", self.columns(table), DUCKDB)
        return measured(self.connection.execute(query).fetchall())

    def _published(self, table: str) -> list[ColumnPublished]:
        files = [manifest.tables[table] for manifest in self.manifests if table in manifest.tables]
        return list(dict.fromkeys(column for file in files for column in file.columns))

    def _sources(self, table: str) -> list[tuple[Collection[ColumnPublished], str]]:
        """Give the files that have rows, those with the same columns together."""
        groups: dict[frozenset[ColumnPublished], list[str]] = {}
        for manifest in self.manifests:
            file = manifest.tables.get(table)
            if file is not None and file.rows:
                groups.setdefault(frozenset(file.columns), []).append(str(self.files[file.file]))
        # the folders are named `project=…`, which DuckDB would take for a column
        return [
            (columns, f"read_parquet([{', '.join(map(literal, paths))}], hive_partitioning = false)")
            for columns, paths in groups.items()
        ]
