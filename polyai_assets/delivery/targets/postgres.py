"""Postgres: by DuckDB's extension, whose statements and COPY are one transaction of the server."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.contract.tables import literal, quote
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.attached import AttachedTarget
from polyai_assets.delivery.targets.dialects import POSTGRES
from polyai_assets.delivery.targets.postgres_rights import check_rights, tables_of_others
from polyai_assets.delivery.targets.rights import POSTGRES_RIGHTS, lacking
from polyai_assets.delivery.targets.target import (
    DeliveryConflict,
    TargetRefuses,
    TargetUnreachable,
    columns_by_table,
)
from polyai_assets.warehouse.extensions import load_extension

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk

_CONFLICT = re.compile(
    "could not serialize access|deadlock detected|duplicate key value|concurrently updated|lock timeout"
)
_UNREACHABLE = re.compile(
    "[Uu]nable to connect|could not connect|connection to server|server closed|terminating connection|no connection to"
    "|database system is|authentication failed|too many clients|could not (send|receive) data|SSL error",
)

_DATABASE = "delivery_target"
_LOOK_AT = "Look at the environment variable that `connection` of the delivery names"
_RIGHTS = "`polyai doctor` says which rights its user lacks"


class Postgres(AttachedTarget):
    """A Postgres database, by a connection string or a URL as libpq takes it.

    Its isolation is REPEATABLE READ: of two that deliver the same day at once, the second fails when the first
    commits, by the row of the log or by its unique index.
    """

    dialect = POSTGRES

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: DeliverySettings) -> None:
        super().__init__(connection, settings, _DATABASE)
        self.schema = quote(settings.schema)
        self._settings = settings
        self._where = settings.where

    def attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Attach the database, of which DuckDB reads no other schema."""
        load_extension(connection, "postgres_scanner")
        connection.execute(
            f"ATTACH {literal(self._where)} AS {_DATABASE} (TYPE postgres, SCHEMA {literal(self.schema_name)})"
        )

    def detach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """End the connections."""
        connection.execute(f"DETACH {_DATABASE}")

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Let the server run a statement, in the transaction that DuckDB has begun there."""
        if statement in ("BEGIN", "COMMIT"):
            return self.fetch(statement)
        if statement.startswith("SELECT"):
            return self.fetch(f"SELECT * FROM postgres_query({literal(_DATABASE)}, {literal(statement)})")
        return self.fetch(f"CALL postgres_execute({literal(_DATABASE)}, {literal(statement)})")

    def run_all(self, statements: Iterable[str]) -> None:
        """Send statements together, which takes one way to the server and back."""
        joined = "; ".join(statements)
        if joined:
            self.run(joined)

    def lock_log(self, chunk: "Chunk") -> list[LogRow]:
        """Lock the rows that are there; who inserts others meanwhile meets the unique index."""
        self.run(
            f"SELECT version FROM {self.relation(DELIVERY_LOG.name)} "
            f"WHERE {self.of_days(chunk.project, chunk.days)} FOR UPDATE"
        )
        return self.read_log(chunk.project, chunk.days)

    def create_schema(self) -> None:
        """Create the schema where it is missing: to ask for one that is there needs a right, too."""
        if not self._has_schema():
            self.run(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")

    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create a table with an index by day, which holds a day to one row in the log."""
        super().create_table(table, columns, comments)
        unique = "UNIQUE " if table == DELIVERY_LOG.name else ""
        index = quote(f"{table[:40]}_project_date")
        self.run(f'CREATE {unique}INDEX IF NOT EXISTS {index} ON {self.relation(table)} ("project", "date")')
        self._forget_catalog()

    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns; DuckDB looks at the table anew."""
        super().add_columns(table, columns, comments)
        self._forget_catalog()

    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Read the server's catalog; see DeliveryTarget."""
        listed = ", ".join(map(literal, tables))
        return columns_by_table(
            self.run(
                "SELECT relname::text, attname::text, format_type(atttypid, atttypmod) FROM pg_attribute "
                "JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                f"WHERE nspname = {literal(self.schema_name)} AND relname IN ({listed}) "
                "AND attnum > 0 AND NOT attisdropped ORDER BY relname, attnum"
            )
        )

    def probe(self) -> None:
        """Connect, and ask for the rights that a delivery needs."""
        check_rights(self.run, self._settings)

    def tables_of_others(self) -> list[str]:
        """Ask for the owners; see DeliveryTarget."""
        return tables_of_others(self.run, self._settings)

    def explained(self, error: duckdb.Error) -> Exception:
        """Tell by the server's words what an error is."""
        text = " ".join(str(error).removeprefix("IO Error: ").split())
        if _CONFLICT.search(text):
            return DeliveryConflict(text)
        missing = lacking(text, POSTGRES_RIGHTS, schema=self.schema)
        if missing:
            return missing
        if _UNREACHABLE.search(text):
            return TargetUnreachable(f"the server does not answer, or refuses the login: {text}. {_LOOK_AT}")
        said = text.rpartition("ERROR: ")[2].partition(" LINE 1: ")[0]
        return TargetRefuses(f"{said}. {_RIGHTS}" if "permission denied" in said else said)

    def _has_schema(self) -> bool:
        return bool(self.run(f"SELECT 1 FROM pg_namespace WHERE nspname = {literal(self.schema_name)}"))

    def _forget_catalog(self) -> None:
        self.fetch("CALL pg_clear_cache()")
