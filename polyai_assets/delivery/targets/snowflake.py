"""Snowflake: rows are uploaded to a stage and a table of the session, and inserted in one transaction."""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import duckdb

from polyai_assets.contract.tables import quote
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.client import TargetAddress, import_client
from polyai_assets.delivery.targets.dialects import SNOWFLAKE
from polyai_assets.delivery.targets.rights import SNOWFLAKE_RIGHTS, RightMissing, lacking
from polyai_assets.delivery.targets.staged import StagedAs, StagedTarget
from polyai_assets.delivery.targets.target import (
    DeliveryConflict,
    TargetRefuses,
    TargetUnreachable,
    columns_by_table,
)

CONNECTION = "snowflake://user:password@account/database?warehouse=…&role=…"

_CONFLICT = re.compile(
    "has locked table|waiters for this lock|lock timeout|transaction .*was aborted", re.IGNORECASE
)
_LOGIN_FAILED = range(390000, 391000)


class Snowflake(StagedTarget):
    """A database of Snowflake, by a URL; what stands behind its question mark goes to Snowflake's client."""

    dialect = SNOWFLAKE
    staged_as: ClassVar[Mapping[str, StagedAs]] = {
        # Parquet's own times and lists are read in several ways, by options of the account
        "DATE": StagedAs("CAST({} AS VARCHAR)"),
        "TIMESTAMPTZ": StagedAs("strftime(make_timestamp(epoch_us({})), '%Y-%m-%dT%H:%M:%S.%fZ')"),
        "VARCHAR[]": StagedAs("CAST(to_json({}) AS VARCHAR)", "VARCHAR", "PARSE_JSON({})::ARRAY"),
        "JSON": StagedAs("CAST({} AS VARCHAR)", "VARCHAR", "PARSE_JSON({}, 'd')"),
    }

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        self._where = settings.where
        self._schema_name = settings.schema.upper()
        self.schema = self.dialect.quote(settings.schema)

    @cached_property
    def _client(self) -> Any:
        return import_client("snowflake.connector", "snowflake")

    @cached_property
    def _session(self) -> Any:
        client = self._client
        address = TargetAddress.parse(self._where, CONNECTION)
        login = {"user": address.user, "password": address.password, "database": address.path}
        try:
            return client.connect(
                account=address.host,
                session_parameters={
                    "TIMEZONE": "UTC",
                    "DATE_INPUT_FORMAT": "AUTO",
                    "TIMESTAMP_INPUT_FORMAT": "AUTO",
                },
                **{name: value for name, value in login.items() if value},
                **address.options,
            )
        except client.Error as error:
            raise TargetUnreachable(f"Snowflake refuses the connection: {error}") from None

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the session."""
        try:
            with self._session.cursor() as cursor:
                return [tuple(row) for row in cursor.execute(statement).fetchall()]
        except self._client.Error as error:
            raise self._explained(error) from None

    def probe(self) -> None:
        """Connect, and look whether statements have a warehouse and a database."""
        ((warehouse, database),) = self.run("SELECT CURRENT_WAREHOUSE(), CURRENT_DATABASE()")
        if not warehouse or not database:
            place = "database" if warehouse else "warehouse"
            raise RightMissing(
                f"the session has no {place} that the role may use",
                f"name it in `connection`, {CONNECTION}, and GRANT USAGE ON {place.upper()} <name> TO ROLE <its role>",
            )

    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Read the database's catalog; see DeliveryTarget."""
        listed = ", ".join(self.value(table.upper()) for table in tables)
        return columns_by_table(
            self.run(
                "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE "
                f"TABLE_SCHEMA = {self.value(self._schema_name)} AND TABLE_NAME IN ({listed})"
            ),
            fold=True,
        )

    def make_schema(self) -> None:
        """Create the schema where it is missing: to ask for one that is there needs a right, too."""
        name = self.value(self._schema_name)
        if not self.run(f"SELECT 1 FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = {name}"):
            super().make_schema()

    def staging(self, table: str) -> str:
        """Name the table, and the stage, which only this session has."""
        return self.relation(f"polyai_staged_{table}")

    def upload(self, table: str, columns: Sequence[ColumnPublished], file: Path) -> None:
        """Put the file into the stage, and copy it into the table; see StagedTarget."""
        staging = self.staging(table)
        self.run(f"CREATE OR REPLACE TEMPORARY STAGE {staging}")
        self.run(f"CREATE OR REPLACE TEMPORARY TABLE {staging} ({self.staged_columns(columns)})")
        self.run(f"PUT {self.value(f'file://{file}')} @{staging} AUTO_COMPRESS = FALSE")
        values = ", ".join(f"$1:{quote(column.name)}::{self._staged_ddl(column)}" for column in columns)
        self.run(
            f"COPY INTO {staging} FROM (SELECT {values} FROM @{staging}) "
            "FILE_FORMAT = (TYPE = PARQUET) ON_ERROR = ABORT_STATEMENT FORCE = TRUE"
        )

    def clear(self, table: str) -> None:
        """Drop table and stage, and the file with it."""
        self.run(f"DROP TABLE IF EXISTS {self.staging(table)}")
        self.run(f"DROP STAGE IF EXISTS {self.staging(table)}")

    def close(self) -> None:
        """End the session."""
        if "_session" in self.__dict__:
            self._session.close()

    def _explained(self, error: Any) -> Exception:
        text = str(error)
        if _CONFLICT.search(text):
            return DeliveryConflict(text)
        if lack := lacking(text, SNOWFLAKE_RIGHTS):
            return lack
        answered = isinstance(error, self._client.ProgrammingError) and error.errno not in _LOGIN_FAILED
        return (TargetRefuses if answered else TargetUnreachable)(text)
