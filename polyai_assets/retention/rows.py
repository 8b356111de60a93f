"""Rows of the warehouse that were kept for long enough: counted, cleared, deleted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby

import duckdb

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.lasting_tables import FINDINGS, OUTBOX, REQUEST_TABLES
from polyai_assets.contract.recording import OK, RETIRED
from polyai_assets.contract.tables import AUDIO, LOADS, quote
from polyai_assets.raw.retention_days import AUDIO as AUDIO_LAYER
from polyai_assets.raw.retention_days import FACTS, LOGS, TEXT
from polyai_assets.retention.text_rows import TextRows, clear_text, count_text, text_tables
from polyai_assets.warehouse.attach import SCHEMA, Warehouse, WarehouseUnreachable
from polyai_assets.warehouse.catalog import StoredColumns, read_columns
from polyai_assets.warehouse.loads import RECORDINGS
from polyai_assets.warehouse.target import Target
from polyai_assets.warehouse.transaction import in_transaction

_OLD = "project = $project AND date < $before"
_DONE = "project = $project AND requested_at < $before AND finished_at IS NOT NULL"

_ALERTS = {
    FINDINGS.name: "project = $project AND resolved_at < $before",
    OUTBOX.name: "project = $project AND coalesce(delivered_at, created_at) < $before AND next_attempt_at IS NULL",
}
"""Which rows of the tables of alerts are old."""


@dataclass(slots=True)
class OldRows:
    """What the tables hold of days of a project that are too old: rows, and rows with text, by table and day."""

    rows: dict[str, dict[date, int]] = field(default_factory=dict)
    text: dict[str, dict[date, TextRows]] = field(default_factory=dict)
    recordings: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True)
class RowStore:
    """The tables of a warehouse, as rows of them are removed."""

    connection: duckdb.DuckDBPyConnection
    warehouse: Warehouse
    contract: Contract

    @property
    def is_there(self) -> bool:
        """Whether anything was ever loaded."""
        return self.warehouse.is_ducklake or Target(self.warehouse.target).may_exist

    def count(self, config: ProjectConfig, before: dict[str, date]) -> OldRows:
        """Count what is before the first day that is kept of each layer.

        Raises WarehouseBusy and WarehouseUnreachable.
        """
        found = OldRows()
        if not self.is_there:
            return found
        project = config.project.key
        try:
            with self.warehouse.attached(self.connection, read_only=True):
                stored = read_columns(self.connection)
                if FACTS in before:
                    for table in _of_conversations(stored):
                        self._count_rows(found, table, project, before[FACTS])
                if TEXT in before:
                    tables = text_tables(self.contract, config)
                    found.text = count_text(self.connection, stored, tables, project, before[TEXT])
                if AUDIO_LAYER in before and AUDIO.name in stored:
                    found.recordings = self._number(
                        f"SELECT count(*) FROM {_place(AUDIO.name)} WHERE {_OLD} AND status = '{OK}'",
                        project,
                        before[AUDIO_LAYER],
                    )
                if LOGS in before:
                    found.messages = sum(
                        self._number(
                            f"SELECT count(*) FROM {_place(table)} WHERE {old}", project, before[LOGS]
                        )
                        for table, old in _ALERTS.items()
                        if table in stored
                    )
        except WarehouseUnreachable:
            if self.warehouse.is_ducklake:
                raise
        return found

    def clear_text(self, config: ProjectConfig, days: Sequence[date], before: date) -> None:
        """Clear the text of days, a month in a transaction; and that of notes that were published before a date."""
        tables = text_tables(self.contract, config)

        def clear(connection: duckdb.DuckDBPyConnection, month: Sequence[date]) -> None:
            clear_text(connection, read_columns(connection), tables, config, month)

        def clear_notes(connection: duckdb.DuckDBPyConnection) -> None:
            for table in REQUEST_TABLES:
                if any(field.name == "note" for field in table.fields) and table.name in read_columns(
                    connection
                ):
                    connection.execute(
                        f"UPDATE {_place(table.name)} SET note = '' WHERE {_DONE}", _given(config, before)
                    )

        for _, month in groupby(sorted(days), key=lambda day: (day.year, day.month)):
            listed = list(month)
            self._write([f"{config.project} {day}" for day in listed], partial(clear, month=listed))
        self._write([f"{config.project} notes"], clear_notes)

    def clear_recordings(self, config: ProjectConfig, before: date) -> None:
        """Say of recordings before a date that they are retired, and no more that the table holds what was loaded."""

        def clear(connection: duckdb.DuckDBPyConnection) -> None:
            stored = read_columns(connection)
            if AUDIO.name in stored:
                connection.execute(
                    f"UPDATE {_place(AUDIO.name)} SET path = '', status = '{RETIRED}' "
                    f"WHERE {_OLD} AND status = '{OK}'",
                    _given(config, before),
                )
            if "dataset" in stored.get(LOADS.name, {}):
                connection.execute(
                    f"DELETE FROM {_place(LOADS.name)} WHERE {_OLD} AND dataset = '{RECORDINGS}'",
                    _given(config, before),
                )

        self._write([f"{config.project} recordings"], clear)

    def delete_rows(self, config: ProjectConfig, before: date) -> None:
        """Delete the rows of conversations before a date, and of requests about them that are done."""

        def delete(connection: duckdb.DuckDBPyConnection) -> None:
            stored = read_columns(connection)
            for table in _of_conversations(stored):
                connection.execute(f"DELETE FROM {_place(table)} WHERE {_OLD}", _given(config, before))
            for request in REQUEST_TABLES:
                if request.name in stored:
                    connection.execute(
                        f"DELETE FROM {_place(request.name)} WHERE {_DONE}", _given(config, before)
                    )

        self._write([f"{config.project} before {before}"], delete)

    def delete_alerts(self, config: ProjectConfig, before: date) -> None:
        """Delete findings that were resolved before a date, and messages that were done with by then."""

        def delete(connection: duckdb.DuckDBPyConnection) -> None:
            for table in _ALERTS.keys() & read_columns(connection).keys():
                connection.execute(
                    f"DELETE FROM {_place(table)} WHERE {_ALERTS[table]}", _given(config, before)
                )

        self._write([f"{config.project} alerts"], delete)

    def _write(self, claims: Sequence[str], work: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
        if self.is_there:
            in_transaction(self.connection, self.warehouse, claims[0], (), work, claims=claims)

    def _count_rows(self, found: OldRows, table: str, project: str, before: date) -> None:
        rows: Iterable[tuple[date, int]] = self.connection.execute(
            f"SELECT date, count(*) FROM {_place(table)} WHERE {_OLD} GROUP BY date",
            {"project": project, "before": before},
        ).fetchall()
        found.rows[table] = dict(rows)

    def _number(self, statement: str, project: str, before: date) -> int:
        counted = self.connection.execute(statement, {"project": project, "before": before}).fetchone()
        return counted[0] if counted else 0


def _of_conversations(stored: StoredColumns) -> Iterator[str]:
    """Name our tables that have rows of conversations of a day, of those that are there."""
    for table in EVERY_TABLE:
        if {"project", "date", "conversation_id"} <= stored.get(table.name, {}).keys():
            yield table.name


def _given(config: ProjectConfig, before: date) -> dict[str, object]:
    return {"project": config.project.key, "before": before}


def _place(table: str) -> str:
    return f"{SCHEMA}.{quote(table)}"
