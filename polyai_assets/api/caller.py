"""How PolyAI is called: signed, in its turn, retried, and located when it fails. Both of its APIs, by one mechanism."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from polyai_assets.api.errors import (
    MalformedAnswer,
    MalformedPage,
    PolyAIError,
    TransientError,
    TruncatedBody,
)
from polyai_assets.api.halt import Halt
from polyai_assets.api.key import KeyHeader
from polyai_assets.api.page import PageOf
from polyai_assets.api.page_size import PageSize
from polyai_assets.api.project import Connection
from polyai_assets.api.refusal import add_words, where
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import Deadline, logger, retrying
from polyai_assets.api.transport import HttpAnswer, Transport

T = TypeVar("T")
P = TypeVar("P", bound=PageOf[Any])


class RateLimit:
    """At most `per_second` starts in any second, of all threads together.

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


class Caller:
    """The connections, the rate limit and the patience of one client, for any number of threads.

    `sleep` and `clock` (seconds, monotonic) are there to be replaced in tests. Raises `InvalidKey`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        halt: Halt | None,
        sleep: Callable[[float], Any] | None,
        clock: Callable[[], float],
    ) -> None:
        self.connection = connection
        self.halt = halt or Halt()
        self._sleep, self._clock = sleep or self.halt.sleep, clock
        self._key = KeyHeader(
            connection.api_key, source=connection.key_source, project=connection.project.key
        )
        self._rate = RateLimit(connection.requests_per_second, sleep=self._sleep, clock=clock)
        self.transport = self.new_transport()

    def new_transport(self) -> Transport:
        """Make connections that nothing else uses; to be closed by whom they are made for."""
        return Transport(self.connection, self._key, turn=self._rate.wait, clock=self._clock, halt=self.halt)

    def retried(self, attempt: Callable[[Deadline], T]) -> T:
        """Make a call until it succeeds, or its error is not transient, or attempts or time are used up."""
        deadline = Deadline(self.connection.give_up_after, self._clock)
        return retrying(self.connection, deadline, sleep=self._sleep)(attempt, deadline)

    def read(
        self,
        request: HttpRequest,
        deadline: Deadline,
        reader: Callable[[HttpAnswer], T],
        *,
        most_bytes: float = float("inf"),
    ) -> T:
        """Fetch an answer once and read it; an error of the reader says where the answer came from."""
        answer = self.transport.fetch(request, deadline, most_bytes=most_bytes)
        with self.located(request, answer):
            try:
                return reader(answer)
            except (MalformedAnswer, MalformedPage) as error:
                add_words(error, answer.body, self._key)
                raise

    def adapted(self, size: PageSize, fetch: Callable[[int, Deadline], P]) -> P:
        """Fetch a page with retries, each attempt as long as `size` says by then; `fetch` takes the limit."""
        broken_before = False

        def attempt(deadline: Deadline) -> P:
            nonlocal broken_before
            while (
                True
            ):  # a page that is too heavy is asked for again at once, smaller: 1 is reached in 13 steps
                limit = size.limit
                try:
                    page = fetch(limit, deadline)
                except PolyAIError as error:
                    broken = isinstance(error, TruncatedBody)
                    smaller = size.refused(limit, error, again=broken and broken_before)
                    broken_before = broken_before or broken
                    if isinstance(error, TransientError) or not smaller:
                        raise
                    logger.warning("%s Asking again for %d instead of %d.", error, size.limit, limit)
                else:
                    size.learn(limit=limit, records=len(page.records), size=page.bytes, seconds=page.seconds)
                    return page

        return self.retried(attempt)

    @contextmanager
    def located(self, request: HttpRequest, answer: HttpAnswer | PageOf[Any]) -> Iterator[None]:
        """Add to an error that a 200 gave rise to where it came from."""
        try:
            yield
        except PolyAIError as error:
            error.status, error.correlation_id = 200, answer.correlation_id
            error.add(f"{self.connection.project} {where(request.name, 200, error.correlation_id)}")
            raise


class ApiClient:
    """What every client of PolyAI is: a context manager that closes its connections, and a `halt` for its threads.

    Raises `InvalidKey`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        halt: Halt | None = None,
        sleep: Callable[[float], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._caller = Caller(connection, halt=halt, sleep=sleep, clock=clock)
        self.halt = self._caller.halt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._caller.transport.close()
