"""Comparing the profile of a partition with those of the days before it in the warehouse."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import duckdb

from polyai_assets.contract.profile import FILLED, KNOWN_FOR, WEEK, Count, Fact, Past
from polyai_assets.contract.tables import DAY_PROFILES
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.load import Load

_TURNS: Fact = (FILLED, "turns", "")


def read_past(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> dict[date, Past]:
    """Read the profiles of the days before each of the partitions of a project, in the attached warehouse."""
    dates = [load.date for load in loads]
    profiles: dict[date, dict[Fact, Count]] = {}
    for day, aspect, path, value, count, total in connection.execute(
        f"SELECT date, aspect, path, value, count, total FROM {SCHEMA}.{DAY_PROFILES.name} "
        "WHERE project = ? AND date >= ? AND date < ?",
        [loads[0].project, min(dates) - KNOWN_FOR, max(dates)],
    ).fetchall():
        profiles.setdefault(day, {})[aspect, path, value] = Count(count, total)
    return {day: _before(day, profiles) for day in dates}


def _before(day: date, profiles: Mapping[date, dict[Fact, Count]]) -> Past:
    known: set[Fact] = set()
    days: dict[date, dict[Fact, Count]] = {}
    daily: dict[date, int] = {}
    week = day - timedelta(days=WEEK)
    for other, facts in profiles.items():
        if not day - KNOWN_FOR <= other < day:
            continue
        known.update(fact for fact, count in facts.items() if count.count)
        if _TURNS in facts:
            daily[other] = facts[_TURNS].total
        if other >= week:
            days[other] = facts
    return Past(known, daily, days, week if week in days else None)
