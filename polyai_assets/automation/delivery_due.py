"""The sensor `delivery_due`: delivers published days to the targets that do not have them as they are published.

A tick lists the manifests. Only where they have changed since a target had all of them, or something was due, is the
target's log read, in one statement: to ask some targets wakes a machine that costs money.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import msgspec

from polyai_assets.assets.delivered import delivered_key
from polyai_assets.assets.delivery_state import Versions, compare_with_log, published_versions
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.jobs import DELIVER, Job
from polyai_assets.automation.look_again import DuePartition, LastRequest, request_due, runs_over
from polyai_assets.automation.runs import days_in_flight
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.machine.actionable import Actionable, keeps_secrets
from polyai_assets.raw.partition import Partition

NAME = "delivery_due"
INTERVAL = 120  # seconds
MOST_DAYS = 1_000
"""So many days at most of a target are asked for in a tick."""

ASK_AGAIN = timedelta(minutes=15)
"""A target that lacks something is asked again after so long, although nothing was published meanwhile."""


class TargetMemory(msgspec.Struct, frozen=True):
    """What a tick remembers of a target: for which published versions, and when, it was asked; what was asked of runs.

    `lacks` says whether it lacked something then.
    """

    published: str = ""
    asked_at: datetime | None = None
    lacks: bool = False
    requests: dict[str, LastRequest] = {}


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
        listed = _digest(versions)
        memory: dict[str, TargetMemory] = {}
        requests: list[dg.RunRequest] = []
        for delivery in platform.deliveries:
            known = before.get(delivery.name, TargetMemory())
            if not is_to_be_asked(known, listed, now):
                memory[delivery.name] = known
                continue
            due = list(_find(platform, spool, delivery, versions, now))
            in_flight = days_in_flight(context.instance, platform, [delivered_key(platform, delivery)])
            requested = request_due(due, in_flight, known.requests, now, MOST_DAYS)
            memory[delivery.name] = TargetMemory(listed, now, bool(due), requested.memory)
            requests += runs_over(platform, DELIVER + delivery.name, requested.reasons)
        cursor = write_cursor(memory)
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason="no target lacks what is published", cursor=cursor)

    return [delivery_due]


def _find(
    platform: PlatformConfig, spool: Path, delivery: DeliverySettings, versions: Versions, now: datetime
) -> Iterator[DuePartition]:
    """Find what a target lacks. Of one that does not answer a run is to say so: it fails, and an alert is sent."""
    try:
        found = compare_with_log(platform, spool, delivery, versions)
    except Actionable:
        for project, days in versions.items():
            if days:
                yield DuePartition(
                    Partition(project, max(days)), now, f"{delivery.name} does not answer", "silent"
                )
        return
    for standing in found:
        for day in standing.due:
            yield DuePartition(
                day.partition, now, day.standing.value, f"{day.manifest.version} {day.standing.name}"
            )


def _digest(versions: Versions) -> str:
    listed = {
        str(project): {str(day): version for day, version in days.items()}
        for project, days in versions.items()
    }
    return hashlib.sha256(msgspec.json.encode(listed, order="sorted")).hexdigest()[:16]
