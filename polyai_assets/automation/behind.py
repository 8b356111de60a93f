"""Reporting that targets are behind, or no longer: as findings, and at the check of the oldest day."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.alerts.late import LateDelivery
from polyai_assets.api.project import Project
from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.delivered import delivered_key
from polyai_assets.automation.lag import Lag, what_to_report
from polyai_assets.checks import delivered
from polyai_assets.checks.evaluations import evaluations
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.target import Target

if TYPE_CHECKING:
    from polyai_assets.alerts.raising import Arrivals

log = logging.getLogger(__name__)

# a tick that takes longer than a minute is cut off, and it asks targets, too
_WAIT = 5.0
_SENDING_TIME = 10.0


def report_changes(
    platform: PlatformConfig,
    spool: Path,
    delivery: DeliverySettings,
    reported: Mapping[str, bool],
    lags: Mapping[str, Lag],
    now: datetime,
) -> tuple[Mapping[str, bool], list[LateDelivery]]:
    """Raise alerts of the projects of which a target is behind since, or is no longer.

    Gives by project what is reported now, and what was reported as behind just now. While the warehouse cannot be
    written, nothing is reported, and the next tick tries again.
    """
    projects = {config.project.key for config in platform.projects}
    changed = what_to_report(reported, lags, projects, delivery.behind_after, now)
    # no DuckDB file is made where nothing was ever loaded
    if not changed or not Target(platform.warehouse).may_exist:
        return reported, []
    late = {
        project: LateDelivery(
            delivery=delivery.name,
            project=project,
            since=lags[project].since,
            oldest=lags[project].oldest,
            days=lags[project].days,
            refused=lags[project].refused,
        )
        for project, is_behind in changed.items()
        if is_behind
    }
    arrivals = {
        (project, delivery.name): [late[project].finding(now)] if is_behind else []
        for project, is_behind in changed.items()
    }
    if not _raise(platform, spool, arrivals, now):
        return reported, []
    return {
        project: is_behind for project, is_behind in {**reported, **changed}.items() if project in projects
    }, list(late.values())


def _raise(platform: PlatformConfig, spool: Path, arrivals: "Arrivals", now: datetime) -> bool:
    """Raise alerts; gives whether the warehouse could be written."""
    # pyarrow takes as long to import as Dagster: only ticks that have something to report pay for it.
    from polyai_assets.alerts.raising import raise_alerts
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy, WarehouseUnreachable

    try:
        raise_alerts(
            partial(connect, duckdb_resource(spool)),
            Warehouse(platform.warehouse, platform.warehouse_data, _WAIT),
            RawStore(platform.raw_store),
            sorted({project for project, _ in arrivals}),
            platform.alerts,
            now,
            arrivals=arrivals,
            sending_time=_SENDING_TIME,
        )
    except (WarehouseBusy, WarehouseUnreachable) as error:
        log.info("which targets are behind is reported by the next tick: %s", error)
        return False
    return True


def evaluate_late(
    instance: dg.DagsterInstance,
    platform: PlatformConfig,
    delivery: DeliverySettings,
    late: Sequence[LateDelivery],
) -> list[dg.AssetCheckEvaluation]:
    """Let the check of the oldest day that a target lacks fail: what a run has said of it was of a version before."""
    verdicts = [
        delivered.judge_late(Partition(Project.parse(found.project), found.oldest), found)
        for found in late
        if found.oldest is not None
    ]
    return evaluations(
        instance, dg.AssetCheckKey(delivered_key(platform, delivery), delivered.NAME), verdicts
    )
