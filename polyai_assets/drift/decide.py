"""Accepting drift as it is, and taking that back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

import duckdb

from polyai_assets.alerts.finding import Finding
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.profile import BY_HOUR
from polyai_assets.drift.open import open_findings, replay_commands
from polyai_assets.drift.place import place_of
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.accepted_drift import (
    AcceptedDrift,
    delete_accepted,
    is_acceptable,
    read_accepted,
    types_of,
    write_accepted,
)
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import SCHEMA, Warehouse

_MOST_NAMED = 3


class NoSuchDrift(Actionable):
    """Nothing at the path is open, or was accepted; the message names what comes near."""

    def __init__(self, path: str, state: str, others: Iterable[str]) -> None:
        listed = sorted(set(others))
        near = get_close_matches(path, listed, n=_MOST_NAMED, cutoff=0.5)
        more = f" and {len(listed) - _MOST_NAMED} more" if len(listed) > _MOST_NAMED else ""
        hint = f"There is {', '.join(listed[:_MOST_NAMED])}{more}." if listed else "There is none."
        super().__init__(
            f"no {state} drift is at {path}. " + (f"Did you mean {' or '.join(near)}?" if near else hint)
        )


class NotOneThing(Actionable):
    """The path stands for the rest of too many paths."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision on the drift of a project, and the commands that judge its days again; none where it is taken back."""

    project: str
    decision: AcceptedDrift
    replay: Sequence[str] = ()


Scope = tuple[PlatformConfig, Sequence[str]]
"""A platform, and those of its projects that are meant."""


def accept(
    connection: duckdb.DuckDBPyConnection,
    scopes: Iterable[Scope],
    path: str,
    who: str,
    why: str,
    now: datetime,
) -> list[Decided]:
    """Accept all that is open at a path, of whatever kind.

    Raises NoSuchDrift, NotOneThing, WarehouseBusy and WarehouseUnreachable.
    """
    if not is_acceptable(path):
        raise NotOneThing(
            f"{path} stands for the rest of too many paths, and cannot be accepted. Accept or declare those that are "
            "named, and replay their days: then others are."
        )
    decided: list[Decided] = []
    others: list[str] = []
    for platform, projects in scopes:
        store = RawStore(platform.raw_store)
        with Warehouse(platform.warehouse, platform.warehouse_data, wait=30).attached(
            connection, read_only=True
        ):
            for finding in open_findings(connection, store, projects):
                others.append(finding.path)
                if finding.path == path:
                    types = _types(connection, finding)
                    until = finding.last_seen if path == BY_HOUR else None
                    decision = AcceptedDrift(path, finding.kind, who, now, why, types, until)
                    write_accepted(store, finding.project, decision)
                    decided.append(Decided(finding.project, decision, replay_commands([finding])))
    if not decided:
        raise NoSuchDrift(path, "open", others)
    return decided


def take_back(scopes: Iterable[Scope], path: str) -> list[Decided]:
    """Take back all that was accepted at a path. Raises NoSuchDrift."""
    decided: list[Decided] = []
    others: list[str] = []
    for platform, projects in scopes:
        store = RawStore(platform.raw_store)
        for project in projects:
            for decision in read_accepted(store, project):
                others.append(decision.path)
                if decision.path == path:
                    delete_accepted(store, project, decision)
                    decided.append(Decided(project, decision))
    if not decided:
        raise NoSuchDrift(path, "accepted", others)
    return decided


def _types(connection: duckdb.DuckDBPyConnection, finding: Finding) -> tuple[str, ...]:
    """Name the types of the values that a finding is about, on all the days that show it."""
    table = place_of(finding.path).drift.name
    examples = connection.execute(
        f"SELECT example FROM {SCHEMA}.{table} WHERE project = ? AND path = ? AND kind = ?",
        [finding.project, finding.path, finding.kind],
    ).fetchall()
    return tuple(sorted(types_of(finding.kind, (example for (example,) in examples))))
