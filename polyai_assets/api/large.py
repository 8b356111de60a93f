"""Large answers are read one after the other, so that memory has a bound however many are on their way at once.

Example: ten details are asked for at a time, and none of them ends. Each is read up to a sixteenth of what one answer
may have; from there on one of them goes on, to its bound, while the others wait. Together they take less than two
answers, not ten.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

_SHARE = 16
"""From this part of what an answer may have, it is large."""
_LOOK_EVERY = 0.2
"""Seconds after which whoever waits looks whether that is of any use."""


class LargeAnswers:
    """Whose turn it is to read a large answer. An answer is large from more than `bytes`."""

    def __init__(self, most_bytes: float) -> None:
        self.bytes = most_bytes / _SHARE
        self._turn = Lock()

    @contextmanager
    def turn(self, check: Callable[[], None]) -> Iterator[None]:
        """Wait for the turn, and keep it within the context; `check` raises where there is no use in waiting."""
        while not self._turn.acquire(timeout=_LOOK_EVERY):
            check()
        try:
            yield
        finally:
            self._turn.release()
