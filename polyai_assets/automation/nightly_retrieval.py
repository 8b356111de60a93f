"""The schedule `nightly_retrieval`: asks saved searches again, and draws the samples of days that are over."""

from datetime import UTC

import dagster as dg

from polyai_assets.assets.retrieval import qa_samples_key, search_hits_key
from polyai_assets.automation.decide import days_to_refresh
from polyai_assets.automation.jobs import RETRIEVAL, Job
from polyai_assets.automation.runs import range_requests
from polyai_assets.configuration import PlatformConfig
from polyai_assets.machine.actionable import keeps_secrets

NAME = "nightly_retrieval"
CRON = "45 2 * * *"  # after the nightly refresh, so that what is listed is in the tables of conversations


def build_nightly_retrieval(platform: PlatformConfig, job: Job | None) -> list[dg.ScheduleDefinition]:
    """Make the schedule of a platform: a run of `job` per project that has searches, and one per project with samples.

    It is there where any project has one of them.
    Searches are asked for the days that the nightly refresh fetches, samples drawn of those of them that are over.
    """
    if job is None:
        return []

    @dg.schedule(
        name="_".join([*platform.key_prefix, NAME]),
        description=(
            "Asks the saved searches of today so far, yesterday and the lookback days, and draws the samples of "
            "those that are over; a run per project."
        ),
        cron_schedule=CRON,
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
                reason=NAME,
                run_key=f"{NAME}|{key.path[-1]}|{now.date()}|{project.key}",
                assets=[key],
            )
        ] or dg.SkipReason("no project has searches or samples that are due")

    return [nightly_retrieval]
