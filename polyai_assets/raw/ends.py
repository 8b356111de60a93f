"""When conversations ended, by their start and duration: what one record says must not put off what is due to a day."""

from datetime import datetime, timedelta

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
