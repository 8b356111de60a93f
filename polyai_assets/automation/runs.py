"""Asking for runs over ranges of days, and reading which days the unfinished runs take."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

import dagster as dg

from polyai_assets.api.project import Project
from polyai_assets.assets.partitions import partition_key
from polyai_assets.assets.specs import ingest_keys
from polyai_assets.configuration import PlatformConfig

# Documented tags of Dagster whose constants are not public.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
PARTITION = "dagster/partition"

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def range_requests(
    platform: PlatformConfig, project: Project, days: Sequence[date], run_key: str | None = None
) -> Iterator[dg.RunRequest]:
    """Ask for a run over each stretch of consecutive days."""
    stretches = groupby(enumerate(sorted(days)), key=lambda item: item[1] - timedelta(days=item[0]))
    for _, stretch in stretches:
        listed = [day for _, day in stretch]
        yield dg.RunRequest(
            run_key=run_key and f"{run_key}|{listed[0]}",
            asset_selection=ingest_keys(platform),
            tags={
                RANGE_START: partition_key(project, listed[0]),
                RANGE_END: partition_key(project, listed[-1]),
                "polyai/project": project.key,
            },
        )


def days_in_flight(instance: dg.DagsterInstance) -> dict[str, set[date]]:
    """Read which days of each project unfinished runs are fetching."""
    days: dict[str, set[date]] = {}
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED)):
        start = run.tags.get(RANGE_START) or run.tags.get(PARTITION)
        end = run.tags.get(RANGE_END) or start
        if start is None or end is None or "|" not in start:
            continue
        first, _, project = start.partition("|")
        last = end.partition("|")[0]
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            days.setdefault(project, set()).add(day)
            day += timedelta(days=1)
    return days
