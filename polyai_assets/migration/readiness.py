"""`polyai migration`: whether a project may move to the newer version, from the days that were compared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import msgspec

from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import WHOLE_RECORD, DayParity, Parity, Verdict, Versions, severity
from polyai_assets.contract.tables import MIGRATION_PARITY
from polyai_assets.warehouse.attach import SCHEMA, Warehouse


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict that is not `equal`, over all days: at which path, how often, and when.

    `count` are values with the verdict, of `total` that were judged; `severity` is None where PolyAI says that the
    versions differ so.
    """

    path: str
    verdict: str
    severity: str | None
    count: int
    total: int
    first: date
    last: date
    example_conversation_id: str
    example: str


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a project may move from the older version to the newer, as far as the days from `first` to `last` show.

    `conversations` were judged, `equal` of them are the same in every field, and `in_flight` were not judged.
    """

    project: str
    old_version: str
    new_version: str
    first: date
    last: date
    ready: bool
    days_compared: int
    days_not_compared: list[date]
    conversations: int
    equal: int
    in_flight: int
    to_look_at: list[Difference]
    expected: list[Difference]


def days_to_compare(start: date, today: date, days: int) -> list[date]:
    """Give the last so many days that are over, none before `start`."""
    first = max(start, today - timedelta(days=days))
    return [first + timedelta(days=number) for number in range((today - first).days)]


def read_parity(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    project: str,
    versions: Versions,
    days: Sequence[date],
) -> list[DayParity]:
    """Read what was found when days of a project were compared. Raises WarehouseBusy and WarehouseUnreachable."""
    verdicts = {one.told(versions): one for one in Verdict}
    found: dict[date, DayParity] = {}
    with warehouse.attached(connection, read_only=True):
        connection.execute("SET TimeZone = 'UTC'")
        for day, compared_at, path, verdict, *values in _rows(connection, project, versions, days):
            parity = found.setdefault(day, DayParity(versions, day, compared_at))
            parity.rows.append(Parity(path, verdicts[verdict], *values))
    return list(found.values())


def _rows(
    connection: duckdb.DuckDBPyConnection, project: str, versions: Versions, days: Sequence[date]
) -> list[tuple[Any, ...]]:
    """Read day, time, and what a `Parity` has in its order."""
    table = f"{SCHEMA}.{MIGRATION_PARITY.name}"
    is_there = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = 'warehouse' AND table_name = ?",
        [MIGRATION_PARITY.name],
    ).fetchone()
    if is_there is None or not days:
        return []
    return connection.execute(
        "SELECT date, compared_at, path, verdict, count, total, example_conversation_id, example "
        f"FROM {table} WHERE project = ? AND date BETWEEN ? AND ? AND old_version = ? AND new_version = ? "
        "ORDER BY date, path, verdict",
        [project, days[0], days[-1], *versions],
    ).fetchall()


def readiness(
    project: str, versions: Versions, days: Sequence[date], parities: Iterable[DayParity]
) -> Readiness:
    """Judge by what was found on the days that were compared; a day that was not over when it was does not count."""
    compared = [one for one in parities if not one.is_provisional]
    missing = sorted(set(days) - {one.date for one in compared})
    differences = _differences(versions, compared)
    to_look_at = [one for one in differences if one.severity is not None]
    conversations = sum(one.conversations for one in compared)
    return Readiness(
        project=project,
        old_version=versions.old,
        new_version=versions.new,
        first=days[0],
        last=days[-1],
        ready=not (missing or to_look_at) and conversations > 0,
        days_compared=len(compared),
        days_not_compared=missing,
        conversations=conversations,
        equal=sum(one.equal for one in compared),
        in_flight=sum(one.in_flight for one in compared),
        to_look_at=to_look_at,
        expected=[one for one in differences if one.severity is None],
    )


def _differences(versions: Versions, compared: Sequence[DayParity]) -> list[Difference]:
    """Sum up the days by path and verdict; errors first, and whole conversations before their fields."""
    totals: dict[str, int] = defaultdict(int)
    met: dict[tuple[str, Verdict], list[tuple[date, Parity]]] = defaultdict(list)
    for parity in compared:
        for path, total in {one.path: one.total for one in parity.rows}.items():
            totals[path] += total
        for one in parity.rows:
            if one.verdict not in (Verdict.EQUAL, Verdict.IN_FLIGHT):
                met[one.path, one.verdict].append((parity.date, one))
    found = [
        Difference(
            path=path,
            verdict=verdict.told(versions),
            severity=grave.value if (grave := severity(path, verdict, versions)) else None,
            count=sum(one.count for _, one in rows),
            total=totals[path],
            first=rows[0][0],
            last=rows[-1][0],
            example_conversation_id=rows[-1][1].example_conversation_id,
            example=rows[-1][1].example,
        )
        for (path, verdict), rows in met.items()
    ]
    return sorted(
        found, key=lambda one: (one.severity != Severity.ERROR.value, one.path != WHOLE_RECORD, one.path)
    )
