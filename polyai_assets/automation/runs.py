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
        start = run.tags.get(RANGE_START) or run.tags.get(PARTITION, "")
        project = start.partition("|")[2]
        first, last = _day_of(start), _day_of(run.tags.get(RANGE_END) or start)
        if first is None or last is None:
            continue
        listed = (first + timedelta(days=n) for n in range((last - first).days + 1))
        days.setdefault(project, set()).update(listed)
    return days


def _day_of(partition: str) -> date | None:
    """Read the day of a partition key; None for a key of another kind, which other assets' runs may have."""
    day, separator, _ = partition.partition("|")
    try:
        return date.fromisoformat(day) if separator else None
    except ValueError:
        return None
