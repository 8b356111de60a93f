"""What a query answered: rows as text, as CSV and as JSON."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec

_JSON = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The names of the columns, and the rows."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    @property
    def csv(self) -> str:
        """The rows with a header, as RFC 4180 has it but for the ends of lines; NULL is empty."""
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([[plain_text(value) for value in row] for row in self.rows])
        return written.getvalue()

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The rows as objects, for JSON."""
        return [
            {name: _for_json(value) for name, value in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]


def run_query(
    connection: duckdb.DuckDBPyConnection, statement: str | duckdb.Statement, given: Mapping[str, object] = {}
) -> QueryResult:
    """Run a statement. Raises duckdb.Error."""
    found = connection.execute(statement, dict(given) or None)
    return QueryResult(tuple(column[0] for column in found.description or ()), found.fetchall())


def as_json(value: object) -> str:
    """Write what is made of objects as JSON that a person can read, too."""
    return msgspec.json.format(_JSON.encode(value), indent=2).decode()


def plain_text(value: object) -> str:
    """Write a value for a program: a moment in UTC, and NULL as nothing."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        shown = value.astimezone(UTC) if value.tzinfo else value
        return shown.isoformat(sep=" ", timespec="microseconds" if shown.microsecond else "seconds")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _for_json(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
