"""When to try again, how long to wait before, and when to stop."""

import logging
from collections.abc import Callable
from typing import Any, NoReturn

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from polyai_assets.api.errors import TooSlow, TransientError
from polyai_assets.api.project import Connection

logger = logging.getLogger("polyai_assets.api")

_SLOW_ATTEMPTS = 2


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
        error.add(f"Gave up after {state.attempt_number} attempts in {deadline.passed():.1f} s{asked}.")
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
