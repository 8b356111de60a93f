"""The sensor `alerts`: raises the alerts that runs could not raise, and delivers what could not be delivered.

A run raises the alerts of its project at its end. The sensor sees the runs that never got so far, and sends again to
targets that were down. When no run has ended, no red day has changed and no message is due, a tick reads the index of
unsettled days and Dagster's list of runs, and leaves the warehouse alone.
"""

import hashlib
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import msgspec

from polyai_assets.alerts.keys import expiring_keys
from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.ended import LOOK_BACK, RunsSeen, look_at_runs
from polyai_assets.automation.failures import RunFailure, findings_of, follow
from polyai_assets.automation.runs import days_in_flight
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets
from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.warehouse.target import Target

if TYPE_CHECKING:
    from polyai_assets.alerts.raising import AlertResult

NAME = "alerts"
INTERVAL = 60  # seconds

# A tick that takes longer than a minute is cut off: twice the wait for the warehouse, the sending, and a slow target.
WAIT = 10.0
_SENDING_TIME = 15.0

Days = Set[tuple[str, date]]


class AlertMemory(RunsSeen):
    """What a tick leaves for the next one, beside how far the runs were seen.

    `failures` are the runs that failed without a trace, `index` is what was known of the failing days and of the key of
    each project, and `due_at` when a message is due.
    """

    failures: list[RunFailure] = msgspec.field(default_factory=list)
    index: dict[str, str] = msgspec.field(default_factory=dict)
    due_at: datetime | None = None


def build_alert_sensor(platform: PlatformConfig, spool: Path) -> dg.SensorDefinition:
    """Make the sensor of a platform; `spool` is where DuckDB may put what does not fit into memory."""

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description=(
            "Reports what is wrong once it is found, and again when it gets worse or is resolved: for the runs that "
            "could not do so themselves, and to targets that were down."
        ),
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        before = read_cursor(context, AlertMemory)
        worked_on = days_in_flight(context.instance, platform, ingest_keys(platform))
        in_flight = {(project, day) for project, days in worked_on.items() for day in days}
        memory, concerned = _look(
            context.instance, platform, before or AlertMemory(now - LOOK_BACK), in_flight, now
        )
        # a first tick makes no DuckDB file where nothing was ever loaded
        if before is None and Target(platform.warehouse).may_exist:
            # messages may be waiting that a lost cursor knew of
            concerned = {config.project.key for config in platform.projects}
        if not concerned and (memory.due_at is None or now < memory.due_at):
            return dg.SensorResult(skip_reason="nothing has changed", cursor=write_cursor(memory))

        from polyai_assets.warehouse.attach import WarehouseBusy, WarehouseUnreachable

        try:
            result = _alert(platform, spool, memory.failures, concerned, in_flight, now)
        except (WarehouseBusy, WarehouseUnreachable) as error:
            # Without a new cursor the next tick sees the same again.
            return dg.SensorResult(skip_reason=f"alerts wait for the next tick: {error}")
        memory.due_at = result.next_attempt_at
        said = (
            f"findings: {result.opened} opened, {result.worsened} worse, {result.resolved} resolved; "
            f"messages: {result.delivered} delivered, {result.failed} failed"
        )
        return dg.SensorResult(skip_reason=said, cursor=write_cursor(memory))

    return alerts


def _look(
    instance: dg.DagsterInstance,
    platform: PlatformConfig,
    before: AlertMemory,
    in_flight: Days,
    now: datetime,
) -> tuple[AlertMemory, set[str]]:
    """Look at the runs and at the index; gives what to remember, and the projects of which something changed."""
    from polyai_assets.raw.conversations.unsettled import read_unsettled
    from polyai_assets.raw.store import RawStore

    projects = [config.project.key for config in platform.projects]
    index = read_unsettled(RawStore(platform.raw_store))
    runs = look_at_runs(instance, platform, before)
    red = {(day.project, day.date) for day in index if day.state is State.RED}
    keys = {
        finding.project: finding.severity
        for finding in expiring_keys(platform.alerts.keys, projects, now.date())
    }
    digests = _digests(index, projects, in_flight, keys)
    concerned = {project for project in projects if digests.get(project) != before.index.get(project)}
    memory = AlertMemory(
        seen_until=runs.seen.seen_until,
        seen=runs.seen.seen,
        failures=follow(before.failures, runs.ended, red),
        index=digests,
        due_at=before.due_at,
    )
    if runs.published:
        concerned |= {config.project.key for config in platform.projects if config.write_back}
    return memory, concerned | {run.project for run in runs.ended}


def _alert(
    platform: PlatformConfig,
    spool: Path,
    failures: Sequence[RunFailure],
    concerned: Set[str],
    in_flight: Days,
    now: datetime,
) -> "AlertResult":
    """Raise the alerts of the projects concerned, or only deliver what is due."""
    # pyarrow takes as long to import as Dagster: only ticks that have something to do pay for it.
    from polyai_assets.alerts.raising import deliver_due, raise_alerts
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse

    connected = partial(connect, duckdb_resource(spool))
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data, WAIT)
    if not concerned:
        return deliver_due(connected, warehouse, platform.alerts, now, sending_time=_SENDING_TIME)
    return raise_alerts(
        connected,
        warehouse,
        RawStore(platform.raw_store),
        sorted(concerned),
        platform.alerts,
        now,
        findings_of(failures, concerned),
        in_flight=in_flight,
        sending_time=_SENDING_TIME,
    )


def _digests(
    index: Sequence[Unsettled], projects: Sequence[str], in_flight: Days, keys: Mapping[str, str]
) -> dict[str, str]:
    """Sum up the days of each project that have failed, and how soon its key ends; others are left out."""
    failing: dict[str, list[tuple[object, ...]]] = {project: [(how,)] for project, how in keys.items()}
    for day in index:
        if day.failures and day.project in projects:
            said = (str(day.date), day.state.value, day.failures, (day.project, day.date) in in_flight)
            failing.setdefault(day.project, []).append(said)
    return {
        project: hashlib.sha256(repr(said).encode()).hexdigest()[:16] for project, said in failing.items()
    }
