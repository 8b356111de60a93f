"""Keeps all threads of a client below a number of requests a second."""

import threading
from collections import deque
from collections.abc import Callable


class RateLimit:
    """At most `per_second` starts in any second, whoever asks.

    The first ones may start at once: a probe or a small day must not wait for a tempo it will never reach.
    Below one a second, it is one every `1 / per_second` seconds.
    """

    def __init__(
        self, per_second: float, *, sleep: Callable[[float], object], clock: Callable[[], float]
    ) -> None:
        burst = max(1, int(per_second))
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
