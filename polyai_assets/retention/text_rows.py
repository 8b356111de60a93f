"""Clearing text from the tables: what people said or wrote, and of what may hold anything all that is not named.

The same is left as `privacy: {text: drop}` leaves of a day that is loaded; rows, ids, times and counts stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import pyarrow as pa

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import Field, Kind, Pii
from polyai_assets.contract.tables import LOADS, Table, quote
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import DROP, KEEP
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import StoredColumns
from polyai_assets.warehouse.facts.configured import facts_table

_OF_DAY = "project = $project AND date = $date"
_BESIDE = ("conversation_id", "name", "field", "value_double")
"""Columns that say what stands in one that may hold anything."""

_TEXTS = {"VARCHAR", "VARCHAR[]", "JSON"}
_SAYS_NOTHING = ("", "{}", "[]", "null")


@dataclass(frozen=True, slots=True)
class TextRows:
    """How many rows of a day have text, and how many have text or what may hold some."""

    text: int
    any: int


def text_tables(contract: Contract, config: ProjectConfig) -> tuple[Table, ...]:
    """Give the tables of days that may hold text."""
    return (*contract.tables, *contract.detail_tables, facts_table(config.kpi))


def count_text(
    connection: duckdb.DuckDBPyConnection,
    stored: StoredColumns,
    tables: Sequence[Table],
    project: str,
    before: date,
) -> dict[str, dict[date, TextRows]]:
    """Count the rows that have text, by table and day, of the attached warehouse."""
    counted = {}
    for table in tables:
        texts = [_has_text(name) for name in _columns(table, stored, Pii.TEXT)]
        others = [_has_text(name) for name in _columns(table, stored, Pii.FREE)]
        if not texts and not others:
            continue
        rows = connection.execute(
            f"SELECT date, count(*) FILTER ({' OR '.join(texts) or 'false'}), "
            f"count(*) FILTER ({' OR '.join([*texts, *others])}) FROM {_place(table.name)} "
            "WHERE project = $project AND date < $before GROUP BY date",
            {"project": project, "before": before},
        ).fetchall()
        counted[table.name] = {day: TextRows(text, any_of) for day, text, any_of in rows if any_of}
    return counted


def clear_text(
    connection: duckdb.DuckDBPyConnection,
    stored: StoredColumns,
    tables: Sequence[Table],
    config: ProjectConfig,
    days: Sequence[date],
) -> None:
    """Clear the text of days of a project, inside a transaction."""
    masking = Masking(replace(config.privacy, text=DROP, pii=KEEP))
    for day in days:
        given = {"project": config.project.key, "date": day}
        for table in tables:
            _clear_columns(connection, table, stored, given)
            _mask_columns(connection, table, stored, given, masking)
        if LOADS.name in stored:
            # it has examples of what was wrong with a record
            connection.execute(f"UPDATE {_place(LOADS.name)} SET summary = '{{}}' WHERE {_OF_DAY}", given)


def _clear_columns(
    connection: duckdb.DuckDBPyConnection, table: Table, stored: StoredColumns, given: Mapping[str, object]
) -> None:
    """Clear what is text, and columns of ours that are declared no more: what they hold is not known."""
    declared = {field.name: field for field in table.fields}
    emptied = {name: _nothing(declared[name]) for name in _columns(table, stored, Pii.TEXT)}
    emptied |= {
        name: "NULL"
        for name, column in stored.get(table.name, {}).items()
        if name not in declared and column.kind in _TEXTS and column.comment is not None
    }
    if emptied:
        changes = ", ".join(f"{quote(name)} = {nothing}" for name, nothing in emptied.items())
        having = " OR ".join(map(_has_text, emptied))
        connection.execute(f"UPDATE {_place(table.name)} SET {changes} WHERE {_OF_DAY} AND ({having})", given)


def _mask_columns(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    stored: StoredColumns,
    given: Mapping[str, object],
    masking: Masking,
) -> None:
    """Mask what may hold anything, row by row."""
    free = list(_columns(table, stored, Pii.FREE))
    if not free:
        return
    beside = [name for name in _BESIDE if name in stored[table.name] and name not in free]
    listed = ", ".join(
        [*map(quote, beside), *(f"CAST({quote(name)} AS VARCHAR) AS {quote(name)}" for name in free)]
    )
    rows = connection.execute(
        f"SELECT rowid AS row_number, {listed} FROM {_place(table.name)} "
        f"WHERE {_OF_DAY} AND ({' OR '.join(map(_has_text, free))})",
        given,
    ).to_arrow_table()
    if not len(rows):
        return
    changed = [*free, *(["value_double"] if "value_double" in beside else [])]
    masked = masking.apply(table, rows)
    columns = {name: masked[name].to_pylist() for name in changed}
    kinds = {name: stored[table.name][name].kind for name in changed}
    new = {
        "row_number": rows["row_number"],
        **{
            name: pa.array(values, pa.float64() if kinds[name] == "DOUBLE" else pa.string())
            for name, values in columns.items()
        },
    }
    connection.register("masked_rows", pa.table(new))
    changes = ", ".join(f"{quote(name)} = CAST(m.{quote(name)} AS {kind})" for name, kind in kinds.items())
    connection.execute(
        f"UPDATE {_place(table.name)} t SET {changes} FROM masked_rows m WHERE t.rowid = m.row_number"
    )
    connection.unregister("masked_rows")


def _columns(table: Table, stored: StoredColumns, pii: Pii) -> Iterator[str]:
    """Name the columns of a class that are there; those that the facts of a project name are kept by its policy."""
    for field in table.fields:
        is_named = table.configured and pii is Pii.FREE and table.name == "conversation_facts"
        if field.pii is pii and field.name in stored.get(table.name, {}) and not is_named:
            yield field.name


def _nothing(field: Field) -> str:
    if field.nullable:
        return "NULL"
    return "[]" if field.kind is Kind.TEXT_LIST else "''"


def _has_text(column: str) -> str:
    said = ", ".join(f"'{text}'" for text in _SAYS_NOTHING)
    return f"coalesce(CAST({quote(column)} AS VARCHAR), '') NOT IN ({said})"


def _place(table: str) -> str:
    return f"{SCHEMA}.{quote(table)}"
