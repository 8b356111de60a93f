"""`polyai migration`: whether a project may move to the newer version, from the days that were compared."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import msgspec

from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.contract.tables import MIGRATION_PARITY
from polyai_assets.migration.parity import DayParity, Parity, ParityVerdict, severity
from polyai_assets.migration.versions import Versions
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import table_names


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
    verdicts = {verdict.named(versions): verdict for verdict in ParityVerdict}
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
    if not days or MIGRATION_PARITY.name not in table_names(connection):
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
    compared = [parity for parity in parities if not parity.is_provisional]
    missing = sorted(set(days) - {parity.date for parity in compared})
    differences = _differences(versions, compared)
    to_look_at = [difference for difference in differences if difference.severity is not None]
    conversations = sum(parity.conversations for parity in compared)
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
        equal=sum(parity.equal for parity in compared),
        in_flight=sum(parity.in_flight for parity in compared),
        to_look_at=to_look_at,
        expected=[difference for difference in differences if difference.severity is None],
    )


def _differences(versions: Versions, compared: Sequence[DayParity]) -> list[Difference]:
    """Sum up the days by path and verdict; errors first, and whole conversations before their fields."""
    totals: dict[str, int] = defaultdict(int)
    met: dict[tuple[str, ParityVerdict], list[tuple[date, Parity]]] = defaultdict(list)
    for parity in compared:
        for path, total in {row.path: row.total for row in parity.rows}.items():
            totals[path] += total
        for row in parity.rows:
            if row.verdict not in (ParityVerdict.EQUAL, ParityVerdict.IN_FLIGHT):
                met[row.path, row.verdict].append((parity.date, row))
    found = [
        Difference(
            path=path,
            verdict=verdict.named(versions),
            severity=grave.value if (grave := severity(path, verdict, versions)) else None,
            count=sum(row.count for _, row in rows),
            total=totals[path],
            first=rows[0][0],
            last=rows[-1][0],
            example_conversation_id=rows[-1][1].example_conversation_id,
            example=rows[-1][1].example,
        )
        for (path, verdict), rows in met.items()
    ]
    return sorted(found, key=_by_gravity)


def _by_gravity(difference: Difference) -> tuple[bool, bool, str]:
    is_error = difference.severity == Severity.ERROR.value
    return not is_error, difference.path != WHOLE_RECORD, difference.path
