"""What every target does that speaks SQL and whose transactions are of one table."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from polyai_assets.contract.delivery_log import DELIVERY_HISTORY, DELIVERY_LOG
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.sql_target import SqlTarget
from polyai_assets.delivery.targets.table_by_table import (
    VERSION,
    LogSeen,
    TableByTable,
    certifying,
    check_unchanged,
    with_version,
)
from polyai_assets.delivery.targets.target import DeliveryConflict

if TYPE_CHECKING:
    from polyai_assets.delivery.chunk import Chunk


class SqlTableByTable(TableByTable, SqlTarget):
    """A target that runs statements, each of which is a transaction of its own."""

    @abstractmethod
    def replace_rows(self, table: str, of_rows: str, values: Mapping[str, str], source: str) -> None:
        """Replace the rows of a condition in one statement; `values` are expressions over the source by column."""

    def create_table(
        self, table: str, columns: Sequence[ColumnPublished], comments: Mapping[str, str]
    ) -> None:
        """Create a table, and the view of what the log certifies of it."""
        super().create_table(table, with_version(table, columns), comments)
        self.run_all(certifying(table, self.relation))

    def look_at_log(self, chunk: "Chunk") -> LogSeen:
        """Read the log, and of days without a row there the newest version that a table has; see TableByTable."""
        seen = super().look_at_log(chunk)
        days = set(chunk.days) - {row.date for row in seen.rows}
        if not days:
            return seen
        day, version = map(self.dialect.quote, ("date", VERSION))
        held = " UNION ALL ".join(
            f"SELECT {day}, {version} FROM {self.relation(table)} WHERE {self.of_days(chunk.project, days)}"
            for table in chunk.tables
        )
        newest = f"SELECT {day}, max(coalesce({version}, 0)) FROM ({held}) GROUP BY {day}"
        return LogSeen(seen.rows, dict(self.run(newest)))

    def insert(self, table: str, chunk: "Chunk") -> None:
        """Replace the days of a table."""
        self.replace(table, chunk, self.look_at_log(chunk))

    def up_to(self, chunk: "Chunk", seen: LogSeen) -> str:
        """Give the condition of rows that are not newer: those of who was faster stay, and the log certifies them."""
        day, version = map(self.dialect.quote, ("date", VERSION))
        newest = {
            manifest.date: max(manifest.version, seen.versions.get(manifest.date, 0))
            for manifest in chunk.manifests
        }
        return " OR ".join(
            f"({day} = {self.value(date)} AND coalesce({version}, 0) <= {number})"
            for date, number in newest.items()
        )

    def replace_log(self, before: Collection[LogRow], rows: Sequence[LogRow]) -> None:
        """Replace rows of the log in one statement; see TableByTable.

        Where another process was faster, these tables may have older rows than its log says: they are marked as
        different.
        """
        days = [row.date for row in rows]
        of_days = self.of_days(rows[0].project, days)
        try:
            self.check_log(before, rows[0].project, days)
        except DeliveryConflict:
            differing = f"{self.dialect.quote('differing')} = {self.value(rows[0].tables)}"
            self.run(f"UPDATE {self.relation(DELIVERY_LOG.name)} SET {differing} WHERE {of_days}")
            raise
        self._replace_logged(DELIVERY_LOG.name, of_days, rows)

    def add_history(self, rows: Sequence[LogRow]) -> None:
        """Replace rows of these versions of the history in one statement; see TableByTable."""
        day, version = self.dialect.quote("date"), self.dialect.quote("version")
        of_rows = " OR ".join(
            f"({day} = {self.value(row.date)} AND {version} = {row.version})" for row in rows
        )
        of_project = self.of_days(rows[0].project, [])
        self._replace_logged(DELIVERY_HISTORY.name, f"{of_project} AND ({of_rows})", rows)

    def check_log(self, before: Collection[LogRow], project: str, days: Collection[date]) -> None:
        """Raise DeliveryConflict where another process has written the log since it was read."""
        check_unchanged(before, self.read_log(project, days), days)

    def _replace_logged(self, table: str, of_rows: str, rows: Sequence[LogRow]) -> None:
        values = {field.name: self.dialect.quote(field.name) for field in DELIVERY_LOG.fields}
        source = f"VALUES {self.log_values(rows)} AS delivered ({self.log_columns})"
        self.replace_rows(table, of_rows, values, source)
