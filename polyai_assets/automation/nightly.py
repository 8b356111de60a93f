"""The schedule `nightly_refresh`: fetches today so far, yesterday, and the days before it that may have changed."""

from datetime import UTC

import dagster as dg

from polyai_assets.automation.decide import days_to_refresh
from polyai_assets.automation.jobs import Job
from polyai_assets.automation.runs import range_requests
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

NAME = "nightly_refresh"
CRON = "15 2 * * *"  # after the last conversations of the day before have settled


def build_nightly_refresh(platform: PlatformConfig, job: Job) -> dg.ScheduleDefinition:
    """Make the schedule of a platform: a run of `job` per project over yesterday and its `lookback_days`."""

    @dg.schedule(
        name="_".join([*platform.key_prefix, NAME]),
        description="Fetches today so far, yesterday and the lookback days of every project, a run per project.",
        cron_schedule=CRON,
        execution_timezone="UTC",
        job=job,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    @keeps_secrets
    def nightly_refresh(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        now = context.scheduled_execution_time.astimezone(UTC)
        return [
            request
            for config in platform.projects
            for request in range_requests(
                platform,
                config.project,
                days_to_refresh(now, config.lookback_days, platform.start_date),
                reason=NAME,
                run_key=f"{now.date()}|{config.project.key}",
            )
        ]

    return nightly_refresh
