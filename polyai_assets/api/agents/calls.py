"""How a call of the Agents API is made: in its turn, retried, and located when it fails."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from polyai_assets.api.agents.connection import AgentsConnection
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.halt import Halt
from polyai_assets.api.key import ApiKey
from polyai_assets.api.rate import RateLimit
from polyai_assets.api.refusal import where
from polyai_assets.api.request import Request
from polyai_assets.api.retries import Deadline, retrying
from polyai_assets.api.transport import Answer, Transport

T = TypeVar("T")


class Calls:
    """The connections, the rate limit and the patience of one client. Raises `InvalidKey`."""

    def __init__(
        self,
        connection: AgentsConnection,
        *,
        sleep: Callable[[float], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = connection
        self.halt = Halt()
        self._sleep, self._clock = sleep or self.halt.sleep, clock
        self._key = ApiKey(connection.api_key, source=connection.key_source, project=connection.project.key)
        self._rate = RateLimit(connection.requests_per_second, sleep=self._sleep, clock=clock)
        self.transport = self.new_transport()

    def new_transport(self) -> Transport:
        """Make connections that nobody else uses; to be closed by the caller."""
        return Transport(self.connection, self._key, clock=self._clock, halt=self.halt)

    def retried(self, attempt: Callable[[Deadline], T]) -> T:
        """Make a call until it succeeds, or its error is not transient, or attempts or time are used up."""
        deadline = Deadline(self.connection.give_up_after, self._clock)

        def once() -> T:
            self._rate.wait()
            return attempt(deadline)

        return retrying(self.connection, deadline, sleep=self._sleep)(once)

    def read(self, request: Request, deadline: Deadline, reader: Callable[[Answer], T]) -> T:
        """Bring an answer and read it; an error of the reader is told where the answer came from."""
        answer = self.transport.fetch(request, seconds_left=deadline.left(), most_bytes=float("inf"))
        with self.located(request, answer.correlation_id):
            return reader(answer)

    @contextmanager
    def located(self, request: Request, correlation_id: str | None) -> Iterator[None]:
        """Add to an error that a 200 gave rise to where it came from."""
        try:
            yield
        except PolyAIError as error:
            error.status, error.correlation_id = 200, correlation_id
            error.add(f"{self.connection.project} {where(request.name, 200, correlation_id)}")
            raise
