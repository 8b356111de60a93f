"""`polyai drift`: how what PolyAI sends differs from what is declared, what declares it, and what accepts it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import duckdb
import msgspec

from polyai_assets.alerts.finding import DRIFT, Finding
from polyai_assets.alerts.gather import gather
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.contract import METRICS
from polyai_assets.contract.drift import IN_PAGES, DriftKind
from polyai_assets.drift.declare import New, NewField, NewWord, as_yaml, declared, with_declared
from polyai_assets.drift.place import Place, place_of
from polyai_assets.drift.undeclared import kinds_sent, name_sent
from polyai_assets.raw.accepted_drift import AcceptedDrift, is_acceptable, read_accepted
from polyai_assets.raw.remedies import accept_drift_command, backfill_commands, take_back_drift_command
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse

_SIGNS = {
    DriftKind.ADDED: "+",
    DriftKind.NEW_VALUE: "+",
    DriftKind.NEW_METRIC: "+",
    DriftKind.MISSING: "-",
    DriftKind.GONE: "-",
    DriftKind.TYPE_CHANGED: "~",
}
_MASK = "…"
"""Stands in a shown word for a part of it that is not shown."""


class OpenDrift(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of a project that is open.

    `hint` says what else there is to do about it, and `accept` is the command that accepts it as it is; '' for none.
    """

    finding: Finding
    hint: str
    accept: str

    @property
    def sign(self) -> str:
        """How a diff would mark it."""
        return _SIGNS[DriftKind(self.finding.kind)]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What a person accepted of a project, and the command that takes it back."""

    project: str
    decision: AcceptedDrift
    take_back: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to show of a platform.

    `contract` is the option for `file` that declares what is new, beside what is declared there; '' if nothing is new.
    `stands_there` says that the file has the option already. `replay` are the commands that load the days again.
    """

    file: str
    contract: str
    stands_there: bool
    open: list[OpenDrift]
    accepted: list[Accepted]
    replay: list[str]


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding, its part of the record, and what there is to declare."""

    finding: Finding
    place: Place
    new: New | None


def read_drift(
    connection: duckdb.DuckDBPyConnection, platform: PlatformConfig, projects: Sequence[str], since: date
) -> Shown:
    """Read the drift of projects that was last seen on `since` or later. Raises WarehouseBusy."""
    store = RawStore(platform.raw_store)
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data, wait=30)
    with warehouse.attached(connection, read_only=True):
        found = [
            _Found(finding, place := place_of(finding.path), _new(connection, finding, place))
            for finding in open_findings(connection, store, projects)
            if finding.last_seen >= since
        ]
    sections, taken = with_declared(
        platform.contract, [drift.new for drift in found if drift.new is not None]
    )
    return Shown(
        file=platform.file,
        contract=as_yaml(sections) if taken else "",
        stands_there=bool(declared(platform.contract)),
        open=[_shown(drift, platform) for drift in found],
        accepted=[
            _accepted(project, decision) for project in projects for decision in read_accepted(store, project)
        ],
        replay=replay_commands(drift.finding for drift in found),
    )


def open_findings(
    connection: duckdb.DuckDBPyConnection, store: RawStore, projects: Sequence[str]
) -> Iterable[Finding]:
    """Find the drift of projects in the attached warehouse that is not accepted."""
    found = gather(connection, projects, partial(read_accepted, store))
    return [finding for finding in found if finding.check == DRIFT]


def _shown(drift: _Found, platform: PlatformConfig) -> OpenDrift:
    finding, name = drift.finding, drift.finding.path.removeprefix(drift.place.prefix)
    configured = drift.place.is_configured(platform.contract, name)
    of_type = finding.kind == DriftKind.TYPE_CHANGED.value
    hint = f"give it another kind under {drift.place.table.name} of the contract in {platform.file}"
    accept = accept_drift_command(finding.project, finding.path) if is_acceptable(finding.path) else ""
    return OpenDrift(finding=finding, hint=hint if configured and of_type else "", accept=accept)


def replay_commands(findings: Iterable[Finding]) -> list[str]:
    """Give the commands that load again the days from the first to the last that shows each finding."""
    days: dict[tuple[str, tuple[str, ...]], set[date]] = {}
    for finding in findings:
        first, last = finding.first_seen, finding.last_seen
        listed = days.setdefault((finding.project, place_of(finding.path).replay), set())
        listed |= {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return [
        command
        for (project, options), listed in sorted(days.items())
        for command in backfill_commands(project, sorted(listed), *options)
    ]


def _accepted(project: str, decision: AcceptedDrift) -> Accepted:
    command = take_back_drift_command(project, decision.path)
    return Accepted(project=project, decision=decision, take_back=command)


def _new(connection: duckdb.DuckDBPyConnection, finding: Finding, place: Place) -> New | None:
    """Find what there is to declare about a finding."""
    if finding.path.startswith(IN_PAGES) or not is_acceptable(finding.path):
        return None
    match DriftKind(finding.kind):
        case DriftKind.ADDED:
            sent = name_sent(connection, finding, place)
            if sent is None:
                return None
            return NewField(place, sent, frozenset(kinds_sent(connection, finding, place, sent)))
        case DriftKind.NEW_VALUE:
            under, _, word = finding.path.partition(": ")
            return None if _MASK in word else NewWord(under, word)
        case DriftKind.NEW_METRIC:
            name = finding.path.removeprefix(f"{METRICS}.")
            return None if _MASK in name else NewWord(METRICS, name)
        case _:
            return None
