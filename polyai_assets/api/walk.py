"""How a walk from page to page is kept from going in circles, and from going on for ever.

No page tells a long list from an endless one. But a list that ends holds what was asked for, in pages that hold
something, each conversation once, and no more of them than there can be.
"""

from datetime import datetime, timedelta

from polyai_assets.api.errors import CursorRepeated, EndlessList, NothingNew
from polyai_assets.api.moments import read_moment
from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record
from polyai_assets.api.seen_hashes import SeenHashes

MAX_EMPTY_PAGES = 100
"""How many pages in a row may be empty. A server that filters late may send some."""
MAX_ASTRAY_PAGES = 100
"""How many pages in a row may hold nothing of the time that was asked for."""
MOST_MEAGRE = 1000
"""How many empty pages a walk may have beyond what fuller ones outweigh."""
MOST_REPEATED = 10_000
"""How many rows may come again, beyond twice as many as came once."""
_MEAGRE = 50
"""A page is meagre that holds less than this part of what was asked for."""
_NEAR = timedelta(days=1)
"""A time without a zone may be that of any."""


class PageTally:
    """Counts what the pages of a walk hold, and ends a walk that has no end. Knows counts only, so it stays small.

    `most` is how many conversations there can be, and `most_of` what they are the most of, for messages.
    """

    def __init__(self, most: float, most_of: str) -> None:
        self._most, self._most_of = most, most_of
        self._pages = self._fresh = self._rows = 0
        self._meagre = 0.0

    def add(self, *, fresh: int, rows: int, limit: int) -> None:
        """Count a page that is not the last: `rows` of at most `limit`, of which `fresh` came for the first time.

        A page weighs 1 if nothing of it is fresh, 0 if a fiftieth of the limit is, and below that if more is; so pages
        of one conversation where 1,000 were asked for end the walk after about a thousand of them.
        Raises `EndlessList`.
        """
        self._pages += 1
        self._fresh += fresh
        self._rows += rows
        enough = min(limit, max(2, limit // _MEAGRE))
        self._meagre = max(0.0, self._meagre + 1 - fresh / enough)
        if self._meagre > MOST_MEAGRE:
            raise EndlessList(
                f"The list goes on after {self._pages:,} pages that held {self._fresh:,} conversations, where up to "
                f"{limit:,} a page were asked for. If the server only gives so few at a time, set page_size to so "
                "many; if not, ask PolyAI why its list does not end."
            )
        if self._rows - self._fresh > 2 * self._fresh + MOST_REPEATED:
            raise EndlessList(
                f"The list goes on after {self._rows:,} conversations, of which {self._fresh:,} are different ones. "
                "Ask PolyAI why its list repeats itself."
            )
        if self._fresh > self._most:
            raise EndlessList(
                f"The list goes on after {self._fresh:,} conversations, more than {self._most_of} is taken to hold "
                "(max_conversations_per_day). If there can be so many, raise it; if not, ask PolyAI why its list does "
                "not end."
            )


class WalkGuard:
    """Remembers what a walk has followed and seen.

    Of an id, and of a cursor, only the 64-bit hash is kept: a collision of ids could matter only if it befell every
    record of a page.
    """

    def __init__(self, start: Position, query: ConversationQuery, most_per_day: int) -> None:
        self._window = query.start_time, query.end_time
        days = _days(query)
        self._tally = PageTally(days * most_per_day, f"a window of {days} days" if days > 1 else "a day")
        self._astray = 0
        self._cursors = {hash(start.cursor)}
        self._seen = SeenHashes()
        self._before: list[int] = []
        self._empty = 0

    def check(self, page: Page) -> None:
        """Take note of a page.

        Raises `CursorRepeated` or `NothingNew` if the walk would not get on, `EndlessList` if it would for ever.
        """
        fresh = self._check_records(page)
        if page.next is None:
            return
        self._tally.add(fresh=fresh, rows=len(page.records), limit=page.limit)
        self._check_window(page)
        if page.next.cursor is not None:
            cursor = hash(page.next.cursor)
            if cursor in self._cursors:
                raise CursorRepeated("The server handed out a cursor that this walk has followed already.")
            self._cursors.add(cursor)
        elif page.next.offset is not None:
            # By what was asked for: a walk that lost its ground goes back on purpose.
            asked = page.position.offset or 0
            if page.next.offset <= asked:
                raise CursorRepeated(
                    f"The server sent us from offset {asked} to {page.next.offset}: not ahead."
                )

    def _check_records(self, page: Page) -> int:
        """Give how many of the records of a page came for the first time."""
        if not page.records:
            self._empty += 1
            if self._empty > MAX_EMPTY_PAGES and page.next is not None:
                raise NothingNew(
                    f"{self._empty} pages in a row were empty, and still the server says there is more."
                )
            return 0
        self._empty = 0
        identities = [_identity(record) for record in page.records]
        fresh = self._seen.add(identities)
        # Where each page begins with what the one before ended with, the last may hold nothing else.
        is_its_end = len(identities) < len(self._before) and self._before[-len(identities) :] == identities
        self._before = identities
        if not fresh and not (is_its_end and page.next is None):
            raise NothingNew(
                f"A page of {len(page.records)} conversations held none that this walk had not seen."
            )
        return fresh

    def _check_window(self, page: Page) -> None:
        """Look at the first and the last record of a page: whether what was asked for may lie between them."""
        starts = [read_moment(record.started_at) for record in (page.records[:1] + page.records[-1:])]
        is_astray = bool(starts) and all(start is not None and self._is_far(start) for start in starts)
        self._astray = self._astray + 1 if is_astray else 0
        if self._astray > MAX_ASTRAY_PAGES:
            raise EndlessList(
                f"{self._astray} pages in a row held conversations of other times than were asked for. Ask PolyAI why "
                "its list ignores start_time and end_time."
            )

    def _is_far(self, start: datetime) -> bool:
        first, last = self._window
        return (first is not None and start < first - _NEAR) or (last is not None and start > last + _NEAR)


def _days(query: ConversationQuery) -> int:
    """Give the days of a query's window, at least one; one too where it has no window."""
    if query.start_time is None or query.end_time is None:
        return 1
    return max(1, round((query.end_time - query.start_time) / timedelta(days=1)))


def _identity(record: Record) -> int:
    return hash(record.identity)
