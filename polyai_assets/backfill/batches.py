"""What a backfill runs: a job over days of a project, for each project and each kind of data that is wanted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import dagster as dg

from polyai_assets.api.project import Project
from polyai_assets.assets.details import detail_keys
from polyai_assets.assets.retrieval import replayed_hits, search_hits_key
from polyai_assets.assets.specs import RAW_DETAILS
from polyai_assets.assets.step import FETCH, RETIRED_TAG
from polyai_assets.automation.jobs import DETAILS, INGEST, PARITY, RECORDINGS, REPLAY, RETRIEVAL
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.retention_days import AUDIO, FACTS, RAW
from polyai_assets.raw.retired import read_retired
from polyai_assets.raw.retrieval.searches import SEARCH_FILES
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

Chosen = Sequence[tuple[PlatformConfig, Sequence[ProjectConfig]]]
"""Platforms, and which of their projects are meant."""


class NothingToRun(Actionable):
    """What is asked for cannot be run; the message says why and what to write instead."""


class More(NamedTuple):
    """What a job fetches beside the conversations: how it is asked for, and the setting that a project needs for it."""

    option: str
    setting: str
    is_set: Callable[[ProjectConfig], bool]


MORE = {
    DETAILS: More("--details", "details: true (or by_hand)", lambda config: bool(config.details)),
    RECORDINGS: More("--audio", "audio: {calls: all} (or handoffs)", lambda config: config.wants_recordings),
    RETRIEVAL: More("--searches", "searches", lambda config: bool(config.searches)),
    PARITY: More("--compare", "compare_with", lambda config: config.compare_with is not None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks for: which days (None: from the platform's start, or until today), and what of them.

    `more` are the jobs of `MORE` that are to be run once the conversations are there. `named` says that the projects
    were named one by one: then what one of them lacks is an error. Days that were retired are left out, unless they are
    wanted as well (`retired`).
    """

    since: date | None = None
    until: date | None = None
    more: Set[str] = frozenset()
    replay: bool = False
    missing: bool = False
    named: bool = False
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """A job over days of a project.

    `assets` are those of the job that it takes, None for all; `run_config` is what Dagster tells its steps, and `tags`
    are those of its runs. `left_out` are days that were retired.
    """

    platform: PlatformConfig
    config: ProjectConfig
    job: str
    days: tuple[date, ...]
    assets: tuple[dg.AssetKey, ...] | None = None
    run_config: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    left_out: Sequence[date] = ()

    def runs(self) -> Iterator[list[date]]:
        """Cut the days into those of a run each: a calendar month, or as many as `backfill_days_per_run` says.

        A run fetches all of its days before it commits one. Months end where they ended the last time, too, so that a
        run that was interrupted is continued, whatever day it is by then.
        """
        size = self.platform.backfill_days_per_run
        if size is not None:
            yield from (list(self.days[at : at + size]) for at in range(0, len(self.days), size))
            return
        for _, days in groupby(self.days, key=lambda day: (day.year, day.month)):
            yield list(days)


def plan_batches(chosen: Chosen, wanted: Wanted, today: date) -> list[Batch]:
    """Say what is to be run, project by project. Raises NothingToRun."""
    _refuse_contradictions(wanted, today)
    batches = []
    for platform, configs in chosen:
        days = _days(platform, wanted, today)
        store = RawStore(platform.raw_store)
        for config in configs:
            for job in _jobs(config, wanted):
                left = _left(store, config, job, days, wanted)
                retired = set() if wanted.retired else _retired(store, config, job, left, today)
                if left:
                    batches.append(
                        Batch(
                            platform,
                            config,
                            job,
                            tuple(day for day in left if day not in retired),
                            _assets(platform, job, wanted),
                            _run_config(platform, job, wanted),
                            {RETIRED_TAG: FETCH} if wanted.retired else {},
                            sorted(retired),
                        )
                    )
    _refuse_unused(chosen, wanted)
    return batches


def _refuse_contradictions(wanted: Wanted, today: date) -> None:
    if wanted.replay and wanted.missing:
        raise NothingToRun("days that are missing cannot be replayed: leave out --replay, or --missing")
    if wanted.replay and wanted.retired:
        raise NothingToRun(
            "of days that were retired nothing is left to replay: leave out --replay, or --retired"
        )
    unreplayed = [MORE[job].option for job in (RECORDINGS, PARITY) if wanted.replay and job in wanted.more]
    if unreplayed:
        raise NothingToRun(f"that is fetched and cannot be replayed: leave out --replay, or {unreplayed[0]}")
    if wanted.since and wanted.until and wanted.until < wanted.since:
        raise NothingToRun(f"--until {wanted.until} is before --since {wanted.since}")
    if max(wanted.since or date.min, wanted.until or date.min) > today:
        raise NothingToRun(f"these days are in the future; today is {today} in UTC")


def _days(platform: PlatformConfig, wanted: Wanted, today: date) -> list[date]:
    """List the days in the range, oldest first. Raises NothingToRun for one that the platform does not have."""
    for name, day in (("--since", wanted.since), ("--until", wanted.until)):
        if day is not None and day < platform.start_date:
            raise NothingToRun(
                f"{name} {day} is before the first day, {platform.start_date}: write a later one, or an earlier "
                "start_date into defs.yaml"
            )
    first, last = wanted.since or platform.start_date, wanted.until or today
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _jobs(config: ProjectConfig, wanted: Wanted) -> Iterator[str]:
    """Name the jobs to run for a project, in their order. Raises NothingToRun where it has not what is wanted of it."""
    yield REPLAY if wanted.replay else INGEST
    for job, more in MORE.items():
        if job not in wanted.more:
            continue
        if more.is_set(config):
            yield job
        elif wanted.named:
            raise NothingToRun(
                f"{more.option}: set {more.setting} for {config.project.key} in defs.yaml first"
            )


def _refuse_unused(chosen: Chosen, wanted: Wanted) -> None:
    """Say that no project has what is wanted of all."""
    configs = [config for _, listed in chosen for config in listed]
    for job in wanted.more:
        if not any(MORE[job].is_set(config) for config in configs):
            raise NothingToRun(
                f"{MORE[job].option}: set {MORE[job].setting} for a project in defs.yaml first"
            )


def _left(
    store: RawStore, config: ProjectConfig, job: str, days: Sequence[date], wanted: Wanted
) -> tuple[date, ...]:
    """Choose among the days: those that are missing, or those that can be replayed, if that is wanted."""
    if job == PARITY or not (wanted.missing or wanted.replay):
        return tuple(days)
    kept = _kept(store, config.project, job, days)
    return tuple(day for day in days if (day in kept) is wanted.replay)


def _retired(
    store: RawStore, config: ProjectConfig, job: str, days: Sequence[date], today: date
) -> set[date]:
    """Find the days of which what a job works on was retired, or would be with the next retention run: all of it."""
    layers = {RAW, AUDIO} if job == RECORDINGS else {RAW}
    marked = read_retired(store, [Partition(config.project, day) for day in days], layers)
    first = config.retention.first_kept(FACTS, today) or date.min
    return {partition.date for partition in marked} | {day for day in days if day < first}


def _kept(store: RawStore, project: Project, job: str, days: Iterable[date]) -> Set[date]:
    """Find the days of which the raw store has what a job fetches."""
    names = {_proof(Partition(project, day), job): day for day in days}
    return {names[name] for name in store.read_some(names)}


def _proof(partition: Partition, job: str) -> str:
    """Name the file that says that a job has fetched a partition."""
    if job == DETAILS:
        return DETAIL_FILES.name(partition)
    if job == RECORDINGS:
        return RECORDING_FILES.name(partition)
    if job == RETRIEVAL:
        return SEARCH_FILES.name(partition)
    return CONVERSATION_FILES.name(partition)


def _assets(platform: PlatformConfig, job: str, wanted: Wanted) -> tuple[dg.AssetKey, ...] | None:
    if wanted.replay and job == DETAILS:
        return tuple(key for key in detail_keys(platform) if key.path[-1] != RAW_DETAILS)
    return (search_hits_key(platform),) if job == RETRIEVAL else None


def _run_config(platform: PlatformConfig, job: str, wanted: Wanted) -> Mapping[str, Any]:
    return replayed_hits(platform) if wanted.replay and job == RETRIEVAL else {}
