"""The schedules: what is fetched by night, one after another.

`nightly_refresh` fetches today so far, yesterday, and the days before it that may have changed. `nightly_retrieval`
asks saved searches again, and draws the samples of days that are over. `daily_reference` reads what projects are made
of beside their conversations. `daily_retention` removes what was kept for long enough.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import dagster as dg

from polyai_assets.assets.retrieval import qa_samples_key, search_hits_key
from polyai_assets.assets.step import REASON
from polyai_assets.automation.decide import days_to_refresh
from polyai_assets.automation.jobs import RETRIEVAL, Job
from polyai_assets.automation.runs import range_requests
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

Requests = Callable[[PlatformConfig, datetime], Iterator[dg.RunRequest]]
"""Gives the runs of a platform that are due at a moment (UTC)."""

_REFRESH = "nightly_refresh"
_NIGHTLY_RETRIEVAL = "nightly_retrieval"
_DAILY_REFERENCE = "daily_reference"
_DAILY_RETENTION = "daily_retention"


def build_nightly_refresh(platform: PlatformConfig, job: Job) -> dg.ScheduleDefinition:
    """Make the schedule of a platform: a run of `job` per project over yesterday and its `lookback_days`."""
    return _schedule(
        platform,
        job,
        _REFRESH,
        "15 2 * * *",  # after the last conversations of the day before have settled
        "Fetches today so far, yesterday and the lookback days of every project, a run per project.",
        _refresh,
    )


def build_nightly_retrieval(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job` per project that has searches, and one per project with samples.

    It is there where any project has one of them.
    """
    if job is None:
        return []
    description = (
        "Asks the saved searches of today so far, yesterday and the lookback days, and draws the samples of "
        "those that are over; a run per project."
    )
    # after the nightly refresh: what is listed is to be in the tables
    nothing = "no project has searches or samples that are due"
    return [_schedule(platform, job, _NIGHTLY_RETRIEVAL, "45 2 * * *", description, _retrieve, nothing)]


def build_daily_reference(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job` per project. It is there where any project has `reference`."""
    if job is None:
        return []
    description = "Reads the reference data of every project that has `reference`, a run per project."
    # after what is fetched by night
    return [_schedule(platform, job, _DAILY_REFERENCE, "30 3 * * *", description, _read_reference)]


def build_daily_retention(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job`. It is there where any project has `retention`."""
    if job is None:
        return []
    description = "Removes what was kept for long enough, by the option retention of each project."
    # after what is fetched by night: it needs the warehouse for itself
    return [_schedule(platform, job, _DAILY_RETENTION, "30 4 * * *", description, _retain)]


def _schedule(
    platform: PlatformConfig,
    job: Job,
    name: str,
    cron: str,
    description: str,
    requests: Requests,
    nothing: str = "nothing is due",
) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="_".join([*platform.key_prefix, name]),
        description=description,
        cron_schedule=cron,
        execution_timezone="UTC",
        job=job,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    @keeps_secrets
    def due(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        now = context.scheduled_execution_time.astimezone(UTC)
        return list(requests(platform, now)) or dg.SkipReason(nothing)

    return due


def _refresh(platform: PlatformConfig, now: datetime) -> Iterator[dg.RunRequest]:
    for config in platform.projects:
        yield from range_requests(
            platform,
            config.project,
            days_to_refresh(now, config.lookback_days, platform.start_date),
            reason=_REFRESH,
            run_key=f"{now.date()}|{config.project.key}",
        )


def _retrieve(platform: PlatformConfig, now: datetime) -> Iterator[dg.RunRequest]:
    """Ask searches for the days that the nightly refresh fetches, and draw samples of those of them that are over."""
    for config in platform.projects:
        days = days_to_refresh(now, config.lookback_days, platform.start_date)
        over = [day for day in days if day < now.date()]
        for wanted, key, of_days in (
            (config.searches, search_hits_key(platform), days),
            (config.samples, qa_samples_key(platform), over),
        ):
            if wanted:
                yield from range_requests(
                    platform,
                    config.project,
                    of_days,
                    job=RETRIEVAL,
                    reason=_NIGHTLY_RETRIEVAL,
                    run_key=f"{_NIGHTLY_RETRIEVAL}|{key.path[-1]}|{now.date()}|{config.project.key}",
                    assets=[key],
                )


def _read_reference(platform: PlatformConfig, now: datetime) -> Iterator[dg.RunRequest]:
    for config in platform.reference_projects:
        key = config.project.key
        yield dg.RunRequest(
            run_key=f"{_DAILY_REFERENCE}|{now.date()}|{key}",
            partition_key=key,
            tags={"polyai/project": key, REASON: _DAILY_REFERENCE},
        )


def _retain(platform: PlatformConfig, now: datetime) -> Iterator[dg.RunRequest]:
    yield dg.RunRequest(run_key=f"{_DAILY_RETENTION}|{now.date()}", tags={REASON: _DAILY_RETENTION})
