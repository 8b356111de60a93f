"""Targets that DuckDB attaches as a database: all of their rows go by its own INSERT, in its own transaction."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.contract.tables import literal, quote
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.dialect import DUCKDB
from polyai_assets.delivery.targets.sql_target import SqlTarget
from polyai_assets.delivery.targets.target import columns_by_table

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk


class AttachedTarget(SqlTarget):
    """A database that is attached to the connection of DuckDB which reads the files, under the name `database`."""

    dialect = DUCKDB

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings, database: str
    ) -> None:
        self._connection = connection
        self._is_attached = False
        self.database = database
        self.schema_name = settings.schema
        self.schema = f"{quote(database)}.{quote(settings.schema)}"

    @abstractmethod
    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Load what is needed, and attach the database."""

    @abstractmethod
    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Detach it."""

    @abstractmethod
    def explained(self, error: duckdb.Error) -> Exception:
        """Say what an error is: TargetUnreachable, TargetRefuses or DeliveryConflict."""

    def probe(self) -> None:
        """Attach it and look at the log's columns; see DeliveryTarget."""
        self.columns(["polyai_delivery_log"])

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement of DuckDB."""
        return self.fetch(statement)

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement of DuckDB in the connection that has the target."""
        try:
            if not self._is_attached:
                self.attach(self._connection)
                self._is_attached = True
            # by way of Arrow times know their zone without another library
            found = self._connection.execute(statement).to_arrow_table()
        except duckdb.Error as error:
            raise self.explained(error) from None
        return [tuple(row.values()) for row in found.to_pylist()]

    def roll_back(self) -> None:
        """Roll back; a transaction that a lost connection has ended is none any more."""
        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error:
            self.close()

    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create and describe a table in one transaction; see DeliveryTarget."""
        with self.transaction():
            super().create_table(table, columns, comments)

    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns in one transaction; see DeliveryTarget."""
        with self.transaction():
            super().add_columns(table, columns, comments)

    def insert(self, table: str, chunk: "Chunk") -> None:
        """Insert what DuckDB reads from the files."""
        names = ", ".join(quote(column.name) for column in chunk.columns(table))
        attached = f"{quote(self.database)}.{quote(self.schema_name)}.{quote(table)}"
        self.fetch(f"INSERT INTO {attached} ({names}) SELECT {names} FROM ({chunk.select(table)})")

    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Read DuckDB's catalog; see DeliveryTarget."""
        listed = ", ".join(map(literal, tables))
        return columns_by_table(
            self.fetch(
                "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = "
                f"{literal(self.database)} AND schema_name = {literal(self.schema_name)} AND table_name IN ({listed})"
            )
        )

    def close(self) -> None:
        """Detach it."""
        if self._is_attached:
            self._is_attached = False
            try:
                self.detach(self._connection)
            except duckdb.Error as error:
                raise self.explained(error) from None
