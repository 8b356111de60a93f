"""Asking a project, partition after partition, and no longer than there is hope."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Generic, Self, TypeVar

from polyai_assets.api.errors import TransientError
from polyai_assets.api.project import Connection
from polyai_assets.raw.trouble import EVERY_WINDOW, Breaker

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
