"""What a target has to do, and how it says what went wrong. All else of a delivery is the same for every target.

A target is made without connecting, and connects when it is first asked for something. Days arrive as a `Chunk`, which
has them as a query for DuckDB, as Arrow or as a Parquet file, with the columns as the target has them.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.dialect import Dialect
from polyai_assets.machine.actionable import Actionable

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk


CONVERSATION = "conversation_id"
"""The column by which rows of a conversation are erased."""


class TargetUnreachable(Actionable):
    """A target does not answer, or refuses the login: no day can be delivered. A later run may fare better."""


class TargetRefuses(Actionable):
    """A target does not take what it is given: a right is missing, a column has another type, a value is too long."""


class DeliveryConflict(Exception):
    """Another process has written the same at once, and nothing was written: the same is to be done again."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a table of a target has of a day: rows, and the sum of their digests."""

    rows: int
    fingerprint: int


def measured(rows: Iterable[Sequence[Any]]) -> dict[date, Measured]:
    """Read what a target returned for `measuring`."""
    return {day: Measured(int(count), int(total)) for day, count, total in rows}


def columns_by_table(rows: Iterable[Sequence[Any]], *, fold: bool = False) -> dict[str, dict[str, str]]:
    """Read what a catalog returned: table, column and type; with `fold` in small letters, where it knows no others."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        names = (table.lower(), column.lower()) if fold else (table, column)
        found.setdefault(names[0], {})[names[1]] = kind
    return found


class DeliveryTarget(ABC):
    """A warehouse that days are delivered to.

    Every method raises TargetUnreachable, TargetRefuses and DeliveryConflict, and nothing of a vendor's library.
    """

    dialect: ClassVar[Dialect]
    """The types of its columns, and whether it refuses NUL characters."""

    @abstractmethod
    def probe(self) -> None:
        """Connect with the credentials and look whether the schema may be used, without writing anything."""

    def tables_of_others(self) -> list[str]:
        """Name the tables to which the user may not add a column, where a right that can be granted is not enough."""
        return []

    @abstractmethod
    def read_log(self, project: str | None = None, days: Collection[date] = ()) -> list[LogRow]:
        """Read the log: all of it, that of a project, or of some of its days; nothing where there is no log yet."""

    @abstractmethod
    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Give the columns of those tables that are there: names in lower case, types as its catalog reports them."""

    @abstractmethod
    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create a table where it is missing, and the schema with it; `comments` describes columns, "" the table."""

    @abstractmethod
    def add_columns(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Add columns, which are NULL in rows that are there, where they are missing."""

    @abstractmethod
    def deliver(self, chunk: "Chunk", now: datetime) -> list[LogRow]:
        """Replace the days of a chunk that are due, in one transaction; give the rows of the log that it has written.

        Read the log of these days and hold it against other deliverers; `chunk.still_due(log)` is what to write.
        Delete the day's rows from each of its tables, also where the new version has none; insert; replace the day's
        rows of the log; with `chunk.with_history` add them to the history, too; commit. A target without a transaction
        over several tables replaces one table after the other, and writes the log last.
        """

    @abstractmethod
    def measure(
        self, table: str, columns: Sequence[ColumnPublished], project: str, days: Collection[date]
    ) -> Mapping[date, Measured]:
        """Count the rows of each day that has any, and add up their digests over the columns."""

    @abstractmethod
    def record_verified(self, rows: Iterable[LogRow]) -> None:
        """Write what was found into those rows of the log that are still of the same version."""

    @abstractmethod
    def erase(self, tables: Collection[str], project: str, conversations: Collection[str]) -> None:
        """Delete every row of conversations of a project from those of the tables that are there, whatever its day.

        Deliveries replace days of the tables that are delivered. This reaches what they leave: a table that is
        delivered no more, and a day that is published no more. The log stays as it is.
        """

    def close(self) -> None:
        """End the connection, if there is one."""
        return
