"""Targets whose rows are uploaded to tables of their own first; the transaction inserts them from there.

An upload takes minutes, and is not part of the transaction: that has nothing but DELETE and INSERT of the server.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.sql_target import SqlTarget

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk

LOCK = "polyai_delivery_lock"
"""A table of one row, which counts deliveries: each transaction changes it first, so that two never overlap."""


@dataclass(frozen=True, slots=True)
class StagedAs:
    """How values of a type are uploaded: as DuckDB writes them into the file, and as the target reads them.

    `{}` stands for the value. `ddl` is the type of the uploaded column, where it is another than that of the table.
    """

    file: str = "{}"
    ddl: str = ""
    read: str = "{}"


class StagedTarget(SqlTarget):
    """A target with transactions, into which rows get by way of a Parquet file."""

    staged_as: ClassVar[Mapping[str, StagedAs]]
    """By published type; one that is missing is uploaded as it is."""

    @abstractmethod
    def staging(self, table: str) -> str:
        """Name the table that the rows of a table are uploaded to, which no other process has."""

    @abstractmethod
    def upload(self, table: str, columns: Sequence[ColumnPublished], file: Path) -> None:
        """Make `staging(table)` of a Parquet file."""

    @abstractmethod
    def clear(self, table: str) -> None:
        """Remove `staging(table)`, where it is there."""

    @contextmanager
    def uploaded(self, chunk: "Chunk") -> Iterator[None]:
        """Upload the rows of each table that has any, and remove them at the end."""
        written = {kind: staged.file for kind, staged in self.staged_as.items()}
        with ExitStack() as cleared:
            for table in chunk.tables:
                if chunk.rows(table):
                    with chunk.parquet(table, written) as file:
                        cleared.callback(self.clear, table)
                        self.upload(table, chunk.columns(table), file)
            yield

    def insert(self, table: str, chunk: "Chunk") -> None:
        """Insert what was uploaded, of the days that are still due."""
        columns = chunk.columns(table)
        names = ", ".join(self.dialect.quote(column.name) for column in columns)
        values = ", ".join(
            self._staged_as(column).read.format(self.dialect.quote(column.name)) for column in columns
        )
        self.run(
            f"INSERT INTO {self.relation(table)} ({names}) SELECT {values} FROM {self.staging(table)} "
            f"WHERE {self.of_days(chunk.project, chunk.days)}"
        )

    def create_schema(self) -> None:
        """Create the schema where it is missing, and the row that deliveries lock."""
        self.make_schema()
        self.run(
            f"CREATE TABLE IF NOT EXISTS {self.relation(LOCK)} AS SELECT 0 AS {self.dialect.quote('deliveries')}"
        )

    def make_schema(self) -> None:
        """Create the schema where it is missing."""
        self.run(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")

    def lock_log(self, chunk: "Chunk") -> list[LogRow]:
        """Wait until no other delivery is under way, then read the log: rows that are not there have no lock."""
        self.count_delivery()
        return self.read_log(chunk.project, chunk.days)

    def count_delivery(self) -> None:
        """Change the row that every transaction changes."""
        count = self.dialect.quote("deliveries")
        self.run(f"UPDATE {self.relation(LOCK)} SET {count} = {count} + 1 WHERE TRUE")

    def staged_columns(self, columns: Sequence[ColumnPublished]) -> str:
        """Declare the columns of `staging`."""
        return ", ".join(
            f"{self.dialect.quote(column.name)} {self._staged_ddl(column)}" for column in columns
        )

    def _staged_ddl(self, column: ColumnPublished) -> str:
        return self._staged_as(column).ddl or self.dialect.types[column.type].ddl

    def _staged_as(self, column: ColumnPublished) -> StagedAs:
        return self.staged_as.get(column.type, StagedAs())
