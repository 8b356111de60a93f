"""Walking by offset without losing what drifts.

A page by offset is a slice of a list that others write to meanwhile. What is added before the slice pushes
conversations on, so that they come twice; what is taken away before it pulls conversations back into ground that
was covered, and they never come. No count shows that: for each one lost, one less is counted.

So each page has to begin on ground that this walk has covered: with a conversation that it has fetched, which
started at another moment than the last one did. If a page does not, it is put aside, and asked for again from further
back; at the latest the beginning of the list will do.

Then the walk fetches every conversation that is in the list from its first request to its last, and whose place in
the order of the list stays the same. For let that be so up to some place, but for conversations of the last moment
there: of several that started at the same moment, no document says in which order they come, or that it is the same
twice. The next page holds all that follows its first conversation, which lies before that moment; so the covered
ground goes on without a gap to the end of that page, again but for its last moment. The last page says that nothing
follows, so it has no such moment. This holds for lists by start, ascending or descending, and for any fixed order
without ties.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from polyai_assets.api.errors import NothingNew
from polyai_assets.api.moments import read_moment
from polyai_assets.api.page import Page
from polyai_assets.api.record import Record

MOST_IN_VAIN = 20
"""How many pages in a row may hold nothing new: where many conversations came or went, some do."""

Walked = Iterable[tuple[str, datetime | None]]
"""Identity and start of the records that a walk has fetched, in their order."""


class Overlap:
    """The ground that a walk has covered. `walked` is what an earlier part of it, in another process, has fetched."""

    def __init__(self, walked: Walked = ()) -> None:
        places = list(walked)
        self._covered = {hash(place) for place in places}
        self._open: set[datetime | None] = set()
        """Moments of which there may be more than was fetched: those at which a page ended."""
        self._last_moment(start for _, start in places)
        self._in_vain = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been fetched, so that no page can join on."""
        return not self._covered

    def _last_moment(self, starts: Iterable[datetime | None]) -> None:
        """Take note of the moment at which a page ended, and of how many of its records are of that moment."""
        backwards = list(starts)[::-1]
        last = next((start for start in backwards if start is not None), None)
        at_last = [start in (None, last) for start in backwards]
        self.wanted = (at_last.index(False) if False in at_last else len(at_last)) + 1
        self._open.add(last)

    def joins(self, page: Page) -> bool:
        """Tell whether a page begins on covered ground."""
        if not page.records:
            return False
        identity, start = _place(page.records[0])
        return start is not None and start not in self._open and hash((identity, start)) in self._covered

    def take(self, page: Page) -> Page:
        """Add a page that joins on to the covered ground; returns it without what was fetched before.

        Raises `NothingNew` when too many pages in a row went over covered ground only.
        """
        places = [_place(record) for record in page.records]
        passed: set[int] = set()
        fresh: list[Record] = []
        for record, place in zip(page.records, places, strict=True):
            key = hash(place)
            # Twice in one page is no overlap: then the list itself has it twice.
            if key in self._covered and key not in passed:
                passed.add(key)
            else:
                fresh.append(record)
        if places:
            self._open -= {start for _, start in places}
            self._last_moment(start for _, start in places)
            self._covered.update(map(hash, places))
            self._in_vain = 0 if fresh else self._in_vain + 1
        if self._in_vain > MOST_IN_VAIN and page.next is not None:
            raise NothingNew(
                f"{self._in_vain} pages in a row held only conversations that this walk had seen, and still the "
                "server says there is more."
            )
        return replace(page, records=fresh)


def _place(record: Record) -> tuple[str, datetime | None]:
    return record.identity, read_moment(record.started_at)
