"""What keeps a project from being current: in a word, in a sentence, and with the commands that mend it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from polyai_assets.automation.decide import is_given_up, next_attempt
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.settle import Unsettled
from polyai_assets.raw.conversations.suspicion import is_about_doubt
from polyai_assets.raw.remedies import BELIEVE_OR_ACCEPT, accept_commands, backfill_commands

RED, BEHIND, INCOMPLETE, UNPROVEN = "red", "behind", "incomplete", "unproven"
STALE, OVERDUE, UNREADABLE, KEPT = "stale", "overdue", "unreadable", "kept"
CURRENT, UNSETTLED, PROVISIONAL = "current", "unsettled", "provisional"

MEANINGS = {
    RED: "the last fetch or load of a day failed or was refused; its tables keep what they had",
    BEHIND: "yesterday, or more, is not complete",
    INCOMPLETE: "a day is loaded, and its certificate says what is missing from it",
    UNPROVEN: "a day is loaded, and it could not be proven that nothing is missing; it is no complete day",
    STALE: "a day was fetched with other filters or details than are configured now",
    OVERDUE: "conversations are in progress for longer than max_open_hours",
    UNREADABLE: "the certificate of a day is damaged",
    KEPT: "days are kept for longer than the option retention says",
    CURRENT: "nothing needs a person",
    UNSETTLED: "days that may still change; they are fetched again by themselves until nothing changes",
    PROVISIONAL: "fetched before the day was over; it is judged for good by itself, once it is",
}
"""Every word with its meaning, in the order in which they are explained: what needs a person, worst first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusProblem:
    """What needs a person.

    `word` is what it is called, `count` how many days it concerns (of OVERDUE: how many conversations; 0 where no
    number is meant), `says` says what is wrong and why, `remedy` what to do about it, and `commands` are the lines to
    type for that.
    """

    word: str
    count: int
    says: str
    remedy: str = ""
    commands: Sequence[str] = ()


def named(days: Sequence[date]) -> str:
    """Name days: the one, or the first, the last and how many."""
    return str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]} ({len(days)} days)"


def red_days(project: str, red: Sequence[Unsettled]) -> list[StatusProblem]:
    """List red days, those with the same cause together."""
    causes: dict[tuple[str, bool], list[Unsettled]] = {}
    for day in sorted(red, key=lambda day: day.date):
        causes.setdefault((day.problem, is_given_up(day)), []).append(day)
    return [_red(project, days, problem, given_up) for (problem, given_up), days in causes.items()]


def _red(project: str, red: Sequence[Unsettled], problem: str, given_up: bool) -> StatusProblem:
    days = [day.date for day in red]
    since = f"{min(day.since for day in red):%Y-%m-%d %H:%M} UTC"
    again = min((at for day in red if (at := next_attempt(day)) is not None), default=None)
    remedy = "no longer tried by itself; " if given_up else ""
    if again is not None:
        remedy = f"tried again by itself from {again:%Y-%m-%d %H:%M} UTC on; "
    commands = backfill_commands(project, days)
    if is_about_doubt(problem):
        remedy += BELIEVE_OR_ACCEPT
        commands = [*accept_commands(project, days), *commands]
    else:
        remedy += "at once, when the cause is gone"
    verb = "is" if len(days) == 1 else "are"
    return StatusProblem(
        word=RED,
        count=len(days),
        says=f"{named(days)} {verb} red since {since}: {problem}",
        remedy=remedy,
        commands=commands,
    )


def incomplete_day(project: str, certificate: Certificate) -> list[StatusProblem]:
    """List what keeps a day that was fetched from being complete; turns that never came may be accepted."""
    days = [certificate.date]
    again, accepted = backfill_commands(project, days), accept_commands(project, days)
    return [
        StatusProblem(
            word=INCOMPLETE,
            count=1,
            says=f"{certificate.date} is not complete: {problem}",
            remedy=BELIEVE_OR_ACCEPT if problem == certificate.turns.explanation else "fetch it again",
            commands=[*accepted, *again] if problem == certificate.turns.explanation else again,
        )
        for problem in certificate.problems()
    ]


def unproven_days(project: str, certificates: Sequence[Certificate]) -> list[StatusProblem]:
    """List days that could not be proven, those with the same cause together."""
    causes: dict[str, list[date]] = {}
    for certificate in certificates:
        if certificate.proof is not None:
            causes.setdefault(certificate.proof.advice, []).append(certificate.date)
    return [
        StatusProblem(
            word=UNPROVEN,
            count=len(days),
            says=f"{named(days)} {'is' if len(days) == 1 else 'are'} {cause}",
            remedy="to have them looked at again at once",
            commands=backfill_commands(project, days),
        )
        for cause, days in causes.items()
    ]


def stale_days(project: str, stale: Sequence[date]) -> list[StatusProblem]:
    """List days that were fetched with other filters than are configured now."""
    if not stale:
        return []
    return [
        StatusProblem(
            word=STALE,
            count=len(stale),
            says=f"{len(stale)} days since {min(stale)} were fetched with other filters than are configured now",
            remedy="fetch them again",
            commands=backfill_commands(project, stale),
        )
    ]


def overdue_conversations(
    project: str, running: Sequence[datetime], max_open: timedelta, now: datetime
) -> list[StatusProblem]:
    """List conversations that have been in progress for too long; nothing has given them up."""
    overdue = [start for start in running if now - start >= max_open]
    if not overdue:
        return []
    return [
        StatusProblem(
            word=OVERDUE,
            count=len(overdue),
            says=f"{len(overdue)} conversations have been in progress since {min(overdue):%Y-%m-%d %H:%M} UTC",
            remedy="the sensor finished_conversations gives them up: see whether Dagster's daemon runs. Or fetch "
            "their days again",
            commands=["polyai doctor", *backfill_commands(project, {start.date() for start in overdue})],
        )
    ]


def kept_too_long(layers: Mapping[str, date]) -> list[StatusProblem]:
    """List what should have been removed; of each layer the first day that is to be kept."""
    if not layers:
        return []
    listed = ", ".join(f"{layer} of days before {first}" for layer, first in layers.items())
    return [
        StatusProblem(
            word=KEPT,
            count=0,
            says=f"{listed} should have been removed by now",
            remedy="the schedule daily_retention does that: see whether it is on, and Dagster's daemon runs. At once",
            commands=["polyai retention"],
        )
    ]


def behind(
    project: str,
    last_complete: date | None,
    certificates: Sequence[Certificate],
    older: Sequence[Certificate],
    first: date,
    due: date,
    today: date,
) -> list[StatusProblem]:
    """Say how far a project's complete days are behind `due`, and of which days that is said.

    `certificates` are those of the days from `first` on, `older` some of those before, where these have none.
    """
    if last_complete is not None:
        late = (due - last_complete).days
        if late <= 0:
            return []
        says = f"the last complete day is {last_complete}, {late} days behind"
        return [_behind(project, last_complete + timedelta(days=1), due, late, says)]
    if certificates or not older:
        return [_behind(project, first, due, 0, "no day that is over is complete")]
    fetched_at = max(certificate.fetch_finished_at for certificate in older)
    complete = max((certificate.date for certificate in older if certificate.is_complete), default=None)
    says = (
        f"no day of the last {(today - first).days} days was fetched; "
        f"last fetch {fetched_at:%Y-%m-%d %H:%M} UTC, newest complete day {complete or 'none'}"
    )
    return [_behind(project, first, due, 0, says)]


def _behind(project: str, first: date, due: date, late: int, says: str) -> StatusProblem:
    missing = [first + timedelta(days=n) for n in range((due - first).days + 1)]
    return StatusProblem(
        word=BEHIND,
        count=late,
        says=says,
        remedy="fetch what is missing" if missing else "",
        commands=backfill_commands(project, missing),
    )
