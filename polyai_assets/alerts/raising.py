"""Raising alerts: gather, compare with what was known, write messages; then deliver what is due."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType

import duckdb

from polyai_assets.alerts import outbox, state
from polyai_assets.alerts.compare import Changes, compare
from polyai_assets.alerts.delivery import SENDING_TIME, Claim, Connect, claim, deliver
from polyai_assets.alerts.finding import DELIVERED, INCOMPLETE, RUN, Finding
from polyai_assets.alerts.gather import fetched_again, gather, red_days
from polyai_assets.alerts.keys import expiring_keys
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.alerts.state import in_transaction
from polyai_assets.alerts.text import message
from polyai_assets.raw.accepted_drift import read_accepted
from polyai_assets.raw.conversations.unsettled import read_unsettled
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse

Judged = Mapping[tuple[str, date], Sequence[Finding]]
"""Project and date -> what a run found incomplete of that day; empty when it is complete."""

Arrivals = Mapping[tuple[str, str], Sequence[Finding]]
"""Project and delivery -> that its target is behind; empty when it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertResult:
    """How findings and messages changed.

    How many findings opened, got worse or came back, and were resolved; how many messages were delivered and how many
    could not be; and when the next message is due, None if none waits.
    """

    opened: int = 0
    worsened: int = 0
    resolved: int = 0
    delivered: int = 0
    failed: int = 0
    next_attempt_at: datetime | None = None


def raise_alerts(
    connect: Connect,
    warehouse: Warehouse,
    store: RawStore,
    projects: Sequence[str],
    settings: AlertSettings,
    now: datetime,
    extra: Sequence[Finding] | None = None,
    *,
    in_flight: Set[tuple[str, date]] = frozenset(),
    judged: Judged = MappingProxyType({}),
    arrivals: Arrivals = MappingProxyType({}),
    sending_time: float = SENDING_TIME,
) -> AlertResult:
    """Bring the findings of projects up to date, and report what is new, worse or resolved.

    `extra` are all findings about runs; None says nothing of runs, and what is known of them stays. Days that are
    `in_flight` (project and date) are not judged: what a run has not done with is neither red nor good. `judged` are
    the days of which the caller knows whether they are complete, and `arrivals` the deliveries of which it knows
    whether they are behind. A target of alerts that fails stops nothing; its messages wait in the outbox. Raises
    WarehouseBusy and WarehouseUnreachable.
    """

    def update(connection: duckdb.DuckDBPyConnection) -> tuple[list[Changes], Claim]:
        # read once the state is claimed: another process may have judged a newer index meanwhile
        index = read_unsettled(store)
        undecided = in_flight | fetched_again(index)
        decisions = partial(read_accepted, store)
        incomplete = [finding for found in judged.values() for finding in found]
        found = [
            *gather(connection, projects, decisions, kpis=settings.kpis),
            *red_days(index, projects),
            *incomplete,
            *(finding for late in arrivals.values() for finding in late),
            *expiring_keys(settings.keys, projects, now.date()),
            *(extra or ()),
        ]
        known = state.read_open(connection, projects)

        def is_undecided(finding: Finding) -> bool:
            if finding.check == RUN:
                return extra is None
            if finding.check == DELIVERED:
                known_now = (finding.project, finding.path) in arrivals
                return not known_now and finding.path in settings.deliveries
            if finding.kind == INCOMPLETE:
                return (finding.project, date.fromisoformat(finding.path)) not in judged
            return finding.is_red_day and (finding.project, date.fromisoformat(finding.path)) in undecided

        changes = []
        for project in projects:
            of_project = compare(
                (finding for finding in found if finding.project == project),
                (entry for entry in known if entry.finding.project == project),
                is_undecided,
                now,
                notifies=bool(settings.urls),
            )
            changes.append(of_project)
            alert = message(project, of_project, settings)
            if alert is not None:
                outbox.write_message(connection, alert, settings.targets, now)
        state.write(connection, known, [entry for each in changes for entry in (*each.open, *each.resolved)])
        return changes, claim(connection, settings.targets, now)

    with connect() as connection:
        changes, claimed = in_transaction(connection, warehouse, update)
    delivery = deliver(connect, warehouse, settings.targets, claimed, now, sending_time)
    return AlertResult(
        opened=sum(len(each.opened) for each in changes),
        worsened=sum(len(each.worsened) + len(each.back) for each in changes),
        resolved=sum(len(each.resolved) for each in changes),
        delivered=delivery.delivered,
        failed=delivery.failed,
        next_attempt_at=delivery.next_attempt_at,
    )


def deliver_due(
    connect: Connect,
    warehouse: Warehouse,
    settings: AlertSettings,
    now: datetime,
    *,
    sending_time: float = SENDING_TIME,
) -> AlertResult:
    """Deliver the messages that are due, without looking for findings. Raises as `raise_alerts` does."""
    with connect() as connection:
        claimed = in_transaction(
            connection, warehouse, lambda attached: claim(attached, settings.targets, now)
        )
    delivery = deliver(connect, warehouse, settings.targets, claimed, now, sending_time)
    return AlertResult(
        delivered=delivery.delivered, failed=delivery.failed, next_attempt_at=delivery.next_attempt_at
    )
