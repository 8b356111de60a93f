"""The sensor `publish_due`: publishes the days that runs have worked on, once they have ended.

A tick reads Dagster's list of runs, and nothing else. A day of which nothing has changed makes no new version.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import dagster as dg

from polyai_assets.api.project import Project
from polyai_assets.automation.cursor import read_cursor, write_cursor
from polyai_assets.automation.ended import LOOK_BACK, RunsSeen, look_at_runs
from polyai_assets.automation.failures import EndedRun
from polyai_assets.automation.jobs import PUBLISH_DAYS, Job
from polyai_assets.automation.runs import range_requests
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

NAME = "publish_due"
INTERVAL = 60  # seconds


def build_publish_sensor(platform: PlatformConfig, job: Job | None) -> list[dg.SensorDefinition]:
    """Make the sensor of a platform, where days are published."""
    if job is None:
        return []

    @dg.sensor(
        name="_".join([*platform.key_prefix, NAME]),
        description="Publishes the days that runs have worked on, once they have ended.",
        job=job,
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    @keeps_secrets
    def publish_due(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        before = read_cursor(context, RunsSeen) or RunsSeen(datetime.now(UTC) - LOOK_BACK)
        look = look_at_runs(context.instance, platform, before)
        cursor = write_cursor(look.seen)
        requests = list(_runs(platform, look.of_tables))
        if requests:
            return dg.SensorResult(run_requests=requests, cursor=cursor)
        return dg.SensorResult(skip_reason="no run over days has ended", cursor=cursor)

    return [publish_due]


def _runs(platform: PlatformConfig, ended: Iterable[EndedRun]) -> Iterable[dg.RunRequest]:
    """Ask for runs over the days that other runs were over, also those that failed: some of their days are good."""
    days: dict[str, set[date]] = {}
    for run in ended:
        days.setdefault(run.project, set()).update(run.days)
    for project, listed in days.items():
        yield from range_requests(
            platform,
            Project.parse(project),
            sorted(listed),
            job=PUBLISH_DAYS,
            reason="runs over it have ended",
        )
