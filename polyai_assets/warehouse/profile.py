"""Comparing the profile of a partition with those of the days before it in the warehouse."""

from datetime import date, timedelta

import duckdb

from polyai_assets.contract.profile import FILLED, KNOWN_FOR, WEEK, Count, Fact, Past
from polyai_assets.contract.tables import DAY_PROFILES
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.load import Load


def read_past(connection: duckdb.DuckDBPyConnection, load: Load) -> Past:
    """Read the profiles of the days before, in the attached warehouse."""
    known: set[Fact] = set()
    days: dict[date, dict[Fact, Count]] = {}
    daily: dict[date, int] = {}
    week = load.date - timedelta(days=WEEK)
    for day, aspect, path, value, count, total in connection.execute(
        f"SELECT date, aspect, path, value, count, total FROM {SCHEMA}.{DAY_PROFILES.name} "
        "WHERE project = ? AND date >= ? AND date < ?",
        [load.project, load.date - KNOWN_FOR, load.date],
    ).fetchall():
        if count:
            known.add((aspect, path, value))
        if (aspect, path) == (FILLED, "turns"):
            daily[day] = total
        if day >= week:
            days.setdefault(day, {})[aspect, path, value] = Count(count, total)
    return Past(known, daily, days, week if week in days else None)
