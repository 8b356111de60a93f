"""Asking for details: several at a time, each into the spool as soon as it is there."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import NamedTuple

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import (
    ConversationNotFound,
    Forbidden,
    InvalidKey,
    InvalidQuery,
    MalformedAnswer,
    PolyAIError,
    RedirectRefused,
    UnaddressableConversation,
    Unauthorized,
)
from polyai_assets.api.project import Project
from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.raw.details.files import Asked
from polyai_assets.raw.details.spool import DetailSpool

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Calls that are under way at the same time; their tempo is the connection's `requests_per_second`."""

HOPELESS = 5
"""When so many conversations in a row could not be asked for, the rest of their day is not tried."""

_WHOLE_PROJECT = (Unauthorized, Forbidden, RedirectRefused, InvalidKey, InvalidQuery)
"""Errors that every conversation of the project would meet. A 404 without PolyAI's code is not among them: a proxy
may answer so to an id with a slash in it."""

_PROGRESS_EVERY = 10.0  # seconds
_NOT_THERE = "the Agents API has no such conversation"


class Asking(NamedTuple):
    """A conversation to ask for, and the state of its record that makes it due."""

    conversation_id: str
    of_payload_sha256: bytes


@dataclass(slots=True)
class Progress:
    """Says how far the asking for a project is, every ten seconds."""

    project: Project
    total: int
    done: int = 0
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)

    def add(self) -> None:
        """Count a conversation that was asked for."""
        self.done += 1
        if monotonic() - self.said >= _PROGRESS_EVERY:
            self.said = monotonic()
            log.info("%s: %s so far", self.project, self)

    def __str__(self) -> str:
        seconds = max(monotonic() - self.started, 0.001)
        return f"{self.done:,} of {self.total:,} details, {self.done / seconds:,.0f} a second"


class Asker:
    """Asks for the conversations of one day."""

    def __init__(
        self,
        client: AgentsClient,
        spool: DetailSpool,
        progress: Progress,
        now: Callable[[], datetime],
        hopeless: int = HOPELESS,
    ) -> None:
        self._client, self._spool, self._progress, self._now = client, spool, progress, now
        self._hopeless = hopeless
        self._lock = Lock()
        self._in_a_row = 0
        self._done: set[str] = set()
        self._ended_by: BaseException | None = None
        self.failed: dict[str, PolyAIError] = {}
        """Conversations that could not be asked for, after all retries."""

    @property
    def gave_up(self) -> bool:
        """Whether so many failed in a row that the others were not tried."""
        return self._in_a_row >= self._hopeless

    def ask(self, askings: Sequence[Asking]) -> None:
        """Ask for all; what comes is in the spool, and what could not be asked for in `failed`.

        Raises the PolyAIError that every conversation of the project would meet.
        """
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="details") as pool:
            try:
                for _ in pool.map(self._ask, askings):
                    pass
            except BaseException as error:
                self._ended_by = error  # the others need not be tried before the pool ends
                raise
        ended_by = self._ended_by
        if isinstance(ended_by, _WHOLE_PROJECT):
            raise ended_by
        if isinstance(ended_by, PolyAIError):
            for asking in askings:
                if asking.conversation_id not in self._done:
                    self.failed.setdefault(asking.conversation_id, ended_by)

    def _ask(self, asking: Asking) -> None:
        if self._ended_by is not None:
            return
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
            status, reason = UNREADABLE, str(error)
        except PolyAIError as error:
            self._note_failure(asking, error)
            return
        asked = Asked(asking.conversation_id, status, reason, asked_at, asking.of_payload_sha256)
        self._spool.add(asked, payload)
        with self._lock:
            self._in_a_row = 0
            self._done.add(asking.conversation_id)
            self._progress.add()

    def _note_failure(self, asking: Asking, error: PolyAIError) -> None:
        with self._lock:
            self.failed[asking.conversation_id] = error
            self._in_a_row += 1
            if isinstance(error, _WHOLE_PROJECT) or self.gave_up:
                self._ended_by = self._ended_by or error
