"""The conversations list: pages in, one at a time or a whole walk; searches and samples."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from polyai_assets.api.caller import ApiClient
from polyai_assets.api.errors import BadRequest, InvalidQuery
from polyai_assets.api.halt import Halt
from polyai_assets.api.overlap import Overlap, Walked
from polyai_assets.api.page import Page, Position, read_page
from polyai_assets.api.page_size import PageSize
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import Deadline, logger
from polyai_assets.api.versions import API_VERSIONS, INCLUDES
from polyai_assets.api.walk import WalkGuard

Params = list[tuple[str, str]]
_BEGINNING = Position()
MOST_FOUND = 1000
"""How many conversations a search returns by default. A semantic one may rank all there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """Conversations that a search found or a sample drew, each once, verbatim."""

    records: list[Record]
    """In the server's order: what a search found at place 0 is its best hit."""
    is_cut: bool
    """Whether the server had more to give."""

    @property
    def ids(self) -> list[str]:
        """The conversations' ids in the same order, without records that have none."""
        return [record.id for record in self.records if record.id]


class ConversationsClient(ApiClient):
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
        super().__init__(connection, halt=halt, sleep=sleep, clock=clock)
        self._list = HttpRequest(path=connection.path)
        self._left_out = frozenset(left_out)
        self._leaving_out = threading.Lock()
        most = self._version.max_limit
        self._size = PageSize.adaptive(most) if page_size is None else PageSize.fixed(page_size, most)

    def pages(
        self, query: ConversationQuery, *, start: Position = _BEGINNING, walked: Walked = ()
    ) -> Iterator[Page]:
        """Yield all pages from `start` to the end, each asked for when the one before has been taken.

        Together they hold every conversation of the list that stays where it is meanwhile, by cursor and by offset
        (`overlap` says why). A walk that goes on at an offset needs what it has `walked`; without, nothing
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
        return self._ask(self._params(query), position, size)

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
                page = self._ask(filters, position, size)
            else:
                page = self._ask_joining(filters, position.offset, size, overlap)
            with self._caller.located(self._list, page):
                if page.is_by_offset:
                    page = overlap.take(page)
                guard.check(page)
            position = page.next
            yield page

    def _ask_joining(self, filters: Params, offset: int, size: PageSize, overlap: Overlap) -> Page:
        """Fetch the page at `offset` so that it begins on covered ground, from as far back as that takes."""
        back = overlap.wanted
        while True:
            begin = max(offset - back, 0)
            page = self._ask(filters, Position(offset=begin), size, covered=offset - begin)
            if begin == 0 or overlap.joins(page):
                return page
            back = max(2 * back, size.limit)

    def _ask(self, filters: Params, position: Position, size: PageSize, *, covered: int = 0) -> Page:
        """Fetch the page at `position`, without the details that the deployment refuses.

        The first `covered` records of it are expected to be known: they come on top of the size.
        """
        refused: dict[str, BadRequest] = {}

        def fetch(limit: int, deadline: Deadline) -> Page:
            longest = min(limit + covered, self._version.max_limit)
            while True:  # at once, without what was refused
                out = self._left_out | refused.keys()
                params = [pair for pair in filters if pair[0] not in out]
                request = self._request(params, position, longest)
                try:
                    page = self._caller.read(
                        request,
                        deadline,
                        lambda answer: read_page(
                            answer, position=position, limit=longest, version=self._version
                        ),
                        most_bytes=size.most_bytes(limit),
                    )
                except BadRequest as error:
                    named = _details_in(error, params)
                    if not named:
                        raise
                    refused.update(dict.fromkeys(named, error))
                else:
                    self._leave_out(refused)
                    return replace(page, left_out=tuple(sorted(out & {name for name, _ in filters})))

        return self._caller.adapted(size, fetch)

    def _request(self, params: Params, position: Position, limit: int) -> HttpRequest:
        pairs = [*params, ("limit", str(limit))]
        if position.cursor is not None:
            pairs.append(("cursor", position.cursor))
        if position.offset is not None:
            pairs.append(("offset", str(position.offset)))
        # quote, not quote_plus: PolyAI wants the spaces of a variant's name as %20
        return replace(self._list, query=urlencode(pairs, quote_via=quote, safe=""))

    def _leave_out(self, refused: Mapping[str, BadRequest]) -> None:
        """Switch off for good what was refused, now that a page came without it: so it was no accident."""
        with self._leaving_out:
            for name in sorted(refused.keys() - self._left_out):
                project = self._caller.connection.project
                logger.warning("%s: %s is left out from now on: %s", project, name, refused[name])
            self._left_out |= refused.keys()


def _details_in(error: BadRequest, sent: Params) -> set[str]:
    """Return which of the details that were asked for a refusal names."""
    return {name for name, _ in sent if name in INCLUDES and name in error.said}
