"""Targets whose transactions are of one table: tables are replaced one after the other, and the log is written last.

Example: a process is killed between two tables. The log has version 1 of the day, one table the rows of version 2, and
each row its version. A reader that joins table and log sees of that table nothing for a moment, and never a mixture;
the next delivery finds version 1 in the log, and replaces all tables again.
"""

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from polyai_assets.contract.delivery_log import DELIVERY_HISTORY, DELIVERY_LOG
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.target import DeliveryConflict, DeliveryTarget

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk

VERSION = "_version"
"""The column of each table, but not of the log, that has the version of the row's day."""


class TableByTable(DeliveryTarget):
    """A target without a transaction over several tables."""

    @abstractmethod
    def replace(self, table: str, chunk: "Chunk") -> None:
        """Replace the rows of the chunk's days in a table, at once; each row has the version of its day."""

    @abstractmethod
    def replace_log(self, before: Collection[LogRow], rows: Sequence[LogRow]) -> None:
        """Replace the rows of the log, where they are still those of before. Raises DeliveryConflict."""

    @abstractmethod
    def add_history(self, rows: Sequence[LogRow]) -> None:
        """Add rows to the history."""

    def deliver(self, chunk: "Chunk", now: datetime) -> list[LogRow]:
        """Replace days table after table, and the log last; see DeliveryTarget."""
        before = self.read_log(chunk.project, chunk.days)
        due = chunk.still_due(before)
        if not due.manifests:
            return []
        rows = due.log_rows(before, now)
        for table in due.tables:
            self.replace(table, due)
        if chunk.with_history:
            self.add_history(rows)
        self.replace_log([row for row in before if row.date in due.days], rows)
        return rows


def with_version(table: str, columns: Sequence[ColumnPublished]) -> list[ColumnPublished]:
    """Give the columns of a table that is to be made, with that of the version."""
    is_log = table in (DELIVERY_LOG.name, DELIVERY_HISTORY.name)
    return [*columns, *([] if is_log else [ColumnPublished(VERSION, "BIGINT")])]


def versions_of(chunk: "Chunk") -> str:
    """Give the expression of DuckDB, and of engines like it, for the version of a row's day."""
    cases = " ".join(f"WHEN DATE '{manifest.date}' THEN {manifest.version}" for manifest in chunk.manifests)
    return f"CASE date {cases} END"


def check_unchanged(before: Collection[LogRow], held: Collection[LogRow], days: Collection[date]) -> None:
    """Raise DeliveryConflict where another process has written the log meanwhile."""
    if {row.date: row.version for row in before} != {
        row.date: row.version for row in held if row.date in days
    }:
        raise DeliveryConflict("another process has delivered one of these days meanwhile")
