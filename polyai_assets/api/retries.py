"""When to try again, how long to wait before, and when to stop.

A 429 asks for the wait of `Retry-After` (API reference, *Rate limits*); how many requests are allowed, no page says.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from polyai_assets.api.errors import TooSlow, TransientError
from polyai_assets.api.project import Connection

logger = logging.getLogger("polyai_assets.api")

_SLOW_ATTEMPTS = 2
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)


class Deadline:
    """The seconds one request may take with all its retries, counted from now."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock, self._began = seconds, clock, clock()

    def passed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._began

    def left(self) -> float:
        """Seconds to the end; below 0 after it."""
        return self._seconds - self.passed()


def retrying(connection: Connection, deadline: Deadline, *, sleep: Callable[[float], Any]) -> Retrying:
    """Retry a `TransientError`: exponential backoff with full jitter, or longer if the server asks for it.

    Stops after `max_attempts` (two for answers that come too slowly), or when the next wait would end after the
    deadline: a wait that leads nowhere is not begun. The last error leaves, with the number of attempts in its message.
    """
    backoff = wait_random_exponential(multiplier=1, max=connection.max_wait)

    def wait(state: RetryCallState) -> float:
        return max(backoff(state), _error(state).retry_after or 0.0)

    def stop(state: RetryCallState) -> bool:
        most = connection.max_attempts
        if isinstance(_error(state), TooSlow):
            most = min(most, _SLOW_ATTEMPTS)
        return state.attempt_number >= most or state.upcoming_sleep >= deadline.left()

    def log(state: RetryCallState) -> None:
        logger.warning(
            "%s: %s: %s Attempt %d of %d failed; the next in %.1f s (correlation id %s).",
            connection.project,
            type(_error(state)).__name__,
            _error(state),
            state.attempt_number,
            connection.max_attempts,
            state.upcoming_sleep,
            _error(state).correlation_id or "none",
        )

    def give_up(state: RetryCallState) -> NoReturn:
        error = _error(state)
        asked = f"; the server asked for {error.retry_after:.0f} s more" if error.retry_after else ""
        attempts = "1 attempt" if state.attempt_number == 1 else f"{state.attempt_number} attempts"
        error.add(f"Gave up after {attempts} in {deadline.passed():.1f} s{asked}.")
        raise error

    return Retrying(
        retry=retry_if_exception_type(TransientError),
        wait=wait,
        stop=stop,
        before_sleep=log,
        retry_error_callback=give_up,
        sleep=sleep,
    )


def _error(state: RetryCallState) -> TransientError:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TransientError):
        raise TypeError(f"only a TransientError is retried, not {error!r}")
    return error


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read of the header `Retry-After` the seconds to wait from `now` (aware).

    Both of its forms are read. None if it is absent, past, zero, negative or garbage.
    """
    if value is None:
        return None
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return float(value) or None
    date = http_date(value)
    seconds = (date - now).total_seconds() if date else 0.0
    return seconds if seconds > 0 else None


def http_date(value: str | None) -> datetime | None:
    """Read an aware datetime from a header such as `Date`, or None if it is none."""
    try:
        date = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
