"""The conversations list: pages in, one at a time or a whole walk; searches and samples."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from polyai_assets.api.asking import PageAsker, Params
from polyai_assets.api.errors import InvalidQuery
from polyai_assets.api.halt import Halt
from polyai_assets.api.overlap import Overlap, Walked
from polyai_assets.api.page import Page
from polyai_assets.api.page_size import PageSize
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record
from polyai_assets.api.retrieval import Retrieved
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.api.walk import Position, WalkGuard

_BEGINNING = Position()
MOST_FOUND = 1000
"""How many conversations a search brings unless told otherwise. A semantic one may rank all there are."""


class ConversationsClient:
    """Asks one project for its conversations. A context manager; may be used by several threads at once.

    `page_size` None adapts it to the weight of the pages. `sleep` and `clock` (seconds, monotonic) are there
    to be replaced in tests. Raises `InvalidKey` for a key that cannot stand in a header, `InvalidQuery` for
    an impossible page size.

    An `include_…` that the server refuses with a 400 that names it is left out from then on, with a warning; each page
    says what it came without. `left_out` are those that an earlier client of the same project found to be refused.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        page_size: int | None = None,
        halt: Halt | None = None,
        left_out: Iterable[str] = (),
        sleep: Callable[[float], Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version = API_VERSIONS[connection.api_version]
        self._most_per_day = connection.max_conversations_per_day
        self.halt = halt or Halt()
        self._asker = PageAsker(connection, halt=self.halt, left_out=left_out, sleep=sleep, clock=clock)
        most = self._version.max_limit
        self._size = PageSize.adaptive(most) if page_size is None else PageSize.fixed(page_size, most)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._asker.close()

    def pages(
        self, query: ConversationQuery, *, start: Position = _BEGINNING, walked: Walked = ()
    ) -> Iterator[Page]:
        """Yield all pages from `start` to the end, each asked for when the one before has been taken.

        Together they hold every conversation of the list that stays where it is meanwhile, by cursor and by offset
        (`overlap` says why). A walk that goes on at an offset has to be told what it has `walked`; without, nothing
        is known of what may have drifted past `start`.

        Raises `InvalidQuery` (on the first page), any `PolyAIError` of a request that failed for good, and, in place of
        the page, `CursorRepeated` or `NothingNew` when the walk does not get on, `EndlessList` when it has no end.
        """
        if query.sample is not None:
            raise InvalidQuery(
                "A sample is another one with each request: use sample(), it cannot be walked."
            )
        yield from self._walk(query, self._size, start, Overlap(walked))

    def page(self, query: ConversationQuery, *, position: Position = _BEGINNING, limit: int) -> Page:
        """Ask for a page of exactly this limit. Raises as `pages`, `PageTooHeavy` for a 413."""
        size = PageSize.exact(limit, self._version.max_limit)
        return self._asker.ask(self._params(query), position, size)

    def search(self, query: ConversationQuery, *, most: int = MOST_FOUND) -> Retrieved:
        """Run a search for at most so many conversations, best first.

        Raises as `pages`, and `InvalidQuery` for a query without `query_type`.
        """
        if query.query_type is None:
            raise InvalidQuery("A search needs query_type (transcript or semantic) and query.")
        if most < 1:
            raise InvalidQuery(f"A search for at most {most} conversations finds nothing; ask for 1 or more.")
        longest = self._version.max_limit
        size = PageSize.fixed(min(most, longest), longest)
        found: dict[str, Record] = {}
        goes_on = False
        for page in self._walk(query, size, _BEGINNING, Overlap()):
            for record in page.records:
                found.setdefault(record.identity, record)
            goes_on = page.next is not None
            if len(found) >= most:
                break
        return Retrieved(records=list(found.values())[:most], is_cut=goes_on or len(found) > most)

    def sample(self, query: ConversationQuery, count: int) -> Retrieved:
        """Draw `count` conversations at random (1 to 1,000), or all if there are no more.

        Raises as `page`.
        """
        drawn = self.page(replace(query, sample="random"), limit=count)
        records = {record.identity: record for record in drawn.records}
        return Retrieved(records=list(records.values()), is_cut=len(records) >= count)

    def _params(self, query: ConversationQuery) -> Params:
        return query.params(self._version.name)

    def _walk(
        self, query: ConversationQuery, size: PageSize, start: Position, overlap: Overlap
    ) -> Iterator[Page]:
        filters = self._params(query)
        guard = WalkGuard(start, query, self._most_per_day)
        position: Position | None = start
        while position is not None:
            if position.offset is None or overlap.is_empty:
                page = self._asker.ask(filters, position, size)
            else:
                page = self._ask_joining(filters, position.offset, size, overlap)
            with self._asker.located(page.correlation_id):
                if page.is_by_offset:
                    page = overlap.take(page)
                guard.check(page)
            position = page.next
            yield page

    def _ask_joining(self, filters: Params, offset: int, size: PageSize, overlap: Overlap) -> Page:
        """Bring the page at `offset` so that it begins on covered ground, from as far back as that takes."""
        back = overlap.wanted
        while True:
            begin = max(offset - back, 0)
            page = self._asker.ask(filters, Position(offset=begin), size, covered=offset - begin)
            if begin == 0 or overlap.joins(page):
                return page
            back = max(2 * back, size.limit)
