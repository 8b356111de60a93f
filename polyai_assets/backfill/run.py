"""Running batches one after another: as Dagster runs in this process, on the instance that the UI shows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import dagster as dg

from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.step import BY_HAND
from polyai_assets.assets.watching import watched_by
from polyai_assets.automation.ended import FAILURE_REASON
from polyai_assets.automation.jobs import DETAILS, INGEST, PARITY, RECORDINGS, REPLAY, RETRIEVAL
from polyai_assets.automation.runs import mark_dead_runs_failed, range_requests
from polyai_assets.automation.write_backs import spool_of
from polyai_assets.backfill.batches import MORE, Batch
from polyai_assets.backfill.screen import Screen
from polyai_assets.backfill.troubles import DoneDays, Trouble
from polyai_assets.checks.verdict import Verdict, accept_or_fetch_again, fetch_again
from polyai_assets.component import definitions_of
from polyai_assets.machine.secrets import masked
from polyai_assets.raw.conversations.suspicion import is_about_doubt
from polyai_assets.raw.partition import Partition

NAME = "polyai backfill"

_TAGS = {BY_HAND: "true", "dagster/max_retries": "0"}
"""No run of ours is started again behind the back of the person who has stopped it."""

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_DONE = {
    INGEST: "{days} fetched, checked and loaded",
    REPLAY: "{days} replayed",
    DETAILS: "details of {days}",
    RECORDINGS: "recordings of {days}",
    RETRIEVAL: "search hits of {days}",
    PARITY: "{days} compared",
}
"""What was done with days, by job."""

_OPTIONS = {REPLAY: ["--replay"], **{job: [more.option] for job, more in MORE.items()}}
"""What a person adds to have a job run again."""


@dataclass(slots=True)
class Backfill:
    """The batches to run for the Dagster project in `root`, and in `done` the days that are done so far."""

    root: Path
    instance: dg.DagsterInstance
    batches: Sequence[Batch]
    screen: Screen
    done: DoneDays = field(default_factory=DoneDays)
    _definitions: dict[int, dg.Definitions] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many days there are to do, each counted for each job."""
        return sum(len(batch.days) for batch in self.batches)

    def run(self) -> None:
        """Run the batches, project by project. Raises KeyboardInterrupt when it is stopped."""
        for project, batches in groupby(self.batches, key=lambda batch: batch.config.project.key):
            jobs = []
            for batch in batches:
                jobs.append(batch.job)
                self._run_batch(batch)
            self.screen.say(self._line(project, jobs))

    def _run_batch(self, batch: Batch) -> None:
        project = batch.config.project.key
        self.screen.work_on(project if batch.job in (INGEST, REPLAY) else f"{project} {batch.job}")
        red = self.done.red_days(project) & set(batch.days)
        for day in red:  # its conversations are not there: what else is of it cannot be asked for
            self._count(batch, day, [])
        for days in batch.runs():
            self._run_days(batch, [day for day in days if day not in red])

    def _run_days(self, batch: Batch, days: Sequence[date]) -> None:
        """Run the job over days, and see to it that something is said of each of them."""
        failures = [
            failure
            for request in range_requests(
                batch.platform, batch.config.project, days, job=batch.job, reason=NAME, assets=batch.assets
            )
            if (failure := self._run(batch, request))
        ]
        project = batch.config.project.key
        left = set(days) - self.done.days(project, batch.job)
        if failures and not left and not self.done.red_days(project) & set(days):
            left = set(days[:1])  # it failed when its days were done
        for day in left:
            self._blame(batch, day, failures[0] if failures else "the run said nothing of this day")

    def _run(self, batch: Batch, request: dg.RunRequest) -> str:
        """Run a request; returns why the run failed, "" if it did not."""
        job = self._definitions_of(batch).resolve_job_def(str(request.job_name))
        with watched_by(_Watcher(self, batch)):
            result = job.execute_in_process(
                instance=self.instance,
                tags={**request.tags, **batch.tags, **_TAGS},
                asset_selection=request.asset_selection,
                run_config={**_QUIET, **batch.run_config},
                raise_on_error=False,
            )
        if _was_interrupted(result.dagster_run):
            raise KeyboardInterrupt
        return "" if result.success else _why(result)

    def _definitions_of(self, batch: Batch) -> dg.Definitions:
        key = id(batch.platform)
        if key not in self._definitions:
            mark_dead_runs_failed(self.instance, batch.platform, spool_of(self.root), datetime.now(UTC))
            self._definitions[key] = definitions_of(batch.platform, self.root)
        return self._definitions[key]

    def note(self, batch: Batch, outcome: PartitionOutcome, verdicts: Sequence[Verdict]) -> None:
        """Note the outcome of a day."""
        if outcome.error is not None:
            self._blame(batch, outcome.partition.date, str(outcome.error))
            return
        self._count(
            batch,
            outcome.partition.date,
            [
                Trouble(
                    outcome.partition.project.key,
                    outcome.partition.date,
                    verdict.failure.cause,
                    verdict.failure.next_step,
                    is_red=verdict.severity is dg.AssetCheckSeverity.ERROR,
                )
                for verdict in verdicts
                if verdict.failure is not None
            ],
        )

    def _blame(self, batch: Batch, day: date, cause: str) -> None:
        partition = Partition(batch.config.project, day)
        next_step = (
            accept_or_fetch_again(partition)
            if is_about_doubt(cause)
            else fetch_again(partition, *_OPTIONS.get(batch.job, ()))
        )
        self._count(batch, day, [Trouble(batch.config.project.key, day, masked(cause), next_step)])

    def _count(self, batch: Batch, day: date, troubles: Sequence[Trouble]) -> None:
        self.done.add(batch.config.project.key, batch.job, day, troubles)
        self.screen.count(self.done.count, self.total)

    def _line(self, project: str, jobs: Sequence[str]) -> str:
        """Say in a line what was done with a project."""
        red = self.done.red_days(project)
        days = {job: self.done.days(project, job) for job in jobs}
        parts = [_DONE[job].format(days=_days(len(found - red), len(found))) for job, found in days.items()]
        return f"{project}: {', '.join(parts)}{f'; {len(red)} red' if red else ''}"


@dataclass(frozen=True, slots=True)
class _Watcher:
    """Sees the steps of a batch."""

    work: Backfill
    batch: Batch

    def see(self, outcome: PartitionOutcome, verdicts: Sequence[Verdict]) -> None:
        self.work.note(self.batch, outcome, verdicts)

    def stop(self, run: dg.DagsterRun) -> None:
        # an interrupt that is not announced would make the run a failure
        self.work.instance.report_run_canceling(run)


def _was_interrupted(run: dg.DagsterRun) -> bool:
    """Tell whether a run was stopped, in its step or before or after it."""
    return (
        run.status is dg.DagsterRunStatus.CANCELED or run.tags.get(FAILURE_REASON) == "UNEXPECTED_TERMINATION"
    )


def _days(good: int, total: int) -> str:
    noun = "day" if total == 1 else "days"
    return f"{good:,} {noun}" if good == total else f"{good:,} of {total:,} {noun}"


def _why(result: dg.ExecuteInProcessResult) -> str:
    """Say why a run failed, as its first failed step does."""
    for event in result.filter_events(lambda event: event.is_step_failure):
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            return str(data.user_failure_data.description)
        if data.error is not None:
            innermost = data.error.cause or data.error
            return str(innermost.message).strip()
    return f"run {result.run_id} failed before its first step: see it in Dagster"
