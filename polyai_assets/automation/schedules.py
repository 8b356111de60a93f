"""The schedules: what is fetched by night, one after another.

`nightly_refresh` fetches today so far, yesterday, and the days before it that may have changed. `nightly_retrieval`
asks saved searches again, and draws the samples of days that are over. `daily_reference` reads what projects are made
of beside their conversations.
"""

from datetime import UTC

import dagster as dg

from polyai_assets.assets.retrieval import qa_samples_key, search_hits_key
from polyai_assets.assets.step import REASON
from polyai_assets.automation.decide import days_to_refresh
from polyai_assets.automation.jobs import RETRIEVAL, Job
from polyai_assets.automation.runs import range_requests
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

_REFRESH = "nightly_refresh"
_REFRESH_CRON = "15 2 * * *"  # after the last conversations of the day before have settled


def build_nightly_refresh(platform: PlatformConfig, job: Job) -> dg.ScheduleDefinition:
    """Make the schedule of a platform: a run of `job` per project over yesterday and its `lookback_days`."""

    @dg.schedule(
        name="_".join([*platform.key_prefix, _REFRESH]),
        description="Fetches today so far, yesterday and the lookback days of every project, a run per project.",
        cron_schedule=_REFRESH_CRON,
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
                reason=_REFRESH,
                run_key=f"{now.date()}|{config.project.key}",
            )
        ]

    return nightly_refresh


_NIGHTLY_RETRIEVAL = "nightly_retrieval"
_NIGHTLY_RETRIEVAL_CRON = "45 2 * * *"  # after the nightly refresh: what is listed is to be in the tables


def build_nightly_retrieval(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job` per project that has searches, and one per project with samples.

    It is there where any project has one of them.
    Searches are asked for the days that the nightly refresh fetches, samples drawn of those of them that are over.
    """
    if job is None:
        return []

    @dg.schedule(
        name="_".join([*platform.key_prefix, _NIGHTLY_RETRIEVAL]),
        description=(
            "Asks the saved searches of today so far, yesterday and the lookback days, and draws the samples of "
            "those that are over; a run per project."
        ),
        cron_schedule=_NIGHTLY_RETRIEVAL_CRON,
        execution_timezone="UTC",
        job=job,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    @keeps_secrets
    def nightly_retrieval(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        now = context.scheduled_execution_time.astimezone(UTC)
        wanted = []
        for config in platform.projects:
            days = days_to_refresh(now, config.lookback_days, platform.start_date)
            if config.searches:
                wanted.append((config.project, search_hits_key(platform), days))
            if config.samples:
                over = [day for day in days if day < now.date()]
                wanted.append((config.project, qa_samples_key(platform), over))
        return [
            request
            for project, key, days in wanted
            for request in range_requests(
                platform,
                project,
                days,
                job=RETRIEVAL,
                reason=_NIGHTLY_RETRIEVAL,
                run_key=f"{_NIGHTLY_RETRIEVAL}|{key.path[-1]}|{now.date()}|{project.key}",
                assets=[key],
            )
        ] or dg.SkipReason("no project has searches or samples that are due")

    return [nightly_retrieval]


_DAILY_REFERENCE = "daily_reference"
_DAILY_REFERENCE_CRON = "30 3 * * *"  # after what is fetched by night


def build_daily_reference(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job` per project. It is there where any project has `reference`."""
    if job is None:
        return []

    @dg.schedule(
        name="_".join([*platform.key_prefix, _DAILY_REFERENCE]),
        description="Reads the reference data of every project that has `reference`, a run per project.",
        cron_schedule=_DAILY_REFERENCE_CRON,
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
                run_key=f"{_DAILY_REFERENCE}|{today}|{key}",
                partition_key=key,
                tags={"polyai/project": key, REASON: _DAILY_REFERENCE},
            )
            for key in keys
        ]

    return [daily_reference]
