"""Targets of vendors that tests can deliver to in this process, and what they have afterwards."""

from abc import ABC, abstractmethod
from functools import partialmethod
from typing import Any

import pytest
import snowflake.connector
from sqlglot.expressions.core import Expression

from polyai_assets_tests.delivery.snowflake import FakeSnowflake


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
