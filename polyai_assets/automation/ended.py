"""Reading which runs have ended since the last look."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import msgspec

from polyai_assets.assets.delivered import PREFIX as DELIVERED
from polyai_assets.assets.published import ASSET as PUBLISHED
from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.failures import EndedRun
from polyai_assets.automation.jobs import assets_of, job_name
from polyai_assets.automation.runs import PARTITION, RANGE_END, RANGE_START
from polyai_assets.automation.write_backs import NAME as PUBLISH
from polyai_assets.configuration import PlatformConfig

# Documented tags of Dagster whose constants are not public.
WILL_RETRY = "dagster/will_retry"
FAILURE_REASON = "dagster/failure_reason"

OVERLAP = timedelta(minutes=2)
"""Runs are looked for again for so long: one may be written later than another that ended after it."""


LOOK_BACK = timedelta(days=1)
"""How far back a first tick looks for runs."""


class RunsSeen(msgspec.Struct):
    """How far the runs were seen, and in what state those that ended lately were; a tick leaves it for the next one."""

    seen_until: datetime
    seen: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the runs saw: those that ended, and what to remember of them for the next look.

    `published` says whether write-backs were published meanwhile.
    """

    ended: list[EndedRun]
    published: bool
    seen: RunsSeen

    @property
    def of_tables(self) -> list[EndedRun]:
        """Those that may have changed a table: all but those that only published or delivered days."""
        return [run for run in self.ended if run.assets != PUBLISHED and not run.assets.startswith(DELIVERED)]


def look_at_runs(instance: dg.DagsterInstance, platform: PlatformConfig, before: RunsSeen) -> Look:
    """Read the runs of a platform that ended since, but for those that Dagster will try again.

    A run is seen again when Dagster changes its mind about that: it then writes the run anew.
    """
    records = instance.get_run_records(
        filters=dg.RunsFilter(
            statuses=[dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE],
            updated_after=before.seen_until - OVERLAP,
        )
    )
    newest = max([before.seen_until, *(_utc(record.update_timestamp) for record in records)])
    ended, recent, published = [], {}, False
    for record in records:
        run, written_at = record.dagster_run, _utc(record.update_timestamp)
        what = f"{run.status.value} {run.tags.get(WILL_RETRY, '')}"
        if written_at > newest - OVERLAP:
            recent[run.run_id] = what
        if before.seen.get(run.run_id) != what:
            published |= run.job_name == job_name(platform, PUBLISH)
            found = _ended_run(run, written_at, platform)
            ended += [found] if found is not None else []
    return Look(ended, published, RunsSeen(newest, recent))


def _ended_run(run: dg.DagsterRun, ended_at: datetime, platform: PlatformConfig) -> EndedRun | None:
    """Read what a run was about; None if it was of no asset of this platform, or is to be tried again."""
    start = run.tags.get(RANGE_START) or run.tags.get(PARTITION, "")
    first, _, project = start.partition("|")
    last, _, _ = (run.tags.get(RANGE_END) or start).partition("|")
    if project not in {config.project.key for config in platform.projects}:
        return None
    taken = assets_of(platform, run)
    chosen = {key for key in taken if key.path[:-1] == list(platform.key_prefix)}
    if taken and not chosen:
        return None
    is_ingest = not chosen or not chosen.isdisjoint(ingest_keys(platform))
    if run.tags.get(WILL_RETRY, "").lower() == "true":
        return None
    return EndedRun(
        run_id=run.run_id,
        project=project,
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        failed=run.status is dg.DagsterRunStatus.FAILURE,
        ended_at=ended_at,
        reason=run.tags.get(FAILURE_REASON, ""),
        assets="" if is_ingest else ", ".join(sorted(key.path[-1] for key in chosen)),
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
