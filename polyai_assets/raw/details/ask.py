"""Asking for details: several at a time, each into the spool as soon as it is there."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock
from types import TracebackType
from typing import NamedTuple, Self

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import (
    ConversationNotFound,
    Forbidden,
    InvalidConnection,
    InvalidKey,
    InvalidQuery,
    MalformedAnswer,
    PageTooHeavy,
    PolyAIError,
    RedirectRefused,
    UnaddressableConversation,
    Unauthorized,
)
from polyai_assets.api.project import AgentsConnection, Project
from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.raw.details.files import Asked
from polyai_assets.raw.details.listing import NOTHING_SEEN, Listing, Plan, walk
from polyai_assets.raw.details.progress import Progress
from polyai_assets.raw.details.spool import DetailSpool
from polyai_assets.raw.partition import Partition

AT_ONCE = 8
"""Calls that are under way at the same time; their tempo is the connection's `requests_per_second`."""

HOPELESS = 5
"""When so many conversations in a row could not be asked for, the rest of their day is not tried, and the days after
it are tried hastily until somebody answers."""

_HASTY = 2
"""Conversations and attempts, once it is hopeless."""

_WHOLE_PROJECT = (Unauthorized, Forbidden, RedirectRefused, InvalidKey, InvalidConnection, InvalidQuery)
"""Errors that every conversation of the project would meet. A 404 without PolyAI's code is not among them: a proxy
may answer so to an id with a slash in it."""

_NOT_THERE = "the Agents API has no such conversation"


log = logging.getLogger(__name__)


class Asking(NamedTuple):
    """A conversation to ask for, the state of its record that makes it due, and that of its object in the list."""

    conversation_id: str
    of_payload_sha256: bytes
    listed_sha256: bytes | None = None


def failing_last(askings: Iterable[Asking], failed: Iterable[str]) -> list[Asking]:
    """Put those last that could not be asked for the last time, at the very end those that failed first.

    The others have their turn now: after some in a row that fail, the rest of a day is not tried.
    """
    turns = {name: turn for turn, name in enumerate(reversed([*failed]), start=1)}
    return sorted(askings, key=lambda one: turns.get(one.conversation_id, 0))


class Asker:
    """Asks for the conversations of one project, day after day. A context manager."""

    def __init__(
        self, project: Project, connect: Callable[[], AgentsConnection], now: Callable[[], datetime]
    ) -> None:
        self._connect, self._now = connect, now
        self._progress = Progress(project)
        self._opened = ExitStack()
        self._client: AgentsClient | None = None
        self._in_a_row = 0
        self._refused: PolyAIError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def look(self, plan: Plan) -> Listing:
        """Walk the list. Where that fails nothing is seen, which is no error: everybody is asked for."""
        project = self._progress.project
        try:
            listing = walk(self._open(hasty=False), plan, self._now())
        except PolyAIError as error:
            log.warning("%s: the list fails, so every conversation is asked for: %s", project, error)
            return NOTHING_SEEN
        log.info("%s: %s", project, listing.told(plan))
        return listing

    def ask(
        self, partition: Partition, askings: Sequence[Asking], spool: DetailSpool
    ) -> dict[str, PolyAIError]:
        """Ask for conversations of a partition; returns what could not be asked for, and why. The rest is in the spool.

        Those that were tried come first. Raises the PolyAIError that every conversation of the project would meet: a
        second time without a call.
        """
        if self._refused is not None:
            raise self._refused
        try:
            return self._ask(partition, askings, spool)
        except PolyAIError as error:
            self._refused = error
            raise

    def _ask(
        self, partition: Partition, askings: Sequence[Asking], spool: DetailSpool
    ) -> dict[str, PolyAIError]:
        hasty = self._in_a_row >= HOPELESS
        self._progress.begin(partition.date, len(askings))
        asked = _Day(self._open(hasty), spool, self._progress, self._now, _HASTY if hasty else HOPELESS)
        try:
            asked.ask(askings)
        finally:
            self._in_a_row = asked.in_a_row if asked.answered else self._in_a_row + asked.in_a_row
            if (self._in_a_row >= HOPELESS) is not hasty:
                self._opened.close()
                self._client = None
        return asked.failed

    def _open(self, hasty: bool) -> AgentsClient:
        """Give the client; `hasty` is what it was made for."""
        if self._client is None:
            connection = self._connect()
            if hasty:
                attempts = min(_HASTY, connection.max_attempts)
                connection = replace(
                    connection, max_attempts=attempts, max_wait=min(5.0, connection.max_wait)
                )
            self._client = self._opened.enter_context(AgentsClient(connection))
        return self._client


class _Day:
    """The asking for one day; several threads work on it."""

    def __init__(
        self,
        client: AgentsClient,
        spool: DetailSpool,
        progress: Progress,
        now: Callable[[], datetime],
        hopeless: int,
    ) -> None:
        self._client, self._spool, self._progress, self._now = client, spool, progress, now
        self._hopeless = hopeless
        self._lock = Lock()
        self._done: set[str] = set()
        self._ended_by: BaseException | None = None
        self.in_a_row = 0
        self.answered = False
        self.failed: dict[str, PolyAIError] = {}

    def ask(self, askings: Sequence[Asking]) -> None:
        with (
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="details") as pool,
            self._client.halt.on_interrupt(),
            self._ending(),
        ):
            for _ in pool.map(self._ask, askings):
                pass
        ended_by = self._ended_by
        if isinstance(ended_by, _WHOLE_PROJECT):
            raise ended_by
        if isinstance(ended_by, PolyAIError):
            for asking in askings:
                if asking.conversation_id not in self._done:
                    self.failed.setdefault(asking.conversation_id, ended_by)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """Let no other conversation be asked for after an exception, in a thread of the pool or in ours."""
        try:
            yield
        except BaseException as error:
            self._ended_by = error
            raise

    def _ask(self, asking: Asking) -> None:
        with self._ending():
            if self._ended_by is None:
                self._ask_now(asking)

    def _ask_now(self, asking: Asking) -> None:
        asked_at = self._now()
        payload = None
        try:
            payload = self._client.get(asking.conversation_id)
            status, reason = FOUND, ""
        except ConversationNotFound:
            status, reason = MISSING, _NOT_THERE
        except UnaddressableConversation as error:
            status, reason = MISSING, str(error)
        except MalformedAnswer as error:
            payload = None if error.payload is None else bytes(error.payload)
            status, reason = UNREADABLE, str(error)
        except PageTooHeavy as error:
            status, reason = UNREADABLE, str(error)
        except PolyAIError as error:
            self._note_failure(asking, error)
            return
        asked = Asked(
            asking.conversation_id, status, reason, asked_at, asking.of_payload_sha256, asking.listed_sha256
        )
        self._spool.add(asked, payload)
        with self._lock:
            self.in_a_row = 0
            self.answered = True
            self._done.add(asking.conversation_id)
            self._progress.add()

    def _note_failure(self, asking: Asking, error: PolyAIError) -> None:
        with self._lock:
            self.failed[asking.conversation_id] = error
            self.in_a_row += 1
            if isinstance(error, _WHOLE_PROJECT) or self.in_a_row >= self._hopeless:
                self._ended_by = self._ended_by or error
