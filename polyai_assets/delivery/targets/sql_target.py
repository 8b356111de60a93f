"""What every target does that speaks SQL and has transactions over several tables."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from polyai_assets.contract.delivery_log import DELIVERY_HISTORY, DELIVERY_LOG
from polyai_assets.delivery.log import LogRow, read_row
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.dialect import measuring
from polyai_assets.delivery.targets.sql_text import SqlText
from polyai_assets.delivery.targets.target import CONVERSATION, DeliveryTarget, Measured, measured

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk


class SqlTarget(SqlText, DeliveryTarget):
    """A target that runs statements."""

    @abstractmethod
    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the open transaction, or in one of its own; give its rows, times with their zone."""

    @abstractmethod
    def insert(self, table: str, chunk: "Chunk") -> None:
        """Insert the rows of a table, in the open transaction; the columns are `chunk.columns(table)`.

        Where rows were uploaded beforehand, those that are not of `chunk.days` are left out.
        """

    def lock_log(self, chunk: "Chunk") -> list[LogRow]:
        """Read the log of the chunk's days, and hold these rows until the transaction ends."""
        return self.read_log(chunk.project, chunk.days)

    @contextmanager
    def uploaded(self, chunk: "Chunk") -> Iterator[None]:
        """Upload the rows before the transaction, where that is another step, and clear away at the end."""
        yield

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin a transaction, and commit it at the end, or roll it back."""
        self.run("BEGIN")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        """Roll back, where the transaction is still open."""
        self.run("ROLLBACK")

    def read_log(self, project: str | None = None, days: Collection[date] = ()) -> list[LogRow]:
        """Read the log in one statement; see DeliveryTarget."""
        if not self.columns([DELIVERY_LOG.name]):
            return []
        where = f" WHERE {self.of_days(project, days)}" if project is not None else ""
        return [
            read_row(row)
            for row in self.run(f"SELECT {self.log_columns} FROM {self.relation(DELIVERY_LOG.name)}{where}")
        ]

    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create the schema and the table; see DeliveryTarget."""
        listed = ", ".join(self.declared(column, comments) for column in columns)
        ending = self.dialect.table_ending.format(self.dialect.literal(comments.get("", "")))
        self.create_schema()
        self.run(f"CREATE TABLE IF NOT EXISTS {self.relation(table)} ({listed}){ending}")
        self.describe(table, comments)

    def create_schema(self) -> None:
        """Create the schema where it is missing."""
        self.run(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")

    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns, a statement each; see DeliveryTarget."""
        self.run_all(
            f"ALTER TABLE {self.relation(table)} ADD COLUMN IF NOT EXISTS {self.declared(column, comments)}"
            for column in columns
        )
        self.describe(table, {name: text for name, text in comments.items() if name})

    def describe(self, table: str, comments: Mapping[str, str]) -> None:
        """Describe a table and its columns to whoever opens the target, where their declaration does not."""
        if self.dialect.column_comment:
            return
        relation = self.relation(table)
        self.run_all(
            f"COMMENT ON {f'COLUMN {relation}.{self.dialect.quote(name)}' if name else f'TABLE {relation}'} "
            f"IS {self.dialect.literal(text)}"
            for name, text in comments.items()
        )

    def run_all(self, statements: Iterable[str]) -> None:
        """Run statements of which none gives rows."""
        for statement in statements:
            self.run(statement)

    def deliver(self, chunk: "Chunk", now: datetime) -> list[LogRow]:
        """Replace days in one transaction; see DeliveryTarget."""
        with self.uploaded(chunk), self.transaction():
            before = self.lock_log(chunk)
            due = chunk.still_due(before)
            if not due.manifests:
                return []
            rows = due.log_rows(before, now)
            of_days = self.of_days(due.project, due.days)
            # first the log: who delivers the same at once learns of it before it has moved the rows
            self.run(f"DELETE FROM {self.relation(DELIVERY_LOG.name)} WHERE {of_days}")
            self._add_to(DELIVERY_LOG.name, rows)
            if chunk.with_history:
                self._add_to(DELIVERY_HISTORY.name, rows)
            for table in due.tables:
                self.run(f"DELETE FROM {self.relation(table)} WHERE {of_days}")
                if due.rows(table):
                    self.insert(table, due)
        return rows

    def measure(
        self, table: str, columns: Sequence[ColumnPublished], project: str, days: Collection[date]
    ) -> Mapping[date, Measured]:
        """Measure in one statement; see DeliveryTarget."""
        source = f"{self.relation(table)} WHERE {self.of_days(project, days)}"
        return measured(self.run(measuring(source, columns, self.dialect)))

    def record_verified(self, rows: Iterable[LogRow]) -> None:
        """Update the log, a statement for each day; see DeliveryTarget."""
        with self.transaction():
            self.run_all(map(self.verified, rows))

    def erase(self, tables: Collection[str], project: str, conversations: Collection[str]) -> None:
        """Delete in one transaction, a statement for each table; see DeliveryTarget."""
        there = [table for table, columns in self.columns(tables).items() if CONVERSATION in columns]
        listed = ", ".join(map(self.value, sorted(conversations)))
        of_them = f"{self.of_days(project, [])} AND {self.dialect.quote(CONVERSATION)} IN ({listed})"
        with self.transaction():
            self.run_all(f"DELETE FROM {self.relation(table)} WHERE {of_them}" for table in sorted(there))

    def _add_to(self, table: str, rows: Iterable[LogRow]) -> None:
        self.run(f"INSERT INTO {self.relation(table)} ({self.log_columns}) VALUES {self.log_values(rows)}")
