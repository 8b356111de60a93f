"""Targets whose transactions are of one table: tables are replaced one after the other, and the log is written last.

Example: a process is killed between two tables. The log has version 1 of the day, one table the rows of version 2, and
each row its version. Before the first table the log names all of them as ones that differ from what it says. So a
reader that joins table and log sees nothing of the day in any table, and never a mixture; the next delivery finds
version 1 in the log, and replaces all tables again.

Two at once: one has read in the log that version 1 is due, and is slow; the other delivers version 2. The slow one must
not write its rows over those of version 2. A lake keeps with each commit of a table which versions it has, so that the
slow one finds version 2 there, also where it has no rows, and begins anew; and a commit upon a table that has changed
since it was opened fails. Elsewhere it replaces no row that is newer than its own: what it adds beside them is of no
version that the log certifies. It finds out when it comes to the log: it marks the day as different there, and the day
is delivered again.
"""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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

_LOGS = (DELIVERY_LOG.name, DELIVERY_HISTORY.name)


@dataclass(frozen=True, slots=True)
class LogSeen:
    """What the log had of some days when a delivery began: rows, and by day the newest version that it ever had.

    A row that a person has deleted is none of the rows, and its version is one that the log had.
    """

    rows: Sequence[LogRow]
    versions: Mapping[date, int] = field(default_factory=dict)


class TableByTable(DeliveryTarget):
    """A target without a transaction over several tables."""

    def look_at_log(self, chunk: "Chunk") -> LogSeen:
        """Read what the log has of the chunk's days."""
        return LogSeen(self.read_log(chunk.project, chunk.days))

    @abstractmethod
    def replace(self, table: str, chunk: "Chunk", seen: LogSeen) -> None:
        """Replace the rows of the chunk's days in a table, at once; each row has the version of its day.

        Raises DeliveryConflict where another process was seen to deliver one of the days since the log was read.
        """

    @abstractmethod
    def replace_log(self, before: Collection[LogRow], rows: Sequence[LogRow]) -> None:
        """Replace the rows of the log, where they are still those of before. Raises DeliveryConflict."""

    @abstractmethod
    def add_history(self, rows: Sequence[LogRow]) -> None:
        """Add rows to the history, in place of those of the same version that an earlier try has left."""

    def deliver(self, chunk: "Chunk", now: datetime) -> list[LogRow]:
        """Replace days table after table, and the log last; see DeliveryTarget."""
        seen = self.look_at_log(chunk)
        due = chunk.still_due(seen.rows)
        if not due.manifests:
            return []
        rows = due.log_rows(seen.rows, now)
        replaced = [row for row in seen.rows if row.date in due.days]
        self.record_verified(replace(row, differing=",".join(due.tables)) for row in replaced)
        for table in due.tables:
            self.replace(table, due, seen)
        if chunk.with_history:
            self.add_history(rows)
        self.replace_log(replaced, rows)
        return rows


def with_version(table: str, columns: Sequence[ColumnPublished]) -> list[ColumnPublished]:
    """Give the columns of a table that is to be made, with that of the version."""
    return [*columns, *([] if table in _LOGS else [ColumnPublished(VERSION, "BIGINT")])]


def certifying(table: str, relation: Callable[[str], str]) -> Iterator[str]:
    """Give the statement that makes the view of what the log certifies of a table; none for the log itself.

    A row is in it that has the version of the log, of a day of which no table differs.
    """
    if table not in _LOGS:
        yield (
            f"CREATE OR REPLACE VIEW {relation(f'certified_{table}')} AS SELECT held.* FROM {relation(table)} AS held "
            f"JOIN {relation(DELIVERY_LOG.name)} AS log ON "
            f"log.project = held.project AND log.date = held.date AND log.version = held.{VERSION} "
            "AND COALESCE(log.differing, '') = ''"
        )


def versions_of(chunk: "Chunk") -> str:
    """Give the expression of DuckDB, and of engines like it, for the version of a row's day."""
    cases = " ".join(f"WHEN DATE '{manifest.date}' THEN {manifest.version}" for manifest in chunk.manifests)
    return f"CASE date {cases} END"


def check_newest(chunk: "Chunk", begun: Mapping[date, int], seen: LogSeen) -> None:
    """Raise DeliveryConflict where a table has a newer version of a day, which was not yet in the log that was seen.

    Where it was in the log, a person has deleted its row since, to have another publication delivered.
    """
    for manifest in chunk.manifests:
        version = begun.get(manifest.date, 0)
        if version > max(manifest.version, seen.versions.get(manifest.date, 0)):
            raise DeliveryConflict(
                f"another process delivers version {version} of {manifest.date} at this moment"
            )


def check_unchanged(before: Collection[LogRow], held: Collection[LogRow], days: Collection[date]) -> None:
    """Raise DeliveryConflict where another process has written the log meanwhile."""
    if {row.date: row.version for row in before} != {
        row.date: row.version for row in held if row.date in days
    }:
        raise DeliveryConflict("another process has delivered one of these days meanwhile")
