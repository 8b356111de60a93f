"""Targets of vendors that tests can deliver to in this process, and what they have afterwards."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import partialmethod
from pathlib import Path
from typing import Any

import databricks.sql
import pyarrow as pa
import pytest
import snowflake.connector
from databricks.sql.exc import RequestError
from deltalake import DeltaTable
from pyiceberg.catalog import load_catalog
from pyiceberg.table.metadata import TableMetadataV2
from sqlglot.expressions.core import Expression

from polyai_assets.delivery.targets.delta import Delta
from polyai_assets.delivery.targets.iceberg import Iceberg
from polyai_assets.delivery.targets.target import TargetUnreachable
from polyai_assets_tests.delivery.databricks import FakeDatabricks
from polyai_assets_tests.delivery.snowflake import FakeSnowflake
from polyai_assets_tests.looking import looking


class Vendor(ABC):
    """A target: what is configured for it, and its rows."""

    kind: str
    connection: str
    has_transactions: bool

    @abstractmethod
    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Give the rows that are there, by their first column."""

    @abstractmethod
    def fail_at(self, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Lose the connection when rows of a table are to be written."""


class SnowflakeVendor(Vendor):
    kind = "snowflake"
    connection = "snowflake://ann:secret-word@acme-eu/hotels?warehouse=load&role=loader"
    has_transactions = True

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fake = FakeSnowflake()
        monkeypatch.setattr(snowflake.connector, "connect", self.fake.connect)
        # fakesnow copies a statement sixty times
        monkeypatch.setattr(Expression, "transform", partialmethod(Expression.transform, copy=False))

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return self.fake.query(f"SELECT {', '.join(columns)} FROM POLYAI.{table} ORDER BY 1")

    def fail_at(self, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.fake, "fails_at", f'INSERT INTO "POLYAI"."{table.upper()}"')


class DatabricksVendor(Vendor):
    kind = "databricks"
    connection = "databricks://token:secret-word@dbc.example.com/sql/1.0/warehouses/w1?catalog=main"
    has_transactions = False

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fake = FakeDatabricks(folder / "volumes")
        monkeypatch.setattr(databricks.sql, "connect", self.fake.connect)

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return self.fake.query(f"SELECT {', '.join(columns)} FROM polyai.{table} ORDER BY 1")

    def fail_at(self, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def failing(statement: str) -> None:
            if statement.startswith(f"INSERT INTO `polyai`.`{table}`"):
                raise RequestError("the connection was lost")

        monkeypatch.setattr(self.fake, "before", failing)


class LakeVendor(Vendor):
    """A lake in a folder, which is read as others read it: by the format's own client."""

    has_transactions = False

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        with looking() as connection:
            connection.register("held", self.arrow(table))
            listed = ", ".join(columns)
            found = connection.execute(f"SELECT {listed} FROM held ORDER BY 1").to_arrow_table()
            connection.unregister("held")
        return [tuple(row.values()) for row in found.to_pylist()]

    @abstractmethod
    def arrow(self, table: str) -> pa.Table:
        """Read a table."""

    @abstractmethod
    def commit(self, table: str) -> Mapping[str, Any]:
        """Give what the newest commit of a table says of itself."""

    def forget(self, table: str) -> None:
        """Delete all rows of a table, as a person does."""
        self.table(table).delete()

    def fail_at(self, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
        overwrite = self.made.overwrite

        def failing(target: Any, opened: Any, *given: Any) -> None:
            if self.is_of(opened, table):
                raise TargetUnreachable("the connection was lost")
            overwrite(target, opened, *given)

        monkeypatch.setattr(self.made, "overwrite", failing)


class IcebergVendor(LakeVendor):
    kind = "iceberg"
    made = Iceberg

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.connection = f"sqlite:///{folder}/catalog.db?warehouse=file://{folder}/lake"
        # pyiceberg copies all that a table says of itself thirty times a commit, and changes nothing in it
        monkeypatch.setattr(TableMetadataV2, "__deepcopy__", lambda self, _=None: self.__copy__())

    def table(self, table: str) -> Any:
        uri, _, place = self.connection.partition("?warehouse=")
        return load_catalog("polyai", uri=uri, warehouse=place).load_table(f"polyai.{table}")

    def arrow(self, table: str) -> pa.Table:
        return self.table(table).scan().to_arrow()

    def commit(self, table: str) -> Mapping[str, Any]:
        return self.table(table).current_snapshot().summary.additional_properties

    def is_of(self, opened: Any, table: str) -> bool:
        return opened.name()[-1] == table


class DeltaVendor(LakeVendor):
    kind = "delta"
    made = Delta

    def __init__(self, folder: Path, _: pytest.MonkeyPatch) -> None:
        self.connection = f"{folder}/lake"

    def table(self, table: str) -> Any:
        return DeltaTable(f"{self.connection}/polyai/{table}")

    def arrow(self, table: str) -> pa.Table:
        return self.table(table).to_pyarrow_table()

    def commit(self, table: str) -> Mapping[str, Any]:
        return self.table(table).history(1)[0]

    def is_of(self, opened: Any, table: str) -> bool:
        return opened.table_uri.rstrip("/").endswith(f"/{table}")
