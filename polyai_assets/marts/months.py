"""The months of a copy, and which of them have to be made anew.

A month is made from the facts of its days, and from what is near: a call may be repeated a week later. Its fingerprint
tells when these were made, how many there are, and which days are settled; as long as it stays, so does the month.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from polyai_assets.contract.marts import COPIED_MONTHS, PARTITIONS

NEAR = 9
"""Days before and after a month whose facts it is made from."""

_CALLS_AT_ONCE = 50_000
"""Calls up to which neighbouring months are made together: the statements take longer to plan than so many to count."""


@dataclass(frozen=True, slots=True)
class CopiedMonth:
    """A calendar month of UTC days, and of local days, with what it is made from: so many calls, among others."""

    first: date
    fingerprint: str
    calls: int = field(default=0, compare=False)

    @property
    def last(self) -> date:
        """The last day."""
        return _next(self.first) - timedelta(days=1)


def made_together(months: Iterable[CopiedMonth]) -> list[list[CopiedMonth]]:
    """Group months, in their order, by what statements make at once: neighbours with few calls."""
    groups: list[list[CopiedMonth]] = []
    for month in months:
        *_, group = groups or [[]]
        follows = bool(group) and month.first == group[-1].last + timedelta(days=1)
        if follows and sum(each.calls for each in (*group, month)) <= _CALLS_AT_ONCE:
            group.append(month)
        else:
            groups.append([month])
    return groups


def days_of(months: Sequence[CopiedMonth]) -> dict[str, object]:
    """Give the first and the last day of neighbouring months, for a statement."""
    return {"first": months[0].first, "last": months[-1].last}


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
        "calls, concat_ws('|', project, date, calls, oldest, newest, p.loaded_at, p.is_settled) AS made_from "
        f"FROM made FULL JOIN {PARTITIONS.name} p USING (project, date)) "
        "SELECT first, md5(coalesce(string_agg(made_from, ',' ORDER BY date, project), '')), coalesce(sum(calls), 0) "
        f"FROM calendar LEFT JOIN days ON date BETWEEN first - {NEAR} AND last + {NEAR} GROUP BY first ORDER BY first"
    ).fetchall()
    return [CopiedMonth(*row) for row in rows]


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
