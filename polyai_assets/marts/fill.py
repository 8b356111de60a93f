"""Filling the copy from the attached warehouse, month by month."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version

import duckdb

from polyai_assets.contract.marts import (
    BETWEEN_CALLS,
    COPIED_MONTHS,
    COPY_INFO,
    KPI_TABLES,
    MARTS,
    PARTITIONS,
)
from polyai_assets.contract.tables import CONVERSATION_FACTS, LOADS, literal, quote
from polyai_assets.marts.contents import COPIED, COPIED_FACTS, CopiedTable, null_column
from polyai_assets.marts.kept_kpis import restore_kpis
from polyai_assets.marts.months import CopiedMonth, days_of, kept_months, made_together, read_months
from polyai_assets.marts.statements import (
    KPI_STATEMENTS,
    execute_all,
    macro_statements,
    read_sql,
    view_statements,
)
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import StoredColumns
from polyai_assets.warehouse.loads import of_conversations

SWITCHBOARD = 20
"""A contact with more calls on a day is no person."""

FACTS = CONVERSATION_FACTS.name
_DATE = "date"


def layout_of(columns: StoredColumns, *, transcripts: bool) -> str:
    """Identify what a copy looks like, and the statements that make it: one of another layout is made whole."""
    copied = {table.name: _kinds(columns, table.name) for table in (COPIED_FACTS, *COPIED)}
    statements = [read_sql("facts"), read_sql("measured"), *KPI_STATEMENTS.values(), *macro_statements()]
    known = (version("polyai-assets"), transcripts, copied, statements, view_statements(), MARTS)
    return hashlib.sha256(repr(known).encode()).hexdigest()[:16]


def _kinds(columns: StoredColumns, table: str) -> dict[str, str]:
    """Give the types of the columns of a table; none where it is not there."""
    return {name: column.kind for name, column in columns.get(table, {}).items()}


def count_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count the rows of every table of the copy."""
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'copy' ORDER BY table_name"
    ).fetchall()
    counts = connection.execute(
        "SELECT " + ", ".join(f"(SELECT count(*) FROM {quote(name)})" for (name,) in names)
    ).fetchone()
    return dict(zip((name for (name,) in names), counts or (), strict=True))


@dataclass(slots=True)
class CopyFiller:
    """Fills the database `copy`, which is that of the connection, from the database `warehouse` beside it."""

    connection: duckdb.DuckDBPyConnection
    columns: StoredColumns
    layout: str
    transcripts: bool = field(kw_only=True)

    def fill(self, unsettled: Collection[tuple[str, date]]) -> list[date]:
        """Make what has changed; gives the first days of the months that were made anew."""
        is_new = not self.connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = 'copy' AND table_name = 'copy_info'"
        ).fetchall()
        self._begin(is_new=is_new)
        self._copy_partitions(unsettled)
        before, now = set(kept_months(self.connection)), read_months(self.connection)
        for month in sorted(before - set(now), key=lambda month: month.first):
            self._forget(month)
        made = [month for month in now if month not in before]
        together = made_together(made)
        for months in together:
            self._copy_months(months)
        for months in together:
            self._make_kpis(months)
        restore_kpis(self.connection, self.columns)
        for copied in self._copied(by_month=False):
            self.connection.execute(f"DELETE FROM {quote(copied.name)}")
            self._insert(copied, "")
        self.connection.execute("DROP VIEW facts")
        return [month.first for month in made]

    def finish(self, now: datetime) -> None:
        """Say what the copy is, once the warehouse is let go of."""
        self.connection.execute("DROP TABLE IF EXISTS measured")
        self.connection.execute(f"DELETE FROM {COPY_INFO.name}")
        self.connection.execute(
            f"INSERT INTO {COPY_INFO.name} VALUES (?, ?, ?, ?)",
            [now, version("polyai-assets"), self.transcripts, self.layout],
        )
        self._describe()

    def _begin(self, *, is_new: bool) -> None:
        """Make the tables of a new copy, and let statements read the facts of the warehouse as `facts`."""
        kinds = _kinds(self.columns, FACTS)
        selected = COPIED_FACTS.columns(kinds, transcripts=self.transcripts)
        lacking = "".join(
            f", {null_column(name, kind)}"
            for name, kind in COPIED_FACTS.declared.items()
            if name not in kinds
        )
        self.connection.execute(f"CREATE TEMP VIEW facts AS SELECT {selected}{lacking} FROM {SCHEMA}.{FACTS}")
        if not is_new:
            return
        execute_all(self.connection, [*(table.create("main") for table in MARTS), *macro_statements()])
        some_day = date(2000, 1, 1)
        self.connection.execute(
            f"CREATE TABLE {FACTS} AS FROM ({read_sql('facts')}) LIMIT 0",
            {"first": some_day, "last": some_day, "switchboard": SWITCHBOARD},
        )
        for copied in COPIED:
            self._create(copied)
        execute_all(self.connection, view_statements())

    def _create(self, copied: CopiedTable) -> None:
        if not copied.is_copied(transcripts=self.transcripts):
            return
        kinds = _kinds(self.columns, copied.name) or (copied.declared if copied.is_needed else {})
        listed = ", ".join(
            f"{quote(name)} {kind}" for name, kind in kinds.items() if name not in copied.left_out
        )
        if listed:
            self.connection.execute(f"CREATE TABLE {quote(copied.name)} ({listed})")

    def _copy_partitions(self, unsettled: Collection[tuple[str, date]]) -> None:
        self.connection.execute(f"DELETE FROM {PARTITIONS.name}")
        if LOADS.name not in self.columns:
            return
        self.connection.execute("CREATE OR REPLACE TEMP TABLE unsettled (project VARCHAR, date DATE)")
        if unsettled:
            self.connection.executemany(
                "INSERT INTO unsettled VALUES (?, ?)", [list(day) for day in unsettled]
            )
        self.connection.execute(
            f"INSERT INTO {PARTITIONS.name} BY NAME SELECT project, date, loaded_at, "
            "(project, date) NOT IN (FROM unsettled) AS is_settled "
            f"FROM {SCHEMA}.{LOADS.name} WHERE {of_conversations(self.columns[LOADS.name])} "
            "ORDER BY project, date"
        )

    def _forget(self, month: CopiedMonth) -> None:
        for name in (FACTS, *(copied.name for copied in self._copied(by_month=True))):
            self.connection.execute(
                f"DELETE FROM {quote(name)} WHERE date BETWEEN $first AND $last", days_of([month])
            )
        for table in KPI_TABLES:
            self.connection.execute(
                f"DELETE FROM {table.name} WHERE business_date BETWEEN $first AND $last", days_of([month])
            )
        self.connection.execute(f"DELETE FROM {COPIED_MONTHS.name} WHERE first = ?", [month.first])

    def _copy_months(self, months: Sequence[CopiedMonth]) -> None:
        days = days_of(months)
        self.connection.execute(
            f"INSERT INTO {FACTS} BY NAME {read_sql('facts')}", {**days, "switchboard": SWITCHBOARD}
        )
        for copied in self._copied(by_month=True):
            self._insert(copied, f"WHERE date BETWEEN '{days['first']}' AND '{days['last']}'")
        self.connection.executemany(
            f"INSERT INTO {COPIED_MONTHS.name} VALUES (?, ?)",
            [[month.first, month.fingerprint] for month in months],
        )

    def _make_kpis(self, months: Sequence[CopiedMonth]) -> None:
        """Make the KPIs of the local days of months, some of whose calls are of the UTC days of another one."""
        days = days_of(months)
        # for percentiles alone: the copy keeps no latency of a turn
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE measured AS {read_sql('measured')}", days)
        for table in KPI_TABLES:
            self.connection.execute(f"INSERT INTO {table.name} BY NAME {KPI_STATEMENTS[table.name]}", days)

    def _insert(self, copied: CopiedTable, where: str) -> None:
        selected = copied.columns(_kinds(self.columns, copied.name), transcripts=self.transcripts)
        name = quote(copied.name)
        self.connection.execute(f"INSERT INTO {name} BY NAME SELECT {selected} FROM {SCHEMA}.{name} {where}")

    def _copied(self, *, by_month: bool) -> list[CopiedTable]:
        """Give the tables that are copied by month, or whole: those of no day."""
        return [
            copied
            for copied in COPIED
            if copied.name in self.columns
            and copied.is_copied(transcripts=self.transcripts)
            and (_DATE in self.columns[copied.name]) == by_month
        ]

    def _describe(self) -> None:
        """Describe every table and column, as the warehouse does or as it is declared."""
        comments = {
            **{(copied.name, ""): copied.table.grain for copied in (COPIED_FACTS, *COPIED)},
            **{
                (table, name): column.comment
                for table, columns in self.columns.items()
                for name, column in columns.items()
                if column.comment is not None
            },
            **{(FACTS, declared.name): declared.comment for declared in BETWEEN_CALLS},
        }
        there = self.connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'copy' "
            "UNION ALL SELECT table_name, '' FROM duckdb_tables() WHERE database_name = 'copy'"
        ).fetchall()
        statements = [
            f"COMMENT ON {_named(table, column)} IS {literal(comments[table, column])}"
            for table, column in there
            if (table, column) in comments
        ]
        declared = [statement for mart in MARTS for statement in mart.comments("main")]
        execute_all(self.connection, [*statements, *declared])


def _named(table: str, column: str) -> str:
    return f"COLUMN {quote(table)}.{quote(column)}" if column else f"TABLE {quote(table)}"
