"""What may become of a request, and how long things take."""

from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a request is on its way."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """Sent, and nobody can say whether it was taken: only a person decides what comes next."""


class Pause(StrEnum):
    """What waits when a pending request waits: its whole project, or only requests that have been tried."""

    PROJECT = "project"
    REQUEST = "request"


LEASE = timedelta(minutes=30)
"""How long a request that is being sent belongs to a publisher on another machine: longer than a call and the wait for
the warehouse afterwards may take."""

MOST_WAIT = timedelta(days=1)
"""A server that asks for more is asked again after so long."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=1)


def pause_after(attempts: int) -> timedelta:
    """Say how long to wait after so many attempts in vain: a minute, then twice as long each time, at most an hour."""
    pause: timedelta = min(_FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10), _LONGEST_PAUSE)
    return pause
