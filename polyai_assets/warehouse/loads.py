"""The table `loads`: what the warehouse holds of each dataset of a partition, so that nothing is loaded twice.

Each load leaves a row in the transaction that stores its rows: which records, judged by which contract and code, and
what they turned out to hold. Where all of that would be the same again, and the tables still have as many rows, nothing
is loaded.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import NamedTuple, Protocol, TypeVar

import duckdb
import msgspec
import pyarrow as pa

from polyai_assets.contract.tables import LOADS, Table
from polyai_assets.warehouse.attach import SCHEMA, Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.catalog import empty_tables
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.of_days import OF_DAYS, of_days
from polyai_assets.warehouse.replace_rows import insert_rows
from polyai_assets.warehouse.staged_rows import dated, row_schema

CONVERSATIONS, DETAILS, RECORDINGS = "conversations", "details", "recordings"
SEARCHES, SAMPLES = "searches", "samples"
"""The datasets, as the column `dataset` names them; NULL is that of conversations, loaded by earlier code."""

NOT_HELD = (WarehouseUnreachable, duckdb.CatalogException, duckdb.BinderException)
"""What is raised where nothing was loaded yet, or a table or a column is missing."""

_LONGEST_SUMMARY = 1_000_000
"""Bytes. A day of which more is to be remembered is loaded again."""

_OF_DATASET = f"coalesce(dataset, '{CONVERSATIONS}') = $dataset"


class HeldRows(Protocol):
    """What is remembered of a load: how many rows it stored in each table, at least."""

    @property
    def rows(self) -> Mapping[str, int]:
        """The rows by table."""


H = TypeVar("H", bound=HeldRows)


@dataclass(frozen=True, slots=True)
class LoadKey:
    """What decides which rows a dataset has in its `tables`; a load of an equal key would store what is stored.

    With `records` "" they are not known, and later it cannot be known whether they are loaded. `judged_by` is the hash
    of what decides beside them (`hash_of`), and `policy` identifies that on personal data.
    """

    dataset: str
    records: str
    tables: tuple[Table, ...]
    judged_by: str
    policy: str = ""


class LoadNote(NamedTuple):
    """A load, as it is noted."""

    key: LoadKey
    summary: HeldRows


def hash_of(*given: object) -> str:
    """Give one hash of what decides together."""
    return hashlib.sha256(repr(given).encode()).hexdigest()


def loads_row(note: LoadNote) -> pa.Table:
    """Give the row of a load; none where its records are not known, or too much was found wrong."""
    key, schema, summary = note.key, row_schema(LOADS), msgspec.json.encode(note.summary)
    if not key.records or len(summary) > _LONGEST_SUMMARY:
        return schema.empty_table()
    row = {
        "dataset": key.dataset,
        "loaded_at": datetime.now(UTC),
        "records_sha256": key.records,
        "contract_sha256": key.judged_by,
        "code_version": version("polyai-assets"),
        "policy": key.policy,
        "summary": summary.decode(),
    }
    return pa.Table.from_pylist([row], schema)


def note_loads(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], notes: Sequence[LoadNote]
) -> None:
    """Replace the rows of a dataset of days of a project, inside the transaction that stores what was loaded."""
    given = {**of_days(loads), "dataset": notes[0].key.dataset}
    connection.execute(f"DELETE FROM {SCHEMA}.{LOADS.name} WHERE {OF_DAYS} AND {_OF_DATASET}", given)
    rows = [dated(loads_row(note), load.date) for load, note in zip(loads, notes, strict=True)]
    insert_rows(connection, LOADS, loads, pa.concat_tables(rows))


def read_summaries(
    connection: duckdb.DuckDBPyConnection, days: Sequence[Load], keys: Sequence[LoadKey], kind: type[H]
) -> dict[date, H]:
    """Read what is remembered of loads of a dataset of a project, of those whose key is this one, by date.

    The warehouse is attached. A summary that was cleared, or that earlier code has written, is none.
    """
    # days, not loads: where a table is missing, DuckDB reads a variable of its name
    wanted = {load.date: key for load, key in zip(days, keys, strict=True) if key.records}
    rows = connection.execute(
        f"SELECT date, records_sha256, contract_sha256, summary FROM {SCHEMA}.{LOADS.name} "
        f"WHERE {OF_DAYS} AND {_OF_DATASET} AND code_version = $version",
        {**of_days(days), "dataset": keys[0].dataset, "version": version("polyai-assets")},
    ).fetchall()
    noted = [
        (day, summary)
        for day, records, judged_by, summary in rows
        if day in wanted and (records, judged_by) == (wanted[day].records, wanted[day].judged_by)
    ]
    times = Counter(day for day, _ in noted)
    found: dict[date, H] = {}
    for day, summary in noted:
        with suppress(msgspec.DecodeError):
            if times[day] == 1:
                found[day] = msgspec.json.decode(summary or "", type=kind)
    return found


def count_by_day(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    tables: Sequence[Table],
    loads: Sequence[Load],
) -> dict[str, dict[date, int]]:
    """Count the rows that tables have of days of a project, by table and date."""
    empty = empty_tables(connection, warehouse)
    return {
        table.name: dict(
            connection.execute(
                f"SELECT date, count(*) FROM {SCHEMA}.{table.name} WHERE {OF_DAYS} GROUP BY date",
                of_days(loads),
            ).fetchall()
        )
        if table.name not in empty
        else {}
        for table in tables
    }


def has_rows(
    counted: Mapping[str, Mapping[date, int]],
    day: date,
    rows: Mapping[str, int],
    may_lack: Collection[str] = (),
) -> bool:
    """Tell whether tables still have the rows of a day that were loaded; those of `may_lack` may have fewer."""
    for table, days in counted.items():
        count, loaded = days.get(day, 0), rows.get(table, -1)
        if count != loaded and not (table in may_lack and count < loaded):
            return False
    return True


def held_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load, key: LoadKey, kind: type[H]
) -> H | None:
    """Give what is remembered of a partition where the tables hold what would be loaded; None where it has to be.

    Raises WarehouseBusy.
    """
    try:
        with warehouse.attached(connection, read_only=True):
            return stored_rows(connection, warehouse, load, key, kind)
    except NOT_HELD:
        return None


def stored_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load, key: LoadKey, kind: type[H]
) -> H | None:
    """Give what `held_rows` gives, of the attached warehouse. Raises what is in `NOT_HELD`."""
    found = read_summaries(connection, [load], [key], kind).get(load.date)
    if found is None:
        return None
    counted = count_by_day(connection, warehouse, key.tables, [load])
    return found if has_rows(counted, load.date, found.rows) else None


def of_conversations(columns: Collection[str]) -> str:
    """Give the condition that chooses the rows of conversations, of a table `loads` that has these columns.

    That of earlier code has no others.
    """
    return f"coalesce(dataset, '{CONVERSATIONS}') = '{CONVERSATIONS}'" if "dataset" in columns else "true"
