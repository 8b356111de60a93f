"""Asking for runs over ranges of days, and reading which days the unfinished runs take."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import dagster as dg

from polyai_assets.api.project import Project
from polyai_assets.assets.liveness import forget, forget_ended, has_died
from polyai_assets.assets.specs import step_name
from polyai_assets.assets.step import REASON
from polyai_assets.automation.decide import DayRequest
from polyai_assets.automation.jobs import COPY, INGEST, REFERENCE, RETENTION, assets_of, job_keys, job_name
from polyai_assets.automation.write_backs import NAME as PUBLISH
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.raw.partition import Partition

# Documented tags of Dagster whose constants are not public.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
PARTITION = "dagster/partition"

SILENCE = timedelta(minutes=3)
"""How long a run may say nothing before its first step, or where no lock shows its process: it starts in seconds."""

_STARTS = dg.DagsterEventType.STEP_START
_ENDS = (
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.STEP_UP_FOR_RETRY,
)

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def range_requests(
    platform: PlatformConfig,
    project: Project,
    days: Sequence[date],
    *,
    reason: str,
    job: str = INGEST,
    run_key: str | None = None,
    top_up_around: Sequence[datetime] | None = None,
    assets: Sequence[dg.AssetKey] | None = None,
) -> Iterator[dg.RunRequest]:
    """Ask for a run of a job over each stretch of consecutive days: of whole days, or to top them up.

    It takes all assets of the job, unless some are named.
    """
    stretches = groupby(enumerate(sorted(days)), key=lambda item: item[1] - timedelta(days=item[0]))
    config = {}
    if top_up_around is not None:
        moments = [moment.isoformat() for moment in top_up_around]
        config = {"ops": {step_name(platform): {"config": {"top_up_around": moments}}}}
    for _, stretch in stretches:
        listed = [day for _, day in stretch]
        yield dg.RunRequest(
            run_key=run_key and f"{run_key}|{listed[0]}",
            run_config=config,
            job_name=job_name(platform, job),
            asset_selection=job_keys(platform)[job] if assets is None else assets,
            tags={
                RANGE_START: Partition(project, listed[0]).key,
                RANGE_END: Partition(project, listed[-1]).key,
                "polyai/project": project.key,
                REASON: reason,
            },
        )


def requested_runs(
    platform: PlatformConfig, requests: Sequence[tuple[ProjectConfig, DayRequest]]
) -> Iterator[dg.RunRequest]:
    """Ask for the runs of the days that a tick requests: whole days in ranges, days to top up singly."""
    whole: dict[Project, list[DayRequest]] = {}
    for config, request in requests:
        if request.around is None:
            whole.setdefault(config.project, []).append(request)
        else:
            yield from range_requests(
                platform, config.project, [request.day], reason=request.reason, top_up_around=request.around
            )
    for project, listed in whole.items():
        reason = "; ".join(sorted({request.reason for request in listed}))
        yield from range_requests(platform, project, [request.day for request in listed], reason=reason)


def mark_dead_runs_failed(
    instance: dg.DagsterInstance, platform: PlatformConfig, spool: Path, now: datetime
) -> list[str]:
    """Mark runs whose process is gone as failed; returns their ids. Dagster would show them as started for ever.

    A process holds its run's lock from its first step on. One that was killed before has none, and says nothing more.
    """
    marked = []
    runs = instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED))
    for run in runs:
        if has_died(spool, run.run_id) or (_is_of(platform, run) and _has_fallen_silent(instance, run, now)):
            instance.report_run_failed(run, "the process that worked on this run is gone")
            forget(spool, run.run_id)
            marked.append(run.run_id)
    forget_ended(spool, {run.run_id for run in runs})
    return marked


def _is_of(platform: PlatformConfig, run: dg.DagsterRun) -> bool:
    """Tell whether a run of the platform is over days of its assets, reads reference data, copies, or publishes."""
    if run.job_name == job_name(platform, PUBLISH):
        return True
    day = _day_of(run.tags.get(RANGE_START) or run.tags.get(PARTITION, ""))
    chosen = assets_of(platform, run)
    keys = job_keys(platform)
    if not chosen.isdisjoint(
        [*keys.get(REFERENCE, ()), *keys[COPY], *keys.get(RETENTION, ())]
    ):  # partitioned by project alone, or not at all
        return True
    return day is not None and any(key.path[:-1] == list(platform.key_prefix) for key in chosen)


def _has_fallen_silent(instance: dg.DagsterInstance, run: dg.DagsterRun, now: datetime) -> bool:
    """Tell whether a run has started, is in no step, and has said nothing for a while."""
    if run.status not in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
        return False
    records = instance.get_records_for_run(run.run_id).records
    if not records:
        return False
    said_at = datetime.fromtimestamp(records[-1].event_log_entry.timestamp, UTC)
    types = Counter(record.event_log_entry.dagster_event_type for record in records)
    in_steps = types[_STARTS] - sum(types[kind] for kind in _ENDS)
    return in_steps <= 0 and now - said_at > SILENCE


def days_in_flight(
    instance: dg.DagsterInstance, platform: PlatformConfig, assets: Collection[dg.AssetKey] | None = None
) -> dict[str, set[date]]:
    """Read which days of each project unfinished runs work on: all runs, or those that take some of `assets`."""
    days: dict[str, set[date]] = {}
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=UNFINISHED)):
        taken = assets_of(platform, run)
        if assets is not None and taken and taken.isdisjoint(assets):
            continue
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
