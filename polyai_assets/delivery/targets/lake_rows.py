"""Rows on their way into a lake and out of it: Arrow, which DuckDB writes and reads."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.contract.tables import literal, quote
from polyai_assets.delivery.log import LogRow, read_row
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.dialect import DUCKDB, JSON, measuring
from polyai_assets.delivery.targets.target import Measured, measured

if TYPE_CHECKING:
    import pyarrow as pa

LOG_COLUMNS = [ColumnPublished(field.name, field.kind.sql_type) for field in DELIVERY_LOG.fields]
"""The columns of the log."""

_HELD = "held_in_the_lake"


class LakeRows:
    """Reads and selects rows by a connection of DuckDB. What is `held` is Arrow that a lake has given."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def of_log(self, held: Any, project: str | None, days: Collection[date]) -> list[LogRow]:
        """Read rows of the log."""
        listed = ", ".join(quote(column.name) for column in LOG_COLUMNS)
        query = f"SELECT {listed} FROM {_HELD}{_where(project, days)}"
        return [read_row(row) for row in self._ask(query, held)]

    def measured(
        self, held: Any, columns: Sequence[ColumnPublished], project: str, days: Collection[date]
    ) -> Mapping[date, Measured]:
        """Measure rows of some days."""
        return measured(self._ask(measuring(f"{_HELD}{_where(project, days)}", columns, DUCKDB), held))

    def selected(self, select: str, columns: Sequence[ColumnPublished]) -> "pa.RecordBatchReader":
        """Give the rows of a query as the lake takes them."""
        import pyarrow as pa

        schema = arrow_schema(columns, {})
        texts = ", ".join(
            f"CAST({quote(column.name)} AS VARCHAR) AS {quote(column.name)}"
            for column in columns
            if column.type == JSON
        )
        replaced = f" REPLACE ({texts})" if texts else ""
        found = self._connection.sql(f"SELECT *{replaced} FROM ({select})").to_arrow_reader()
        return pa.RecordBatchReader.from_batches(
            schema, (batch.select(schema.names).cast(schema) for batch in found)
        )

    def _ask(self, query: str, held: Any) -> list[tuple[Any, ...]]:
        self._connection.register(_HELD, held)
        try:
            # by way of Arrow times know their zone without another library
            found = self._connection.execute(query).to_arrow_table()
        finally:
            self._connection.unregister(_HELD)
        return [tuple(row.values()) for row in found.to_pylist()]


def log_arrow(rows: Sequence[LogRow]) -> "pa.RecordBatchReader":
    """Give rows of the log as the lake takes them."""
    import pyarrow as pa

    names = [column.name for column in LOG_COLUMNS]
    listed = [dict(zip(names, astuple(row), strict=True)) for row in rows]
    return pa.Table.from_pylist(listed, arrow_schema(LOG_COLUMNS, {})).to_reader()


def arrow_schema(columns: Iterable[ColumnPublished], comments: Mapping[str, str]) -> "pa.Schema":
    """Give the Arrow schema of columns; both formats keep comments, each under a name of its own."""
    import pyarrow as pa

    types = {
        "VARCHAR": pa.string(),
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
        "DATE": pa.date32(),
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "VARCHAR[]": pa.list_(pa.string()),
        "JSON": pa.string(),
    }
    return pa.schema(
        pa.field(column.name, types[column.type], metadata=_documented(comments.get(column.name)))
        for column in columns
    )


def _documented(comment: str | None) -> Mapping[str, str] | None:
    return {"doc": comment, "comment": comment} if comment else None


def _where(project: str | None, days: Collection[date]) -> str:
    if project is None:
        return ""
    listed = ", ".join(f"DATE '{day}'" for day in sorted(days))
    return f" WHERE project = {literal(project)}" + (f" AND date IN ({listed})" if days else "")
