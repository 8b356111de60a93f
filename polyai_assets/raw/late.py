"""What PolyAI does not have yet of a conversation that has just ended: it may still come, so its absence is not final.

Details and recordings are there a little after their conversation. Whoever is told that there is none asks again, ever
more rarely, until a day after the conversation.
"""

from datetime import date, datetime, timedelta

from polyai_assets.raw.ends import LONGEST, plausible_end
from polyai_assets.raw.windows import midnight

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
