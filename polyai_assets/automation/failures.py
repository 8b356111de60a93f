"""Runs that failed and left no red day: killed, never started, or their code could not be loaded.

Dagster shows such a run as failed and nothing else changes: no day turns red, no check is evaluated. So they are
followed here until later runs have dealt with their days. Pure functions; the sensor reads the runs.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import msgspec

from polyai_assets.alerts.finding import RUN, Finding
from polyai_assets.assets.delivered import PREFIX as DELIVERED
from polyai_assets.raw.remedies import backfill_commands, deliver_commands


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRun:
    """A run that has come to its end, over a range of days of a project.

    `assets` are those it was to make, "" for the ingest step; `reason` says why it failed, as Dagster's tag does.
    """

    run_id: str
    project: str
    first: date
    last: date
    failed: bool
    ended_at: datetime
    reason: str = ""
    assets: str = ""

    @property
    def days(self) -> list[date]:
        """The days that it was to deal with."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


class RunFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A run that failed without a trace; `open_days` are those that no run has dealt with since.

    `times` is how often runs over these days failed so, first at `since`.
    """

    run_id: str
    project: str
    first: date
    last: date
    open_days: list[date]
    since: datetime
    ended_at: datetime
    reason: str = ""
    times: int = 1
    assets: str = ""


def follow(
    known: Iterable[RunFailure], ended: Iterable[EndedRun], red: Set[tuple[str, date]]
) -> list[RunFailure]:
    """Update the failures with the runs that have ended since.

    A run deals with its days when it succeeds, or leaves red days (project and date), which speak for themselves.
    """
    failures = list(known)
    for run in sorted(ended, key=lambda run: run.ended_at):
        leaves_red_days = not run.assets and any((run.project, day) in red for day in run.days)
        if not run.failed or leaves_red_days:
            failures = [left for failure in failures if (left := _without(failure, run)) is not None]
        else:
            same = [failure for failure in failures if _span(failure) == _span(run)]
            failures = [failure for failure in failures if failure not in same]
            failures.append(
                RunFailure(
                    run_id=run.run_id,
                    project=run.project,
                    first=run.first,
                    last=run.last,
                    open_days=run.days,
                    since=min([run.ended_at, *(failure.since for failure in same)]),
                    ended_at=run.ended_at,
                    reason=run.reason,
                    times=1 + sum(failure.times for failure in same),
                    assets=run.assets,
                )
            )
    return failures


def to_finding(failure: RunFailure) -> Finding:
    """Make a finding of a failure. What the run itself said is not repeated: it may quote anything."""
    path = str(failure.first)
    if failure.last != failure.first:
        path += f" to {failure.last}"
    if failure.assets:
        path += f" of {failure.assets}"
    return Finding(
        project=failure.project,
        check=RUN,
        kind="failed",
        path=path,
        severity="ERROR",
        first_seen=failure.since.date(),
        last_seen=failure.ended_at.date(),
        began=failure.since.date(),
        days=len(failure.open_days),
        count=failure.times,
        share=None,
        example=f"run {failure.run_id} {_REASONS.get(failure.reason, _NO_REASON)}",
        next_step=f"read the log of the run; when the cause is gone: {_again(failure)}",
        run_id=failure.run_id,
    )


def _again(failure: RunFailure) -> str:
    """Give the command that does what the run was to do."""
    if failure.assets.startswith(DELIVERED):
        delivery = failure.assets.removeprefix(DELIVERED)
        return "; ".join(deliver_commands(delivery, failure.project, failure.open_days))
    option = next((option for part, option in _OPTIONS if part in failure.assets), None)
    if failure.assets and option is None:
        return f"materialize {failure.assets} in Dagster's UI"
    return "; ".join(backfill_commands(failure.project, failure.open_days, *([option] if option else [])))


_OPTIONS = (("detail", "--details"), ("audio", "--audio"), ("migration_parity", "--compare"))
"""Which option of the command makes assets that have this in their name."""

_NO_REASON = "ended without saying how its days ended"
_REASONS = {
    "UNEXPECTED_TERMINATION": "was ended from outside",
    "RUN_WORKER_RESTART": "was ended from outside",
    "START_TIMEOUT": "did not start in time",
    "JOB_INITIALIZATION_FAILURE": "could not load its code",
    "RUN_EXCEPTION": "failed before it came to its days",
    "STEP_FAILURE": "failed",
}
"""Dagster's reasons, in words."""


def _without(failure: RunFailure, run: EndedRun) -> RunFailure | None:
    """Leave out the days that a run has dealt with; None when no day is left."""
    if (failure.project, failure.assets) != (run.project, run.assets):
        return failure
    left = [day for day in failure.open_days if not run.first <= day <= run.last]
    return msgspec.structs.replace(failure, open_days=left) if left else None


def _span(run: RunFailure | EndedRun) -> tuple[str, str, date, date]:
    return run.project, run.assets, run.first, run.last


def findings_of(failures: Sequence[RunFailure], projects: Set[str]) -> list[Finding]:
    """Make findings of the failures of projects."""
    return [to_finding(failure) for failure in failures if failure.project in projects]
