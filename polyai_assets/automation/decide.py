"""What to fetch again, and why: the way of every partition to being settled, decided as a pure function.

There is no change feed. But the API says which conversations are running now; so of those that were running
when a day was fetched, the ones that are not among them have ended, and their records are stale. A day that is
over and has nothing running any more is fetched once more, whole, when it should have settled; if that finds
nothing changed, it is.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.raw.trouble import MOST_FAILURES, growing_pause
from polyai_assets.raw.windows import midnight

TRY_AGAIN_AFTER = timedelta(minutes=15)
"""How long to leave a day alone when a run was asked for it and made no new fetch; doubled each time it
failed."""

LONGEST_WAIT = timedelta(hours=6)
MOST_WINDOWS = 20
"""More ended conversations than this are not asked for singly: the day is fetched whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a project's configuration says of how closely its days are followed."""

    top_up_every: timedelta = timedelta(minutes=15)
    max_open: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """What is known of a project at a tick.

    `days` are its partitions that are not settled; `running` the ids of the conversations in progress now, None
    when that was not asked; `in_flight` the days that a run is fetching; `asked_at` when a run was last asked
    for each day.
    """

    days: Sequence[Unsettled]
    running: Set[str] | None = None
    in_flight: Set[date] = frozenset()
    asked_at: Mapping[date, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DayRequest:
    """A day to fetch, and why. `around` None means the whole day.

    Else it is topped up: with all that began since the last fetch, and with the conversations that began at
    these moments.
    """

    day: date
    reason: str
    around: tuple[datetime, ...] | None = None


def follows_running(days: Sequence[Unsettled], in_flight: Set[date]) -> bool:
    """Tell whether a tick has to ask the project which conversations are running."""
    return any(day.running and day.state is State.OPEN and day.date not in in_flight for day in days)


def decide(view: ProjectView, pace: Pace, now: datetime) -> list[DayRequest]:
    """Decide which days of a project to fetch now, oldest first."""
    requests = []
    for day in sorted(view.days, key=lambda day: day.date):
        if day.date in view.in_flight or _asked_lately(day, view.asked_at.get(day.date), now):
            continue
        request = _request(day, view.running, pace, now)
        if request is not None:
            requests.append(request)
    return requests


def days_to_refresh(now: datetime, lookback_days: int, first: date) -> list[date]:
    """Decide which days the nightly refresh fetches: today so far, yesterday, and `lookback_days` before it.

    None is before `first`.
    """
    days = [now.date() - timedelta(days=back) for back in range(lookback_days + 1, -1, -1)]
    return [day for day in days if day >= first]


def is_given_up(day: Unsettled) -> bool:
    """Tell whether a red day is left to people."""
    return day.state is State.RED and day.failures >= MOST_FAILURES


def next_attempt(day: Unsettled) -> datetime | None:
    """Give when a red day may be tried again by itself; None when it will not be."""
    return None if is_given_up(day) or day.tried_at is None else day.tried_at + _wait(day)


def _request(day: Unsettled, running: Set[str] | None, pace: Pace, now: datetime) -> DayRequest | None:
    match day.state:
        case State.FETCHING:
            return DayRequest(day.date, "the run that fetched it was interrupted")
        case State.RED:
            return (
                None
                if is_given_up(day)
                else DayRequest(day.date, f"it failed ({day.failures} times in a row)")
            )
        case State.SETTLING:
            if day.look_again_at is not None and now >= day.look_again_at:
                return DayRequest(day.date, "a last look before it is settled")
            return None
        case State.UNPROVEN:
            if day.look_again_at is not None and now >= day.look_again_at:
                return DayRequest(day.date, "it could not be proven that nothing is missing")
            return None
        case State.OPEN:
            return _request_for_open(day, running, pace, now)


def _request_for_open(
    day: Unsettled, running: Set[str] | None, pace: Pace, now: datetime
) -> DayRequest | None:
    overdue = [start for start in day.running.values() if now - start >= pace.max_open]
    if overdue:
        return DayRequest(day.date, f"{_conversations(len(overdue))} open for too long, to be given up")
    ended = [start for name, start in day.running.items() if running is not None and name not in running]
    if len(ended) > MOST_WINDOWS:
        return DayRequest(day.date, f"{_conversations(len(ended))} ended")
    if ended:
        return DayRequest(day.date, f"{_conversations(len(ended))} ended", tuple(sorted(ended)))
    fetched_at = day.fetched_at
    if fetched_at is None:
        return DayRequest(day.date, "it was never fetched")
    day_end = midnight(day.date + timedelta(days=1))
    if fetched_at < day_end and (now >= day_end or now - fetched_at >= pace.top_up_every):
        return DayRequest(day.date, "the day is over" if now >= day_end else "new conversations of today", ())
    return None


def _asked_lately(day: Unsettled, asked_at: datetime | None, now: datetime) -> bool:
    """Tell whether a run was asked for the day, and it is too early to ask again."""
    tried_at = max((at for at in (asked_at, day.tried_at) if at is not None), default=None)
    if tried_at is None or (day.fetched_at is not None and day.fetched_at >= tried_at):
        return False
    return now < tried_at + _wait(day)


def _wait(day: Unsettled) -> timedelta:
    """Give how long to leave a day alone after it was asked for."""
    return growing_pause(TRY_AGAIN_AFTER, LONGEST_WAIT, day.failures)


def _conversations(number: int) -> str:
    return "a conversation" if number == 1 else f"{number} conversations"
