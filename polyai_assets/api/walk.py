"""From page to page: where one begins, and how a walk is kept from going in circles."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from polyai_assets.api.endless import PageTally
from polyai_assets.api.errors import CursorRepeated, EndlessList, InvalidQuery, NothingNew
from polyai_assets.api.moments import read_moment
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record

if TYPE_CHECKING:
    from polyai_assets.api.page import Page

MAX_EMPTY_PAGES = 100
"""How many pages in a row may be empty. A server that filters late may send some."""


MAX_ASTRAY_PAGES = 100
"""How many pages in a row may hold nothing of the time that was asked for."""
_NEAR = timedelta(days=1)
"""A time without a zone may be that of any."""


@dataclass(frozen=True)
class Position:
    """Where a page starts; `Position()` is the beginning. At most one of the two. Raises `InvalidQuery`."""

    cursor: str | None = None
    offset: int | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None and self.offset is not None:
            raise InvalidQuery("A position is a cursor or an offset, not both.")
        if self.cursor == "":
            raise InvalidQuery("An empty cursor is no position; the beginning is Position().")
        if self.offset is not None and self.offset < 0:
            raise InvalidQuery(f"Offset {self.offset} is below 0.")


class WalkGuard:
    """Remembers what a walk has followed and seen.

    Of an id, and of a cursor, only the 64-bit hash is kept, a third of the memory: a collision of ids could matter only
    if it befell every record of a page.
    """

    def __init__(self, start: Position, query: ConversationQuery, most_per_day: int) -> None:
        self._window = query.start_time, query.end_time
        days = _days(query)
        self._tally = PageTally(days * most_per_day, f"a window of {days} days" if days > 1 else "a day")
        self._astray = 0
        self._cursors = {hash(start.cursor)}
        self._seen: set[int] = set()
        self._before: list[int] = []
        self._empty = 0

    def check(self, page: "Page") -> None:
        """Take note of a page.

        Raises `CursorRepeated` or `NothingNew` if the walk would not get on, `EndlessList` if it would for ever.
        """
        known = len(self._seen)
        self._check_records(page)
        if page.next is None:
            return
        self._tally.add(fresh=len(self._seen) - known, rows=len(page.records), limit=page.limit)
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

    def _check_records(self, page: "Page") -> None:
        if not page.records:
            self._empty += 1
            if self._empty > MAX_EMPTY_PAGES and page.next is not None:
                raise NothingNew(
                    f"{self._empty} pages in a row were empty, and still the server says there is more."
                )
            return
        self._empty = 0
        known = len(self._seen)
        identities = [_identity(record) for record in page.records]
        self._seen.update(identities)
        # Where each page begins with what the one before ended with, the last may hold nothing else.
        is_its_end = len(identities) < len(self._before) and self._before[-len(identities) :] == identities
        self._before = identities
        if len(self._seen) == known and not (is_its_end and page.next is None):
            raise NothingNew(
                f"A page of {len(page.records)} conversations held none that this walk had not seen."
            )

    def _check_window(self, page: "Page") -> None:
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
