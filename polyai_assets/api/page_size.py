"""How many conversations to ask for at once.

Not by count but by weight: a conversation weighs 1 kB or 10 MB, depending on its length and on what is
included.
"""

import threading

from polyai_assets.api.errors import GatewayTimeout, InvalidQuery, PageTooHeavy, PolyAIError, TimedOut

MAX_LIMIT = 1000
START = 100
HEAVY = 8_000_000
"""Bytes, decompressed."""
SLOW = 30.0
"""Seconds from request to last byte."""
CALM = 8
"""Good pages after a refusal before a bigger one is tried, so that most pages do not run into the wall."""


class PageSize:
    """The current limit, shared by all walks of a client: its windows hold the same kind of conversations.

    Every change is computed from the limit of the page that gives rise to it, so that four windows that find
    the same page size too heavy halve it once and not four times. Raises `InvalidQuery` for a limit that
    PolyAI does not take; `max_limit` is the largest that it does.
    """

    def __init__(
        self,
        start: int,
        *,
        least: int = 1,
        most: int | None = None,
        max_limit: int = MAX_LIMIT,
        heavy: float = HEAVY,
        slow: float = SLOW,
    ) -> None:
        if not 1 <= start <= max_limit:
            raise InvalidQuery(
                f"A page of {start} conversations is not possible; PolyAI takes 1 to {max_limit}."
            )
        most = max_limit if most is None else most
        self._limit, self._least, self._most = start, least, most
        self._heavy, self._slow = heavy, slow
        self._calm_needed = 0
        self._lock = threading.Lock()

    @classmethod
    def adaptive(cls, max_limit: int = MAX_LIMIT) -> "PageSize":
        """Start at 100, grow to `max_limit` while pages stay light and quick, halve when not."""
        return cls(START, max_limit=max_limit)

    @classmethod
    def fixed(cls, limit: int, max_limit: int = MAX_LIMIT, *, least: int = 1) -> "PageSize":
        """As given; halved only for a while, and only where the server cannot deliver it."""
        return cls(limit, least=least, most=limit, max_limit=max_limit, heavy=float("inf"), slow=float("inf"))

    @classmethod
    def exact(cls, limit: int, max_limit: int = MAX_LIMIT) -> "PageSize":
        """As given, whatever happens."""
        return cls(limit, least=limit, most=limit, max_limit=max_limit, heavy=float("inf"), slow=float("inf"))

    @property
    def limit(self) -> int:
        """What to ask for now."""
        with self._lock:
            return self._limit

    def most_bytes(self, limit: int) -> float:
        """Return the size at which to stop reading a page; without bound if it cannot be made smaller."""
        return 8 * self._heavy if limit > self._least else float("inf")

    def learn(self, *, limit: int, records: int, size: int, seconds: float) -> None:
        """Take note of a page asked for with `limit`: `size` bytes in `seconds`."""
        with self._lock:
            if size > self._heavy or seconds > self._slow:
                self._halve(limit)
            elif limit == self._limit and records:
                if self._calm_needed:
                    self._calm_needed -= 1
                    return
                bigger = min(2 * limit, self._most)
                # Grow only into what would be light too: no swinging between heavy and light.
                if size / records * bigger <= self._heavy and 2 * seconds <= self._slow:
                    self._limit = max(bigger, limit)

    def refused(self, limit: int, error: PolyAIError, *, again: bool) -> bool:
        """Take note of a failure (`again`: not the first of its kind); True if a smaller page may work."""
        too_big = isinstance(error, PageTooHeavy | GatewayTimeout | TimedOut) or again
        if not too_big:
            return False
        with self._lock:
            self._calm_needed = CALM
            self._halve(limit)
            return self._limit < limit

    def _halve(self, limit: int) -> None:
        self._limit = min(self._limit, max(limit // 2, self._least))
