"""Asking a project day after day, and no longer than there is hope."""

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeVar

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import PolyAIError, TransientError
from polyai_assets.api.project import Connection
from polyai_assets.raw.fetch import WHOLE_PROJECT

T = TypeVar("T")

HOPELESS = 3
"""When so many days in a row met passing trouble, the others are not asked for."""


class Asking:
    """Asks a project. A context manager; what it takes to ask is only made when something is asked for.

    An error that every day would meet ends the asking, and so does an outage: what is asked for afterwards raises the
    same error, without a call.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._client: ConversationsClient | None = None
        self._in_a_row = 0
        self._ended_by: PolyAIError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def ask(self, work: Callable[[ConversationsClient], T]) -> T:
        """Let `work` ask. Raises the PolyAIError that it met, or that ended the asking before."""
        if self._ended_by is not None:
            raise self._ended_by
        try:
            answer = work(self._open())
        except TransientError as error:
            self._in_a_row += 1
            if self._in_a_row >= HOPELESS:
                self._ended_by = error
            self._close()  # the next one is asked with less patience
            raise
        except PolyAIError as error:
            if isinstance(error, WHOLE_PROJECT) or self._client is None:
                self._ended_by = error
            raise
        self._in_a_row = 0
        return answer

    def _open(self) -> ConversationsClient:
        if self._client is None:
            connection = self._connect()
            if self._in_a_row:
                attempts = min(3, connection.max_attempts)
                wait = min(5.0, connection.max_wait)
                connection = replace(connection, max_attempts=attempts, max_wait=wait)
            self._client = ConversationsClient(connection)
        return self._client

    def _close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
