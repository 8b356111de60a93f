"""The sensor `delivery_due`: delivers published days to the targets that do not have them as they are published.

It also reports which targets are behind, once, and when they are no longer.

A tick lists the manifests. Only where they have changed since a target had all of them, or something was due, is the
target's log read, in one statement: to ask some targets wakes a machine that costs money.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import msgspec

from polyai_assets.assets.delivered import delivered_key
from polyai_assets.assets.delivery_state import Versions, compare_with_log, published_versions
from polyai_assets.automation.behind import evaluate_late, report_changes
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.jobs import DELIVER, Job
from polyai_assets.automation.lag import Lag, lags_found, lags_unseen
from polyai_assets.automation.look_again import DuePartition, LastRequest, request_due, runs_over
from polyai_assets.automation.runs import days_in_flight
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.machine.actionable import Actionable, keeps_secrets
from polyai_assets.raw.partition import Partition

if TYPE_CHECKING:
    from polyai_assets.delivery.due import ProjectDelivery

NAME = "delivery_due"
INTERVAL = 120  # seconds
MOST_DAYS = 1_000
"""So many days at most of a target are asked for in a tick."""

ASK_AGAIN = timedelta(minutes=15)
"""A target that lacks something is asked again after so long, although nothing was published meanwhile."""


class TargetMemory(msgspec.Struct, frozen=True):
    """What a tick remembers of a target: for which published versions, and when, it was asked; what was asked of runs.

    `lacks` says whether it lacked something then. By project: `seen` is what was published when the target last
    answered, `lags` what it lacks, and `reported` whether it was reported to be behind.
    """

    published: str = ""
    asked_at: datetime | None = None
    lacks: bool = False
    requests: dict[str, LastRequest] = {}
    seen: dict[str, str] = {}
    lags: dict[str, Lag] = {}
    reported: dict[str, bool] = {}


def is_to_be_asked(memory: TargetMemory, published: str, now: datetime) -> bool:
    """Decide whether a target is to be asked what it has."""
    if memory.asked_at is None or memory.published != published:
        return True
    return memory.lacks and now - memory.asked_at >= ASK_AGAIN


def build_delivery_sensor(
    platform: PlatformConfig, spool: Path, jobs: Mapping[str, Job]
) -> list[dg.SensorDefinition]:
    """Make the sensor of a platform, where days are delivered."""
    if not platform.deliveries:
        return []

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description="Delivers published days to the targets that do not have them as they are published.",
        jobs=[jobs[DELIVER + delivery.name] for delivery in platform.deliveries],
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def delivery_due(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        before = read_cursor(context, dict[str, TargetMemory]) or {}
        versions = published_versions(platform)
        listed = _digest({str(project): days for project, days in versions.items()})
        memory: dict[str, TargetMemory] = {}
        requests: list[dg.RunRequest] = []
        evaluations: list[dg.AssetCheckEvaluation] = []
        for delivery in platform.deliveries:
            known = before.get(delivery.name, TargetMemory())
            if is_to_be_asked(known, listed, now):
                found = _ask(platform, spool, delivery, versions)
                due = list(_due(delivery, versions, found, now))
                in_flight = days_in_flight(context.instance, platform, [delivered_key(platform, delivery)])
                requested = request_due(due, in_flight, known.requests, now, MOST_DAYS)
                requests += runs_over(platform, DELIVER + delivery.name, requested.reasons)
                known = _after_asking(known, versions, found, now)
                known = msgspec.structs.replace(
                    known, published=listed, lacks=bool(due), requests=requested.memory
                )
            reported, late = report_changes(platform, spool, delivery, known.reported, known.lags, now)
            evaluations += evaluate_late(context.instance, platform, delivery, late)
            memory[delivery.name] = msgspec.structs.replace(known, reported=reported)
        return dg.SensorResult(
            run_requests=requests or None,
            skip_reason=None if requests else "no target lacks what is published",
            asset_events=evaluations,
            cursor=write_cursor(memory),
        )

    return [delivery_due]


def _ask(
    platform: PlatformConfig, spool: Path, delivery: DeliverySettings, versions: Versions
) -> "Sequence[ProjectDelivery] | None":
    """Find what a target has and lacks; None where it does not answer."""
    try:
        return compare_with_log(platform, spool, delivery, versions)
    except Actionable:
        return None


def _due(
    delivery: DeliverySettings,
    versions: Versions,
    found: "Sequence[ProjectDelivery] | None",
    now: datetime,
) -> Iterator[DuePartition]:
    """Find what a target lacks. Of one that does not answer a run is to say so: it fails, and an alert is sent."""
    if found is None:
        for project, days in versions.items():
            if days:
                reason = f"{delivery.name} does not answer"
                yield DuePartition(Partition(project, max(days)), now, reason, "silent")
        return
    for standing in found:
        for day in standing.due:
            yield DuePartition(
                day.partition, now, day.standing.value, f"{day.manifest.version} {day.standing.name}"
            )


def _after_asking(
    known: TargetMemory, versions: Versions, found: "Sequence[ProjectDelivery] | None", now: datetime
) -> TargetMemory:
    """Remember what a target has answered; of one that has not, what it answered before."""
    published = {project.key: _digest({"": days}) for project, days in versions.items() if days}
    if found is not None:
        lags = lags_found(known.lags, found, now)
        return msgspec.structs.replace(known, asked_at=now, seen=published, lags=lags)
    unseen = [project for project, digest in published.items() if known.seen.get(project) != digest]
    return msgspec.structs.replace(known, asked_at=now, lags=lags_unseen(known.lags, unseen, now))


def _digest(versions: Mapping[str, Mapping[date, int]]) -> str:
    listed = {
        project: {str(day): version for day, version in days.items()} for project, days in versions.items()
    }
    return hashlib.sha256(msgspec.json.encode(listed, order="sorted")).hexdigest()[:16]
