"""The sensor `copy_due`: makes the read-only copy anew once runs have changed what it is made of.

A tick reads Dagster's list of runs, and nothing else. Runs that end while the copy is made are seen by the next tick.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from polyai_assets.assets.step import REASON
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.ended import LOOK_BACK, RunsSeen, look_at_runs
from polyai_assets.automation.jobs import COPY, Job, job_name
from polyai_assets.automation.runs import UNFINISHED
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

NAME = "copy_due"
INTERVAL = 60  # seconds

PAUSE = timedelta(minutes=5)
"""The copy is made no more often: a backfill ends many runs, and each copy is of everything."""


class CopyMemory(RunsSeen):
    """What a tick leaves for the next one: how far the runs were seen, and when a copy was asked for."""

    asked_at: datetime | None = None


def build_copy_sensor(platform: PlatformConfig, job: Job) -> dg.SensorDefinition:
    """Make the sensor of a platform."""

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description="Makes the read-only copy anew when runs have ended, every five minutes at most.",
        job=job,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def copy_due(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        memory = read_cursor(context, CopyMemory) or CopyMemory(now - LOOK_BACK)
        if memory.asked_at is not None and now < memory.asked_at + PAUSE:
            return _skipped("the copy was made anew a moment ago", memory)
        filters = dg.RunsFilter(job_name=job_name(platform, COPY), statuses=UNFINISHED)
        if context.instance.get_runs(filters=filters, limit=1):
            return _skipped("the copy is being made", memory)
        look = look_at_runs(context.instance, platform, memory)
        memory = CopyMemory(look.seen.seen_until, look.seen.seen, memory.asked_at)
        if not look.of_tables:
            return _skipped("no run has ended", memory)
        memory.asked_at = now
        request = dg.RunRequest(tags={REASON: f"runs that have ended: {len(look.of_tables)}"})
        return dg.SensorResult(run_requests=[request], cursor=write_cursor(memory))

    return copy_due


def _skipped(why: str, memory: CopyMemory) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=why, cursor=write_cursor(memory))
