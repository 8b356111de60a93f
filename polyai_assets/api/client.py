"""The v3 conversations list: pages in, one at a time or a whole walk."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

from polyai_assets.api.errors import PolyAIError, TransientError, TruncatedBody
from polyai_assets.api.key import ApiKey
from polyai_assets.api.page import Page, read_page
from polyai_assets.api.page_size import PageSize
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.rate import RateLimit
from polyai_assets.api.refusal import where
from polyai_assets.api.retries import Deadline, logger, retrying
from polyai_assets.api.transport import Transport
from polyai_assets.api.walk import Position, WalkGuard

_BEGINNING = Position()


class ConversationsClient:
    """Asks one project for its conversations. A context manager; may be used by several threads at once.

    `page_size` None adapts it to the weight of the pages. `sleep` and `clock` (seconds, monotonic) are there
    to be replaced in tests. Raises `InvalidKey` for a key that cannot stand in a header, `InvalidQuery` for
    an impossible page size.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        page_size: int | None = None,
        sleep: Callable[[float], Any] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._sleep, self._clock = sleep, clock
        key = ApiKey(connection.api_key, source=connection.key_source, project=connection.project.key)
        self._transport = Transport(connection, key, clock=clock)
        self._rate = RateLimit(connection.requests_per_second, sleep=sleep, clock=clock)
        self._size = PageSize.adaptive() if page_size is None else PageSize.fixed(page_size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def pages(self, query: ConversationQuery, *, start: Position = _BEGINNING) -> Iterator[Page]:
        """Yield all pages from `start` to the end, each asked for when the one before has been taken.

        Raises `InvalidQuery` (on the first page), any `PolyAIError` of a request that failed for good, and
        `CursorRepeated` or `NothingNew`, in place of the page, when the walk does not get on.
        """
        filters = query.params()
        guard = WalkGuard(start)
        position: Position | None = start
        while position is not None:
            page = self._ask(filters, position, self._size)
            with self._located(page.correlation_id):
                guard.check(page)
            position = page.next
            yield page

    def page(self, query: ConversationQuery, *, position: Position = _BEGINNING, limit: int) -> Page:
        """Ask for a page of exactly this limit (1 to 1,000). Raises as `pages`, `PageTooHeavy` for a 413."""
        return self._ask(query.params(), position, PageSize.exact(limit))

    def _ask(self, filters: list[tuple[str, str]], position: Position, size: PageSize) -> Page:
        """Bring the page at `position`, with retries, each of them as long as `size` says by then."""
        deadline = Deadline(self._connection.give_up_after, self._clock)
        broken_before = False

        def attempt() -> Page:
            nonlocal broken_before
            while True:  # a page that is too heavy is asked for again at once, smaller: at most ten times
                limit = size.limit
                try:
                    page = self._fetch(filters, position, limit, size.most_bytes(limit), deadline)
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

        return retrying(self._connection, deadline, sleep=self._sleep)(attempt)

    def _fetch(
        self,
        filters: list[tuple[str, str]],
        position: Position,
        limit: int,
        most_bytes: float,
        deadline: Deadline,
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
        with self._located(answer.correlation_id):
            return read_page(answer, position=position, limit=limit)

    @contextmanager
    def _located(self, correlation_id: str | None) -> Iterator[None]:
        """Add to an error that a 200 gave rise to where it came from."""
        try:
            yield
        except PolyAIError as error:
            error.status, error.correlation_id = 200, correlation_id
            error.add(f"{self._connection.project} {where(self._connection, 200, correlation_id)}")
            raise
