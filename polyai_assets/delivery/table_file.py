"""The file of a table's rows of a day: selected with every declared column, compared with that of before, written."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import duckdb

from polyai_assets.contract.fields import key_of
from polyai_assets.contract.tables import Table, literal, quote
from polyai_assets.delivery.checksum import checksum_of
from polyai_assets.delivery.manifest import ColumnPublished, FilePublished, TableContent
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import SCHEMA

_WHEN_MADE = "loaded_at"
"""When a row was made, in facts: another load of the same makes no other content."""


def read_content(connection: duckdb.DuckDBPyConnection, table: Table, selected: str) -> TableContent:
    """Count the selected rows of a table, and add up their digests."""
    columns = [ColumnPublished(field.name, field.kind.sql_type) for field in table.fields]
    compared = [column.name for column in columns if column.name != _WHEN_MADE]
    found = connection.execute(f"SELECT count(*), {checksum_of(compared)} FROM ({selected})").fetchone()
    rows, checksum = found or (0, "0")
    return TableContent(rows, checksum, columns)


def write_table(
    connection: duckdb.DuckDBPyConnection,
    store: FileStore,
    table: Table,
    selected: str,
    name: str,
    before: FilePublished | None,
    local: Path,
) -> FilePublished:
    """Write the selected rows of a table, by way of a local file; where they are those of before, their file stays."""
    content = read_content(connection, table, selected)
    if before is not None and before.content == content:
        return before
    order = ", ".join(map(quote, _order(table)))
    connection.execute(
        f"COPY ({selected} ORDER BY {order}) TO {literal(str(local))} (FORMAT parquet, COMPRESSION zstd)"
    )
    with local.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = local.stat().st_size
    file_name = f"{name}-{sha256[:12]}.parquet"
    store.take(file_name, local)
    return FilePublished(file_name, content.rows, size, sha256, content.checksum, content.columns)


def select_rows(there: Collection[str], table: Table, partition: Partition) -> str:
    """Give the query of a table's rows of a day, with every declared column; one that is not there yet is NULL."""
    columns = ", ".join(
        (quote(field.name) if field.name in there else f"CAST(NULL AS {field.kind.sql_type}) AS {quote(field.name)}")
        for field in table.fields
    )  # fmt: skip
    if not there:
        return f"SELECT {columns} WHERE false"
    key = f"project = {literal(partition.project.key)} AND date = DATE '{partition.date}'"
    return f"SELECT {columns} FROM {SCHEMA}.{quote(table.name)} WHERE {key}"


def _order(table: Table) -> Sequence[str]:
    """Name the columns that rows are sorted by: by time, so that readers skip what they do not ask for."""
    names = [field.name for field in table.fields]
    return [*(["started_at"] if "started_at" in names else []), *key_of(table.fields)] or names
