"""Databricks: rows are put into a volume, and replace days of one table after the other; the log is written last."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.databricks_session import DatabricksSession
from polyai_assets.delivery.targets.dialects import DATABRICKS
from polyai_assets.delivery.targets.sql_table_by_table import SqlTableByTable
from polyai_assets.delivery.targets.table_by_table import VERSION, LogSeen, certifying, versions_of
from polyai_assets.delivery.targets.target import columns_by_table

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk

_VOLUME = "polyai_staging"


class Databricks(SqlTableByTable):
    """A schema of a catalog of Unity, by a warehouse for SQL."""

    dialect = DATABRICKS

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        self._session = DatabricksSession(settings.where)
        self._schema_name = settings.schema
        self.schema = self.dialect.quote(settings.schema)

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement, each of which is a transaction of its own."""
        return [] if statement in ("BEGIN", "COMMIT", "ROLLBACK") else self._session.run(statement)

    def probe(self) -> None:
        """Connect, and run a query that reads nothing."""
        self.run("SELECT 1")

    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Read the catalog; see DeliveryTarget."""
        listed = ", ".join(map(self.value, tables))
        return columns_by_table(
            self.run(
                "SELECT table_name, column_name, full_data_type FROM information_schema.columns "
                f"WHERE table_schema = {self.value(self._schema_name)} AND table_name IN ({listed}) "
                "ORDER BY table_name, ordinal_position"
            ),
            fold=True,
        )

    def create_schema(self) -> None:
        """Create schema and volume where they are missing: to ask for those that are there needs rights, too."""
        name = self.value(self._schema_name)
        if not self.run(f"SELECT 1 FROM information_schema.schemata WHERE schema_name = {name}"):
            super().create_schema()
        volumes = f"SELECT 1 FROM information_schema.volumes WHERE volume_schema = {name} AND volume_name = '{_VOLUME}'"
        if not self.run(volumes):
            self.run(f"CREATE VOLUME IF NOT EXISTS {self.relation(_VOLUME)}")

    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns in one statement, and make the view anew; see DeliveryTarget."""
        declared = ", ".join(self.declared(column, comments) for column in columns)
        self.run(f"ALTER TABLE {self.relation(table)} ADD COLUMNS ({declared})")
        self.run_all(certifying(table, self.relation))

    def replace(self, table: str, chunk: "Chunk", seen: LogSeen) -> None:
        """Put a file into the volume, and replace days by it in one statement; see TableByTable."""
        self.check_log([row for row in seen.rows if row.date in chunk.days], chunk.project, chunk.days)
        of_days = self.of_days(chunk.project, chunk.days)
        replaced = f"{self.of_days(chunk.project, [])} AND ({self.up_to(chunk, seen)})"
        if not chunk.rows(table):
            self.run(f"DELETE FROM {self.relation(table)} WHERE {replaced}")
            return
        values = {VERSION: versions_of(chunk)} | {
            column.name: self.dialect.quote(column.name) for column in chunk.columns(table)
        }
        with (
            chunk.parquet(table, {"JSON": "CAST({} AS VARCHAR)"}) as file,
            self._session.uploaded(file, f"{self._schema_name}/{_VOLUME}/{table}") as place,
        ):
            files = f"read_files({self.value(place)}, format => 'parquet') WHERE {of_days}"
            self.replace_rows(table, replaced, values, files)

    def replace_rows(self, table: str, of_rows: str, values: Mapping[str, str], source: str) -> None:
        """Replace by position, which is all that REPLACE WHERE knows: a column without a value is NULL."""
        listed = ", ".join(values.get(name, "NULL") for name in self.columns([table]).get(table, {}))
        self.run(f"INSERT INTO {self.relation(table)} REPLACE WHERE {of_rows} SELECT {listed} FROM {source}")

    def close(self) -> None:
        """End the session."""
        self._session.close()
