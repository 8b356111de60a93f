"""Dagster's runs, their events and what their steps have printed, and files of requests that were taken in.

A run that has made the newest state of some partition stays with its events: without it Dagster would show the
partition as missing. What its steps have printed goes even so.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import dagster as dg

from polyai_assets.automation.jobs import assets_of
from polyai_assets.automation.runs import PARTITION, RANGE_END, RANGE_START
from polyai_assets.automation.write_backs import outbox_of
from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.retention_days import LOGS

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_MADE = dg.DagsterEventType.ASSET_MATERIALIZATION
_AT_ONCE = 500


@dataclass(slots=True)
class OldRuns:
    """Runs that are old: those that go, and those of which only what was printed goes."""

    runs: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


def find_old_runs(
    instance: dg.DagsterInstance,
    platform: PlatformConfig,
    before: Mapping[str, date],
    known: Mapping[str, date],
) -> OldRuns:
    """Find the runs of a platform that were created before the first day whose logs are kept, by project.

    A run of no project is as old as those of the project that keeps its logs for longest; where one keeps them for
    ever it stays. What was printed before `known`, by project, is gone already.
    """
    old = OldRuns()
    if not before:
        return old
    newest = _NewestStates(instance)
    configured = {config.project.key for config in platform.projects}
    every = min(before.values()) if len(before) == len(platform.projects) else None
    for record in _ended_before(instance, max(before.values())):
        run = record.dagster_run
        project = _project_of(run)
        limit = before.get(project)
        if project not in configured and assets_of(platform, run):  # else it is not ours
            limit = every
        if limit is None or record.create_timestamp.date() >= limit:
            continue
        if not newest.has_any_of(run.run_id):
            old.runs.append(run.run_id)
        elif project not in known or record.create_timestamp.date() >= known[project]:
            old.printed.append(run.run_id)
    return old


def delete_runs(instance: dg.DagsterInstance, runs: Sequence[str], printed: Sequence[str]) -> None:
    """Delete runs with their events, and what steps have printed; one that is gone already is none."""
    for run_id in (*runs, *printed):
        instance.compute_log_manager.delete_logs(prefix=[run_id])
    for run_id in runs:
        if instance.has_run(run_id):
            instance.delete_run(run_id)


def old_requests(platform: PlatformConfig, root: Path, before: Mapping[str, date]) -> Iterator[Path]:
    """Give the files of requests that were taken in before the logs of every project are kept."""
    if len(before) < len(platform.projects):
        return
    oldest = datetime.combine(min(before.values()), time(), UTC).timestamp()
    done = outbox_of(platform, root).folder / "done"
    for file in sorted(done.iterdir()) if done.is_dir() else ():
        if file.is_file() and file.stat().st_mtime < oldest:
            yield file


def logs_before(before: Mapping[str, Mapping[str, date]]) -> dict[str, date]:
    """Give the first day whose logs are kept, by project, from that of every layer."""
    return {project: days[LOGS] for project, days in before.items() if LOGS in days}


def _ended_before(instance: dg.DagsterInstance, day: date) -> Iterator[dg.RunRecord]:
    filters = dg.RunsFilter(statuses=_ENDED, created_before=datetime.combine(day, time(), UTC))
    cursor: str | None = None
    while records := instance.get_run_records(filters, limit=_AT_ONCE, cursor=cursor):
        yield from records
        cursor = records[-1].dagster_run.run_id


def _project_of(run: dg.DagsterRun) -> str:
    """Name the project of a run; "" where it is of none, or of several."""
    named = run.tags.get(RANGE_START) or run.tags.get(PARTITION, "")
    if run.tags.get(RANGE_END, named).partition("|")[2] != named.partition("|")[2]:
        return ""
    return named.partition("|")[2] or run.tags.get("polyai/project", named)


class _NewestStates:
    """The newest states of assets and of their partitions, as the storage counts events."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._of_asset = cache(self._read)

    def has_any_of(self, run_id: str) -> bool:
        """Tell whether a run has made one of them."""
        for record in self._instance.get_records_for_run(run_id, of_type=_MADE).records:
            event = record.event_log_entry.dagster_event
            if event is not None and event.asset_key and record.storage_id in self._of_asset(event.asset_key):
                return True
        return False

    def _read(self, key: dg.AssetKey) -> Set[int]:
        by_partition = self._instance.event_log_storage.get_latest_storage_id_by_partition(key, _MADE)
        entries = [record.asset_entry for record in self._instance.get_asset_records([key])]
        last = {entry.last_materialization_storage_id for entry in entries}
        return {*by_partition.values(), *(number for number in last if number is not None)}
