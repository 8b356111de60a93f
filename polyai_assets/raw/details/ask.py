"""Asking for details: several at a time, each into the spool as soon as it is there."""

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import (
    ConversationNotFound,
    MalformedAnswer,
    PageTooHeavy,
    PolyAIError,
    UnaddressableConversation,
)
from polyai_assets.api.project import AgentsConnection, Project
from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.raw.asking import Asking
from polyai_assets.raw.details.files import Asked, DetailSpool
from polyai_assets.raw.details.listing import NOTHING_SEEN, Listing, ListPlan, walk
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.progress import Progress
from polyai_assets.raw.trouble import EVERY_CONVERSATION, HOPELESS, Breaker, ask_in_parallel

AT_ONCE = 10
"""Calls that are under way at the same time; their tempo is the connection's `requests_per_second`."""

_HOPELESS_IN_HASTE = 2
"""When a project did not answer before: so few in a row are enough to leave the rest of a day alone."""

_NOT_THERE = "the Agents API has no such conversation"

log = logging.getLogger(__name__)


class DetailRequest(NamedTuple):
    """A conversation to ask for, the state of its record that makes it due, and that of its object in the list."""

    conversation_id: str
    of_payload_sha256: bytes
    listed_sha256: bytes | None = None


def failing_last(requests: Iterable[DetailRequest], failed: Iterable[str]) -> list[DetailRequest]:
    """Put those last that could not be asked for the last time, at the very end those that failed first.

    The others have their turn now: after some in a row that fail, the rest of a day is not tried.
    """
    turns = {name: turn for turn, name in enumerate(reversed([*failed]), start=1)}
    return sorted(requests, key=lambda request: turns.get(request.conversation_id, 0))


class DetailAsker(Asking[AgentsConnection, AgentsClient]):
    """Asks for the conversations of one project, day after day. A context manager.

    When so many in a row failed that it is hopeless, the days after are tried hastily until the API answers.
    """

    def __init__(
        self, project: Project, connect: Callable[[], AgentsConnection], now: Callable[[], datetime]
    ) -> None:
        breaker = Breaker(HOPELESS, EVERY_CONVERSATION)
        super().__init__(connect, AgentsClient, breaker, patience=HOPELESS, only_for_all=True)
        self._project, self._now = project, now

    def look(self, plan: ListPlan) -> Listing:
        """Walk the list. Where that fails nothing is seen, which is no error: every conversation is asked for."""
        try:
            listing = walk(self.client(), plan, self._now())
        except PolyAIError as error:
            log.warning("%s: the list fails, so every conversation is asked for: %s", self._project, error)
            return NOTHING_SEEN
        log.info("%s: %s", self._project, listing.summary(plan))
        return listing

    def ask_day(
        self, partition: Partition, requests: Sequence[DetailRequest], spool: DetailSpool
    ) -> dict[str, PolyAIError]:
        """Ask for conversations of a partition; returns what could not be asked for, and why. The rest is in the spool.

        Those that were tried come first. Raises the PolyAIError that every conversation of the project would meet: a
        second time without a call.
        """
        client = self.client()
        breaker = Breaker(_HOPELESS_IN_HASTE if self.is_hasty else HOPELESS, EVERY_CONVERSATION)
        progress = Progress(str(partition), "fetching", "details", len(requests))
        day = _DetailDay(client, spool, breaker, progress, self._now)
        try:
            with progress:
                day.ask(requests)
        finally:
            if day.done:
                self.breaker.succeed()
            error = breaker.refusal or breaker.error
            if error is not None:
                self.breaker.fail(error, breaker.in_a_row)
        return day.failed


class _DetailDay:
    """The asking for one day; several threads work on it."""

    def __init__(
        self,
        client: AgentsClient,
        spool: DetailSpool,
        breaker: Breaker,
        progress: Progress,
        now: Callable[[], datetime],
    ) -> None:
        self._client, self._spool, self._breaker = client, spool, breaker
        self._progress, self._now = progress, now
        self.done: set[str] = set()
        self.failed: dict[str, PolyAIError] = {}

    def ask(self, requests: Sequence[DetailRequest]) -> None:
        for _ in ask_in_parallel(
            self._ask, requests, self._breaker, self._client.halt, at_once=AT_ONCE, name="details"
        ):
            pass
        if self._breaker.refusal is not None:
            raise self._breaker.refusal
        if self._breaker.is_open and isinstance(self._breaker.error, PolyAIError):
            for request in requests:
                if request.conversation_id not in self.done:
                    self.failed.setdefault(request.conversation_id, self._breaker.error)

    def _ask(self, request: DetailRequest) -> None:
        asked_at = self._now()
        payload = None
        try:
            payload = self._client.get(request.conversation_id)
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
            self.failed[request.conversation_id] = error
            self._breaker.fail(error)
            return
        name = request.conversation_id
        self._spool.add(
            Asked(name, status, reason, asked_at, request.of_payload_sha256, request.listed_sha256), payload
        )
        self._breaker.succeed()
        self.done.add(name)
        self._progress.add()
