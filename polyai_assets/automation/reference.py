"""The schedule `daily_reference`: reads what projects are made of beside their conversations."""

from datetime import UTC

import dagster as dg

from polyai_assets.assets.step import REASON
from polyai_assets.automation.jobs import Job
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

NAME = "daily_reference"
CRON = "30 3 * * *"  # after what is fetched by night


def build_daily_reference(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job` per project. It is there where any project has `reference`."""
    if job is None:
        return []

    @dg.schedule(
        name="_".join([*platform.key_prefix, NAME]),
        description="Reads the reference data of every project that has `reference`, a run per project.",
        cron_schedule=CRON,
        execution_timezone="UTC",
        job=job,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    @keeps_secrets
    def daily_reference(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        today = context.scheduled_execution_time.astimezone(UTC).date()
        keys = [config.project.key for config in platform.reference_projects]
        return [
            dg.RunRequest(
                run_key=f"{NAME}|{today}|{key}",
                partition_key=key,
                tags={"polyai/project": key, REASON: NAME},
            )
            for key in keys
        ]

    return [daily_reference]
