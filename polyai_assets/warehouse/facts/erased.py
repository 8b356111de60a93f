"""Facts of conversations that were erased and are still counted, beside those that are made of a day's tables."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from polyai_assets.contract.fields import PROJECT, Kind
from polyai_assets.contract.tables import Table, literal, quote
from polyai_assets.warehouse.load import Load

_OF_THE_DAY = ("partition_state", "certificate_sha256", "settings_hash")
"""Columns that say of every row of a day the same; they are in `days_given`."""
_EMPTY = {Kind.TEXT: "''", Kind.TEXT_LIST: "[]"}


def erased_facts(
    connection: duckdb.DuckDBPyConnection, facts: Table, loads: Sequence[Load], now: datetime
) -> Iterator[pa.RecordBatch]:
    """Give the rows, with the columns of the table but the project; `days_given` must be registered."""
    texts = [text.decode() for load in loads for text in load.erased_facts]
    if not texts:
        return
    fields = [field for field in facts.fields if field.name != PROJECT.name]
    shape = literal(json.dumps({field.name: field.kind.sql_type for field in fields}))
    columns = []
    for field in fields:
        value = f"kept.{quote(field.name)}"
        if field.name in _OF_THE_DAY:
            value = f"days_given.{field.name}"
        elif field.name == "loaded_at":
            value = "CAST($now AS TIMESTAMPTZ)"
        elif not field.nullable and field.kind in _EMPTY:
            value = f"coalesce({value}, {_EMPTY[field.kind]})"
        columns.append(f"{value} AS {quote(field.name)}")
    yield from connection.execute(
        "WITH kept AS (SELECT unnest(from_json(CAST(text AS JSON), {shape})) FROM (SELECT unnest($texts) AS text)) "
        "SELECT {columns} FROM kept JOIN days_given ON days_given.date = kept.date".format(
            shape=shape, columns=", ".join(columns)
        ),
        {"texts": texts, "now": now},
    ).to_arrow_reader()
