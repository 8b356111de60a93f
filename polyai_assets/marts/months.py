"""The months of a copy, and which of them have to be made anew.

A month is made from the facts of its days, and from what is near: a call may be repeated a week later. Its fingerprint
tells when these were made, how many there are, and which days are settled; as long as it stays, so does the month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from polyai_assets.contract.marts import COPIED_MONTHS, PARTITIONS

NEAR = 9
"""Days before and after a month whose facts it is made from."""


@dataclass(frozen=True, slots=True)
class CopiedMonth:
    """A calendar month of UTC days, and of local days, with what it is made from."""

    first: date
    fingerprint: str

    @property
    def days(self) -> dict[str, object]:
        """The first and the last day, for a statement."""
        return {"first": self.first, "last": _next(self.first) - timedelta(days=1)}


def read_months(connection: duckdb.DuckDBPyConnection) -> list[CopiedMonth]:
    """Read the months of the facts that are to be copied: the view `facts`, and the table of partitions."""
    found = connection.execute(
        "SELECT min(least(date, business_date)), max(greatest(date, business_date)) FROM facts"
    ).fetchone()
    if found is None or found[0] is None:
        return []
    connection.execute("CREATE OR REPLACE TEMP TABLE calendar (first DATE, last DATE)")
    connection.executemany(
        "INSERT INTO calendar VALUES (?, ?)",
        [[first, _next(first) - timedelta(days=1)] for first in _calendar(*found)],
    )
    rows = connection.execute(
        "WITH made AS (SELECT project, date, count(*) AS calls, min(loaded_at) AS oldest, max(loaded_at) AS newest "
        "FROM facts GROUP BY ALL), "
        "days AS (SELECT coalesce(made.project, p.project) AS project, coalesce(made.date, p.date) AS date, "
        "concat_ws('|', project, date, calls, oldest, newest, p.loaded_at, p.is_settled) AS made_from "
        f"FROM made FULL JOIN {PARTITIONS.name} p USING (project, date)) "
        "SELECT first, md5(coalesce(string_agg(made_from, ',' ORDER BY date, project), '')) "
        f"FROM calendar LEFT JOIN days ON date BETWEEN first - {NEAR} AND last + {NEAR} GROUP BY first ORDER BY first"
    ).fetchall()
    return [CopiedMonth(first, fingerprint) for first, fingerprint in rows]


def kept_months(connection: duckdb.DuckDBPyConnection) -> list[CopiedMonth]:
    """Read the months that a copy has."""
    rows = connection.execute(
        f"SELECT first, fingerprint FROM {COPIED_MONTHS.name} ORDER BY first"
    ).fetchall()
    return [CopiedMonth(first, fingerprint) for first, fingerprint in rows]


def _calendar(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next(month)


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
