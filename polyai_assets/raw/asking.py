"""Asking a project, partition after partition, no longer than there is hope; and how far a long fetch is."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeVar

from polyai_assets.api.errors import TransientError
from polyai_assets.api.project import Connection
from polyai_assets.raw.trouble import EVERY_WINDOW, Breaker

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two lines that say how far a fetch is."""

C = TypeVar("C", bound=Connection)
Client = TypeVar("Client")
Answer = TypeVar("Answer")


class Asking(Generic[C, Client]):
    """Asks a project; the client is made when something is asked for first. A context manager.

    After `patience` failures in a row it is asked hastily until it answers. When the breaker is open it is asked no
    more, and the last error is raised again without a call; with `only_for_all`, only if everything would meet it.
    """

    def __init__(
        self,
        connect: Callable[[], C],
        open_client: Callable[[C], AbstractContextManager[Client]],
        breaker: Breaker,
        *,
        patience: int = 1,
        only_for_all: bool = False,
    ) -> None:
        self._connect, self._open_client = connect, open_client
        self._patience, self._only_for_all = patience, only_for_all
        self._opened = ExitStack()
        self._client: Client | None = None
        self._was_hasty = False
        self.breaker = breaker

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    @property
    def is_hasty(self) -> bool:
        """Whether the project is asked without patience now."""
        return self.breaker.in_a_row >= self._patience

    def client(self) -> Client:
        """Give the client. Raises the last error where asking is hopeless, and what making a connection raises."""
        breaker = self.breaker
        hopeless = breaker.refusal if self._only_for_all or not breaker.is_open else breaker.error
        if hopeless is not None:
            raise hopeless
        if self._client is not None and self.is_hasty is not self._was_hasty:
            self._opened.close()
            self._client = None
        if self._client is None:
            connection = self._connect()
            self._was_hasty = self.is_hasty
            self._client = self._opened.enter_context(
                self._open_client(connection.hasty() if self._was_hasty else connection)
            )
        return self._client

    def ask(self, work: Callable[[Client], Answer]) -> Answer:
        """Let `work` ask. Raises the PolyAIError that it met, or that ended the asking before."""
        client = self.client()
        try:
            answer = work(client)
        except (TransientError, *EVERY_WINDOW) as error:
            self.breaker.fail(error)
            raise
        self.breaker.succeed()
        return answer


@dataclass(slots=True)
class Progress:
    """Says how far a fetch is, every ten seconds: `120 of 1,200 details, 3.1 MB, 24 details a second`.

    `name` says of what, `noun` what is counted, of `total` in all if that is known; bytes and pages where they count.
    """

    name: str
    noun: str
    total: int | None = None
    done: int = 0
    pages: int = 0
    bytes: int = 0
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)

    def add(self, number: int = 1, *, pages: int = 0, size: int = 0) -> None:
        """Count what has come: so many, on so many pages, of so many bytes."""
        self.done += number
        self.pages += pages
        self.bytes += size
        if monotonic() - self.said >= EVERY:
            self.said = monotonic()
            log.info("%s: %s so far", self.name, str(self))

    def __str__(self) -> str:
        of_total = "" if self.total is None else f" of {self.total:,}"
        on_pages = f" in {self.pages:,} pages" if self.pages else ""
        size = f", {self.bytes / 1e6:,.1f} MB" if self.bytes else ""
        rate = self.done / max(monotonic() - self.started, 0.001)
        speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
        return f"{self.done:,}{of_total} {self.noun}{on_pages}{size}, {speed} {self.noun} a second"
