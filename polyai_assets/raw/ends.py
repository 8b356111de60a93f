"""When conversations ended, by their start and duration, and how long something of them may still come.

What one record says must not put off what is due to a day: its end is bounded. PolyAI has details and recordings a
little after the end. Where it has none yet, it is asked again, ever more rarely, until a day after the conversation.
"""

from datetime import date, datetime, timedelta

from polyai_assets.raw.windows import midnight

LONGEST = timedelta(hours=24)
"""However long a conversation says that it took, it counts as ended by then."""


def end_after(started_at: datetime | None, seconds: float | None) -> datetime | None:
    """Give the end of a conversation of so many seconds."""
    if started_at is None:
        return None
    try:
        return plausible_end(started_at, started_at + timedelta(seconds=seconds or 0))
    except (OverflowError, ValueError):  # a duration that no calendar holds, or NaN
        return started_at


def plausible_end(started_at: datetime | None, ended_at: datetime | None) -> datetime | None:
    """Bound an end that was kept: it lies from the start on, for a day at most."""
    if started_at is None or ended_at is None:
        return ended_at
    if ended_at - started_at > LONGEST:
        return started_at + LONGEST
    return max(started_at, ended_at)


COMES_WITHIN = timedelta(hours=24)
"""How long after the end of a conversation something of it may still come."""

_SHORTEST_PAUSE = timedelta(minutes=15)
_LONGEST_PAUSE = timedelta(hours=6)


def ended_at(day: date, started_at: datetime | None, ended_at: datetime | None) -> datetime:
    """Give when a conversation of a day has ended, by its record or, where that says nothing, by its day.

    A record that claims more than a day is not believed: its absence would never be final.
    """
    over = midnight(day + timedelta(days=1))
    return min(plausible_end(started_at, ended_at) or started_at or over, over + LONGEST)


def is_final(ended_at: datetime, asked_at: datetime) -> bool:
    """Tell whether what was not there when it was asked for will not come any more."""
    return asked_at >= ended_at + COMES_WITHIN


def ask_again_at(ended_at: datetime, asked_at: datetime) -> datetime | None:
    """Give when to ask again for what was not there; None if its absence is final."""
    if is_final(ended_at, asked_at):
        return None
    pause = min(max(asked_at - ended_at, _SHORTEST_PAUSE), _LONGEST_PAUSE)
    last = max(ended_at + COMES_WITHIN, asked_at + _SHORTEST_PAUSE)
    return min(asked_at + pause, last)
