"""Trouble with PolyAI, for everything that is fetched: which errors concern a whole project, and when to stop asking.

Example, with `HOPELESS` 5: of 2,000 details the first four fail, the fifth comes, the next five fail. Then the breaker
is open: the other 1,990 are not asked for, and say why. A refused key opens it at once.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from polyai_assets.api.errors import (
    BadRequest,
    Forbidden,
    InvalidConnection,
    InvalidKey,
    InvalidQuery,
    NotFound,
    RedirectRefused,
    Unauthorized,
)
from polyai_assets.api.halt import Halt

Item = TypeVar("Item")
Result = TypeVar("Result")

EVERY_REQUEST = (Unauthorized, RedirectRefused, InvalidKey, InvalidConnection)
"""Errors that every request of a project would meet: of its key, and of where it is asked."""

EVERY_CONVERSATION = (*EVERY_REQUEST, Forbidden, InvalidQuery)
"""Errors that, met with one conversation of a project, would be met with every other. A 404 without PolyAI's code
is not among them: a proxy may answer so to an id with a slash in it. Nor is, for recordings, a 403: a recording may be
forbidden by itself."""

EVERY_WINDOW = (*EVERY_CONVERSATION, NotFound, BadRequest)
"""Errors that every window of a project's list would meet: it names no conversation that could be what is wrong."""

HOPELESS = 5
"""When so many conversations in a row could not be asked for, the rest of their day is not tried."""

HOPELESS_DAYS = 3
"""When so many days in a row met trouble, the project is not asked for the others."""

MOST_FAILURES = 12
"""What failed so often in a row is left alone until a person, or a change of the source, takes it up again."""


def growing_pause(first: timedelta, longest: timedelta, failures: int) -> timedelta:
    """Give how long to wait after so many failures in a row before this one: twice as long each time."""
    pause: timedelta = first * 2 ** min(max(failures, 0), 20)
    return min(pause, longest)


class Breaker:
    """Counts failures in a row, over several threads; `is_open` when it is no use to go on, and stays so.

    It opens after `most` in a row, and at once for the errors in `for_all`: the first of these is its `refusal`.
    `error` is the last failure.
    """

    def __init__(self, most: int, for_all: tuple[type[Exception], ...]) -> None:
        self._most, self._for_all = most, for_all
        self._lock = Lock()
        self.in_a_row = 0
        self.is_open = False
        self.refusal: Exception | None = None
        self.error: Exception | None = None

    def succeed(self) -> None:
        """Count a success."""
        with self._lock:
            self.in_a_row = 0

    def fail(self, error: Exception, times: int = 1) -> None:
        """Count a failure, or several."""
        with self._lock:
            self.in_a_row += times
            self.error = error
            if self.refusal is None and isinstance(error, self._for_all):
                self.refusal = error
            self.is_open = self.is_open or self.refusal is not None or self.in_a_row >= self._most


def ask_in_parallel(
    ask: Callable[[Item], Result],
    items: Iterable[Item],
    breaker: Breaker,
    halt: Halt,
    *,
    at_once: int,
    name: str,
) -> Iterator[Result]:
    """Call `ask` for items, so many at once, and yield what it gives, in their order.

    Items whose turn comes when the breaker is open are left out; so are all others after an exception, which is
    raised, and when an interrupt has ended all waiting. `name` is that of the threads.
    """
    has_ended = False

    def ask_unless_ended(item: Item) -> list[Result]:
        nonlocal has_ended
        if has_ended or breaker.is_open:
            return []
        try:
            return [ask(item)]
        except BaseException:
            has_ended = True
            raise

    with ThreadPoolExecutor(at_once, thread_name_prefix=name) as pool, halt.on_interrupt():
        try:
            for results in pool.map(ask_unless_ended, items):
                yield from results
        finally:
            has_ended = True
