"""Whether the warehouse holds the conversations of a partition as they would be loaded.

A day whose records are those that are held (`loads.py`) needs no load; only what shows beside the days before it is
looked at again, since these may have changed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import duckdb

from polyai_assets.contract.drift import Drift
from polyai_assets.contract.profile import Count, Fact, Past, compare
from polyai_assets.contract.tables import DAY_PROFILES, QUARANTINED, VANISHED_CONVERSATIONS
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.loads import (
    CONVERSATIONS,
    NOT_HELD,
    LoadKey,
    LoadNote,
    has_rows,
    hash_of,
    read_summary,
)
from polyai_assets.warehouse.profile import read_past

_LEFT_LATER = (QUARANTINED.name, VANISHED_CONVERSATIONS.name)
"""Tables of which rows leave when their conversations come back on another day."""


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


def loaded_before(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, loads: Sequence[Load]
) -> set[date]:
    """Find the days of a project of which the same was loaded: they may be held. Raises WarehouseBusy."""
    try:
        with warehouse.attached(connection, read_only=True):
            return {
                load.date
                for load in loads
                if read_summary(connection, load, conversations_key(load), Staged) is not None
            }
    except NOT_HELD:
        return set()


def held_partition(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load, max_violation_ratio: float = 1.0
) -> Staged | None:
    """Give what the warehouse holds of a partition where that is what would be loaded; None where it has to be.

    Raises WarehouseBusy.
    """
    try:
        with warehouse.attached(connection, read_only=True):
            key = conversations_key(load)
            staged = read_summary(connection, load, key, Staged)
            if staged is None or not has_rows(connection, load, key, staged.rows, _LEFT_LATER):
                return None
            past = read_past(connection, [load])[load.date]
            found = compare_with(load, staged, _read_profile(connection, load), past)
    except NOT_HELD:
        return None
    if staged.elsewhere or staged.exceeds(max_violation_ratio):
        return None
    if sorted(map(repr, found)) != sorted(map(repr, staged.drift)):
        return None
    return replace(staged, figures=staged.figures and replace(staged.figures, before=past.daily))


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
