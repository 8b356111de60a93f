"""Whether the warehouse holds the conversations of a partition as they would be loaded.

A day whose records are those that are held (`loads.py`) needs no load; only what shows beside the days before it is
looked at again, since these may have changed.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import duckdb

from polyai_assets.contract.drift import Drift
from polyai_assets.contract.profile import Count, Fact, Past, compare
from polyai_assets.contract.tables import DAY_PROFILES, QUARANTINED, VANISHED_CONVERSATIONS
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.facts.renew import stored_facts
from polyai_assets.warehouse.load import FactFigures, Load, Staged
from polyai_assets.warehouse.loads import (
    CONVERSATIONS,
    NOT_HELD,
    LoadKey,
    LoadNote,
    count_by_day,
    has_rows,
    hash_of,
    read_summaries,
)
from polyai_assets.warehouse.profile import read_past

_LEFT_LATER = (QUARANTINED.name, VANISHED_CONVERSATIONS.name)
"""Tables of which rows leave when their conversations come back on another day."""

log = logging.getLogger(__name__)


def conversations_key(load: Load) -> LoadKey:
    """Give what decides which rows conversations have: beside them contract, API's version, what its pages had."""
    contract = load.contract
    declared = repr((contract.tables, sorted(contract.known.items())))
    besides = [beside for beside in (load.policy, load.learnt_from) if beside]
    judged_by = hash_of(declared, load.api_version, load.found_before, *besides)
    return LoadKey(CONVERSATIONS, load.records, contract.tables, judged_by, load.policy)


def note_of(load: Load, staged: Staged) -> LoadNote:
    """Give what is noted of conversations that were loaded."""
    figures = staged.figures and replace(staged.figures, before={})
    return LoadNote(conversations_key(load), replace(staged, figures=figures))


class Held(NamedTuple):
    """What the warehouse holds of partitions, by date.

    `staged` are the first of them, up to one that is not held, with their `facts` where these are made with what they
    would be made with now; of the days in `loaded` the same was loaded, so they may be held.
    """

    staged: dict[date, Staged]
    facts: dict[date, FactFigures]
    loaded: Collection[date]


def held_partitions(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    loads: Sequence[Load],
    max_violation_ratio: float = 1.0,
) -> Held:
    """Find what the warehouse holds of partitions of a project, where that is what would be loaded.

    What comes after a day that is not held is looked at when that is stored. Raises WarehouseBusy.
    """
    held = Held({}, {}, ())
    try:
        with warehouse.attached(connection, read_only=True):
            keys = [conversations_key(load) for load in loads]
            noted = read_summaries(connection, loads, keys, Staged)
            held = held._replace(loaded=noted.keys())
            if loads[0].date not in noted:
                return held
            counted = count_by_day(connection, warehouse, keys[0].tables, loads)
            past = read_past(connection, loads)
            for load in loads:
                staged = noted.get(load.date)
                if staged is None or not has_rows(counted, load.date, staged.rows, _LEFT_LATER):
                    break
                found = compare_with(load, staged, _read_profile(connection, load), past[load.date])
                if _is_otherwise(staged, found, max_violation_ratio):
                    break
                figures = staged.figures and replace(staged.figures, before=past[load.date].daily)
                held.staged[load.date] = replace(staged, figures=figures)
                facts = stored_facts(connection, load)
                if facts is not None:
                    held.facts[load.date] = facts
    except NOT_HELD as error:
        log.debug("%s has not all that it would have: %s", warehouse.name, error)
    return held


def _is_otherwise(staged: Staged, drift: Sequence[Drift], max_violation_ratio: float) -> bool:
    """Tell whether a load of what was staged would be refused now, or would bring other rows of drift."""
    if staged.elsewhere or staged.exceeds(max_violation_ratio):
        return True
    return sorted(map(repr, drift)) != sorted(map(repr, staged.drift))


def compare_with(load: Load, staged: Staged, today: dict[Fact, Count], past: Past) -> list[Drift]:
    """Give the drift of a partition: what was met in its records, and what shows beside the days before."""
    reported = {drift.path for drift in staged.met} | {breach.path for breach in staged.breaches}
    return [*staged.met, *compare(today, past, load.fetched_until, reported, load.contract.never_new)]


def _read_profile(connection: duckdb.DuckDBPyConnection, load: Load) -> dict[Fact, Count]:
    rows: Sequence[tuple[str, str, str, int, int]] = connection.execute(
        f"SELECT aspect, path, value, count, total FROM {SCHEMA}.{DAY_PROFILES.name} WHERE project = ? AND date = ?",
        [load.project, load.date],
    ).fetchall()
    return {(aspect, path, value): Count(count, total) for aspect, path, value, count, total in rows}
