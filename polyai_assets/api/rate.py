"""Keeps all threads of a client below a number of requests a second."""

import threading
from collections import deque
from collections.abc import Callable


class RateLimit:
    """At most `per_second` starts in any second, whoever asks.

    As many may start at once: a probe or a small day must not wait for a tempo that it will never reach. A number
    that is not whole is kept by even distances instead.
    """

    def __init__(
        self, per_second: float, *, sleep: Callable[[float], object], clock: Callable[[], float]
    ) -> None:
        burst = int(per_second) if per_second == int(per_second) else 1
        self._period = burst / per_second
        self._starts: deque[float] = deque(maxlen=burst)
        self._sleep, self._clock = sleep, clock
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may start."""
        with self._lock:
            now = self._clock()
            full = len(self._starts) == self._starts.maxlen
            start = max(now, self._starts[0] + self._period) if full else now
            self._starts.append(start)
        if start > now:  # outside the lock: the others book their starts meanwhile
            self._sleep(start - now)
