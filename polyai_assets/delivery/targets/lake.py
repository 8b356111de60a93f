"""Tables of a lake, which DuckDB reads as Arrow, and whose formats replace rows of one table at once."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

from polyai_assets.contract.delivery_log import DELIVERY_HISTORY, DELIVERY_LOG
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.lake_rows import LOG_COLUMNS, LakeRows, log_arrow
from polyai_assets.delivery.targets.table_by_table import (
    VERSION,
    LogSeen,
    TableByTable,
    check_newest,
    check_unchanged,
    versions_of,
    with_version,
)
from polyai_assets.delivery.targets.target import CONVERSATION, Measured

if TYPE_CHECKING:
    import pyarrow as pa

    from polyai_assets.delivery.chunk import Chunk


class LakeTarget(TableByTable):
    """A schema of tables in a lake. A table that was opened is a snapshot: a write fails where there is a newer one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._rows = LakeRows(connection)

    @abstractmethod
    def open(self, table: str) -> Any:
        """Open a table as it is now; None where there is none."""

    @abstractmethod
    def types(self, opened: Any) -> Mapping[str, str]:
        """Give the columns of a table that was opened, with their types as the format names them."""

    @abstractmethod
    def read(self, opened: Any, columns: Sequence[str], project: str | None, days: Collection[date]) -> Any:
        """Give rows as Arrow that DuckDB reads: at least those of a project's days, or all where none are given."""

    @abstractmethod
    def overwrite(
        self,
        opened: Any,
        rows: "pa.RecordBatchReader",
        project: str,
        days: Collection[date],
        versions: Mapping[date, int],
    ) -> None:
        """Replace the rows of some days in one commit, which keeps that it has these `versions`.

        Raises DeliveryConflict where the table has changed since it was opened.
        """

    @abstractmethod
    def versions(self, opened: Any, project: str, days: Collection[date]) -> Mapping[date, int]:
        """Give by day the newest version that a commit of a table has had; a day of which none had any is missing."""

    @abstractmethod
    def delete(self, opened: Any, project: str, conversations: Collection[str]) -> None:
        """Delete rows of conversations of a project in one commit, upon the snapshot that was opened."""

    def columns(self, tables: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """Read the schemas; see DeliveryTarget."""
        opened = {table: self.open(table) for table in tables}
        return {table: self.types(found) for table, found in opened.items() if found is not None}

    def read_log(self, project: str | None = None, days: Collection[date] = ()) -> list[LogRow]:
        """Read the log; see DeliveryTarget."""
        log = self.open(DELIVERY_LOG.name)
        return [] if log is None else self._log_rows(log, project, days)

    def look_at_log(self, chunk: "Chunk") -> LogSeen:
        """Read rows and versions of one snapshot; see TableByTable."""
        log = self.open(DELIVERY_LOG.name)
        rows = self._log_rows(log, chunk.project, chunk.days)
        return LogSeen(rows, self.versions(log, chunk.project, chunk.days))

    def replace(self, table: str, chunk: "Chunk", seen: LogSeen) -> None:
        """Overwrite the days of a table; the commit says which versions it has."""
        opened = self.open(table)
        check_newest(chunk, self.versions(opened, chunk.project, chunk.days), seen)
        columns = chunk.columns(table)
        select = f"SELECT *, {versions_of(chunk)} AS {VERSION} FROM ({chunk.select(table)})"
        versions = {manifest.date: manifest.version for manifest in chunk.manifests}
        rows = self._rows.selected(select, with_version(table, columns))
        self.overwrite(opened, rows, chunk.project, chunk.days, versions)

    def replace_log(self, before: Collection[LogRow], rows: Sequence[LogRow]) -> None:
        """Replace rows of the log, upon the snapshot in which they were found unchanged."""
        log = self.open(DELIVERY_LOG.name)
        days = [row.date for row in rows]
        check_unchanged(before, self._log_rows(log, rows[0].project, days), days)
        versions = {row.date: row.version for row in rows}
        self.overwrite(log, log_arrow(rows), rows[0].project, days, versions)

    def add_history(self, rows: Sequence[LogRow]) -> None:
        """Overwrite days of the history with what they had, and with these rows; see TableByTable."""
        history = self.open(DELIVERY_HISTORY.name)
        days = [row.date for row in rows]
        added = {(row.date, row.version) for row in rows}
        held = self._log_rows(history, rows[0].project, days)
        kept = [row for row in held if (row.date, row.version) not in added]
        self.overwrite(history, log_arrow([*kept, *rows]), rows[0].project, days, {})

    def measure(
        self, table: str, columns: Sequence[ColumnPublished], project: str, days: Collection[date]
    ) -> Mapping[date, Measured]:
        """Let DuckDB measure what it reads from the lake; see DeliveryTarget."""
        held = self.read(self.open(table), [column.name for column in columns], project, days)
        return self._rows.measured(held, columns, project, days)

    def record_verified(self, rows: Iterable[LogRow]) -> None:
        """Replace the rows of the log that are still of the same version; see DeliveryTarget."""
        log = self.open(DELIVERY_LOG.name)
        verified = {row.date: row for row in rows}
        if not verified:
            return
        project = next(iter(verified.values())).project
        held = self._log_rows(log, project, verified)
        kept = [row if row.version != verified[row.date].version else verified[row.date] for row in held]
        self.overwrite(log, log_arrow(kept), project, list(verified), {})

    def erase(self, tables: Collection[str], project: str, conversations: Collection[str]) -> None:
        """Delete from one table after the other; see DeliveryTarget."""
        for opened in filter(None, map(self.open, sorted(tables))):
            if CONVERSATION in self.types(opened):
                self.delete(opened, project, conversations)

    def _log_rows(self, log: Any, project: str | None, days: Collection[date]) -> list[LogRow]:
        held = self.read(log, [column.name for column in LOG_COLUMNS], project, days)
        return self._rows.of_log(held, project, days)


def describe_commit(project: str, versions: Mapping[date, int]) -> dict[str, str]:
    """Say in properties of a commit which versions of a project's days it has."""
    if not versions:
        return {}
    listed = ",".join(f"{day}={version}" for day, version in sorted(versions.items()))
    return {"polyai.project": project, "polyai.versions": listed}
