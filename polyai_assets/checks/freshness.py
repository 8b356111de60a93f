"""`freshness_…`: is a project's data current? One check per project, so that no live project hides a dead one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.checks.evaluations import result
from polyai_assets.checks.verdict import Failure, Verdict, failed
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.actionable import without_secrets

if TYPE_CHECKING:
    from polyai_assets.status.standing import ProjectStatus

NAME = "freshness"
STEP = "freshness_step"
CRON = "45 * * * *"


def check_name(config: ProjectConfig) -> str:
    """Name the check of a project: `freshness_us_1_acme_hotel_bot`."""
    return f"freshness_{re.sub(r'[^A-Za-z0-9]', '_', config.project.key)}"


def build_freshness(platform: PlatformConfig, raw: dg.AssetKey) -> dg.AssetChecksDefinition:
    """Make the checks, one per project, on the raw store."""
    # Two keys may differ in nothing but such characters: the later gets a number.
    names: dict[str, ProjectConfig] = {}
    for config in platform.projects:
        name, number = check_name(config), 2
        while name in names:
            name, number = f"{check_name(config)}_{number}", number + 1
        names[name] = config

    @dg.multi_asset_check(
        name="_".join([*platform.key_prefix, STEP]),
        specs=[
            dg.AssetCheckSpec(
                name,
                asset=raw,
                description=f"{config.project.key} is current: yesterday is complete, no day is red, no conversation "
                "has been open for too long, and no day was fetched with other filters than are configured.",
            )
            for name, config in names.items()
        ],
        can_subset=True,
    )
    def freshness(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        from polyai_assets.raw.conversations.unsettled import read_unsettled
        from polyai_assets.raw.store import RawStore
        from polyai_assets.status.standing import project_status

        with without_secrets():
            store = RawStore(platform.raw_store)
            index = read_unsettled(store)
            now = datetime.now(UTC)
            for check in sorted(context.selected_asset_check_keys):
                config = names[check.name]
                days = [day for day in index if day.project == config.project.key]
                status = project_status(store, config, days, now, platform.start_date)
                yield result(check, judge(status, config.warning))

    return freshness


def judge(status: "ProjectStatus", warning: str | None) -> Verdict:
    """Judge a project by how it stands; `warning` is what a person has to know of its version of the API."""
    details = {
        "project": status.project,
        "last_complete_day": str(status.last_complete),
        "last_fetch": str(status.last_fetch),
        "unsettled_days": status.unsettled,
        "red_days": len(status.red),
        "stale_days": len(status.stale),
        "days_never_fetched": len(status.never_fetched),
    }
    found = f"complete up to {status.last_complete}"
    commands = [line for cause in status.causes for line in cause.commands]
    causes = [*status.problems, *([warning] if warning else [])]
    if not causes:
        return Verdict(None, found, details)
    return failed(
        None,
        Failure(
            cause="; ".join(causes),
            expected="yesterday is complete, no day is red, and all were fetched as it is configured",
            found=found,
            next_step="\n".join(commands) or f"polyai status {status.project}",
        ),
        details,
        # an API version without support is a standing warning; only what is wrong with the data is an error
        severity=dg.AssetCheckSeverity.ERROR if status.problems else dg.AssetCheckSeverity.WARN,
    )


def build_freshness_schedule(
    platform: PlatformConfig, *checks: dg.AssetChecksDefinition
) -> dg.ScheduleDefinition:
    """Make the schedule that evaluates the checks every hour, as the job `freshness`."""
    name = "_".join([*platform.key_prefix, NAME])
    return dg.ScheduleDefinition(
        name=name,
        job=dg.define_asset_job(
            name,
            selection=dg.AssetSelection.checks(*checks),
            description="Judges whether each project's data is current.",
        ),
        cron_schedule=CRON,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Judges every hour whether each project's data is current.",
    )
