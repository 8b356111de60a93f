"""Asking for one page: retried, as long as it can be carried, and without what the deployment does not know."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from polyai_assets.api.errors import (
    BadRequest,
    MalformedPage,
    PolyAIError,
    TransientError,
    TruncatedBody,
)
from polyai_assets.api.halt import Halt
from polyai_assets.api.key import ApiKey
from polyai_assets.api.page import Page, read_page
from polyai_assets.api.page_size import PageSize
from polyai_assets.api.project import Connection
from polyai_assets.api.rate import RateLimit
from polyai_assets.api.refusal import add_words, where
from polyai_assets.api.retries import Deadline, logger, retrying
from polyai_assets.api.transport import Transport
from polyai_assets.api.versions import API_VERSIONS, INCLUDES
from polyai_assets.api.walk import Position

Params = list[tuple[str, str]]


class PageAsker:
    """Asks one project for pages, from any number of threads. Raises `InvalidKey`.

    `sleep` and `clock` (seconds, monotonic) are there to be replaced in tests.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        halt: Halt,
        left_out: Iterable[str],
        sleep: Callable[[float], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._version = API_VERSIONS[connection.api_version]
        self._sleep, self._clock = sleep or halt.sleep, clock
        key = ApiKey(connection.api_key, source=connection.key_source, project=connection.project.key)
        self._key = key
        self._transport = Transport(connection, key, clock=clock, halt=halt)
        self._rate = RateLimit(connection.requests_per_second, sleep=self._sleep, clock=clock)
        self._left_out = frozenset(left_out)
        self._leaving_out = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def ask(self, filters: Params, position: Position, size: PageSize, *, covered: int = 0) -> Page:
        """Bring the page at `position`, each attempt as long as `size` says by then.

        The first `covered` records of it are expected to be known: they come on top of the size.
        """
        deadline = Deadline(self._connection.give_up_after, self._clock)
        broken_before = False
        refused: dict[str, BadRequest] = {}

        def attempt() -> Page:
            nonlocal broken_before
            while True:  # at once: smaller (1 is reached in 13 steps) or without what was refused
                limit = size.limit
                out = self._left_out | refused.keys()
                params = [pair for pair in filters if pair[0] not in out]
                longest = min(limit + covered, self._version.max_limit)
                try:
                    page = self._fetch(params, position, longest, size.most_bytes(limit), deadline)
                except BadRequest as error:
                    named = _details_in(error, params)
                    if not named:
                        raise
                    refused.update(dict.fromkeys(named, error))
                except PolyAIError as error:
                    broken = isinstance(error, TruncatedBody)
                    smaller = size.refused(limit, error, again=broken and broken_before)
                    broken_before = broken_before or broken
                    if isinstance(error, TransientError) or not smaller:
                        raise
                    logger.warning("%s Asking again for %d instead of %d.", error, size.limit, limit)
                else:
                    size.learn(limit=limit, records=len(page.records), size=page.bytes, seconds=page.seconds)
                    self._leave_out(refused)
                    page.left_out = tuple(sorted(name for name, _ in filters if name in out))
                    return page

        return retrying(self._connection, deadline, sleep=self._sleep)(attempt)

    def _leave_out(self, refused: Mapping[str, BadRequest]) -> None:
        """Switch off for good what was refused, now that a page came without it: so it was no accident."""
        with self._leaving_out:
            for name in sorted(refused.keys() - self._left_out):
                project = self._connection.project
                logger.warning("%s: %s is left out from now on: %s", project, name, refused[name])
            self._left_out |= refused.keys()

    def _fetch(
        self, filters: Params, position: Position, limit: int, most_bytes: float, deadline: Deadline
    ) -> Page:
        params = [*filters, ("limit", str(limit))]
        if position.cursor is not None:
            params.append(("cursor", position.cursor))
        if position.offset is not None:
            params.append(("offset", str(position.offset)))
        # quote, not quote_plus: PolyAI wants the spaces of a variant's name as %20
        query_string = urlencode(params, quote_via=quote, safe="")
        self._rate.wait()
        answer = self._transport.get(query_string, seconds_left=deadline.left(), most_bytes=most_bytes)
        with self.located(answer.correlation_id):
            try:
                return read_page(answer, position=position, limit=limit, version=self._version)
            except MalformedPage as error:
                add_words(error, answer.body, self._key)
                raise

    @contextmanager
    def located(self, correlation_id: str | None) -> Iterator[None]:
        """Add to an error that a 200 gave rise to where it came from."""
        try:
            yield
        except PolyAIError as error:
            error.status, error.correlation_id = 200, correlation_id
            error.add(f"{self._connection.project} {where(self._connection, 200, correlation_id)}")
            raise


def _details_in(error: BadRequest, sent: Params) -> set[str]:
    """Return which of the details that were asked for a refusal names."""
    return {name for name, _ in sent if name in INCLUDES and name in error.said}
