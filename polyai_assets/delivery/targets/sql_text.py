"""The pieces of statements: values, conditions and rows of the log, as a dialect writes them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import astuple
from datetime import date, datetime
from typing import ClassVar

from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.targets.dialect import Dialect


class SqlText:
    """Writes SQL for one schema, which is quoted as the dialect does, and may hold a database before a dot."""

    dialect: ClassVar[Dialect]
    schema: str

    def relation(self, table: str) -> str:
        """Name a table in a statement."""
        return f"{self.schema}.{self.dialect.quote(table)}"

    def of_days(self, project: str, days: Collection[date]) -> str:
        """Give the condition of some days of a project, or of all where none are given."""
        quoted, listed = self.dialect.quote, ", ".join(map(self.value, sorted(days)))
        of_project = f"{quoted('project')} = {self.value(project)}"
        return f"{of_project} AND {quoted('date')} IN ({listed})" if days else of_project

    def value(self, value: str | int | date | datetime | None) -> str:
        """Write a value into a statement."""
        match value:
            case None:
                return "NULL"
            case bool():
                return str(value).upper()
            case int():
                return str(value)
            case datetime():
                return f"CAST('{value.isoformat()}' AS {self.dialect.types['TIMESTAMPTZ'].ddl})"
            case date():
                return f"DATE '{value.isoformat()}'"
        return self.dialect.literal(value)

    @property
    def log_columns(self) -> str:
        """Name the columns of the log, with a comma between them."""
        return ", ".join(self.dialect.quote(field.name) for field in DELIVERY_LOG.fields)

    def log_values(self, rows: Iterable[LogRow]) -> str:
        """Write rows of the log, behind VALUES."""
        return ", ".join(f"({', '.join(map(self.value, astuple(row)))})" for row in rows)

    def verified(self, row: LogRow) -> str:
        """Write what was found into a row of the log that is still of the same version."""
        found = {"rows_found": row.rows_found, "differing": row.differing, "verified_at": row.verified_at}
        changes = ", ".join(f"{self.dialect.quote(name)} = {self.value(found[name])}" for name in found)
        version = f"{self.dialect.quote('version')} = {row.version}"
        of_day = self.of_days(row.project, [row.date])
        return f"UPDATE {self.relation(DELIVERY_LOG.name)} SET {changes} WHERE {of_day} AND {version}"

    def declared(self, column: ColumnPublished, comments: Mapping[str, str]) -> str:
        """Declare a column with its type, and its comment where that stands there."""
        comment = self.dialect.column_comment.format(self.dialect.literal(comments.get(column.name, "")))
        return f"{self.dialect.quote(column.name)} {self.dialect.types[column.type].ddl}{comment}"
