"""A walk by offset through a list that grows at its front.

A conversation that is new while we page pushes all others on, and one that is deleted pulls them back. So each
page begins with the last conversations of the page before: as long as its first one is known, nothing was
missed in between. If it is not, the walk goes back until it meets what it knows. What is new at the front
meanwhile, the next walk will find.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from math import inf

from polyai_assets.api.agents.answers import AgentsPage, AgentsRecord
from polyai_assets.api.errors import UnstableList
from polyai_assets.api.moments import read_moment
from polyai_assets.api.walk import PageTally

Stop = Callable[[AgentsRecord], bool]

_OVERLAP = 5
_MOST_STEPS_BACK = 20
_MOST_IDLE_PAGES = 100
_MOST_BEYOND_COUNT = 100_000
"""Some servers stop counting at 10,000."""


def older_than(moment: datetime) -> Stop:
    """Make a `stop`: whether a conversation began before `moment` (aware). One without a readable time did not."""

    def stop(record: AgentsRecord) -> bool:
        began = read_moment(record.started_at)
        return began is not None and began < moment

    return stop


class NewestFirst:
    """Where a walk is, and what it has seen. Take `offset`, ask for a page there, give it to `take`."""

    def __init__(self, stop: Stop | None = None) -> None:
        self.offset = 0
        self._stop = stop
        self._seen: set[str | bytes] = set()
        self._steps_back = self._step = self._idle = 0
        self._tally = PageTally(inf, "the list")
        self._exhausted = True  # whether all that the list held has been seen, unless the next page has more

    def take(self, page: AgentsPage) -> AgentsPage:
        """Give the page with the records alone that are new to this walk, and say so if it is the last.

        The end is a page without records at or beyond the count. Raises `UnstableList` where the walk does not
        get on, or a page without records comes before that, and `EndlessList` where it has no end.
        """
        identities = list(map(_identity, page.records))
        if not identities and page.offset < page.count:
            raise UnstableList(f"The list has {page.count} conversations, but none at offset {page.offset}.")
        if page.offset and (identities[0] not in self._seen if identities else not self._exhausted):
            self._go_back(page)
            return replace(page, records=[])  # what lies behind a gap may count as seen only after it
        taken = replace(page, records=list(self._new(page.records, identities)))
        if not identities:
            return replace(taken, closed_by="end of list")
        if self._stop is not None and all(map(self._stop, page.records)):
            return replace(taken, closed_by="stop")
        self._tally.add(fresh=len(taken.records), rows=len(page.records), limit=page.limit)
        self._go_on(page, fresh=bool(taken.records))
        return taken

    def _new(
        self, records: Iterable[AgentsRecord], identities: Iterable[str | bytes]
    ) -> Iterator[AgentsRecord]:
        for record, identity in zip(records, identities, strict=True):
            if identity not in self._seen:
                self._seen.add(identity)
                yield record

    def _go_on(self, page: AgentsPage, *, fresh: bool) -> None:
        self._idle = 0 if fresh else self._idle + 1
        if self._idle > _MOST_IDLE_PAGES:
            raise UnstableList(f"{self._idle} pages in a row had no new conversation.")
        if page.offset > page.count + _MOST_BEYOND_COUNT:
            raise UnstableList(f"Offset {page.offset} of {page.count} still has conversations.")
        self._step = 0
        rows, overlap = len(page.records), min(_OVERLAP, page.limit - 1)
        # A page with nothing but the overlap is the end, which the next page has to prove by being empty.
        self._exhausted = rows <= overlap and not fresh
        self.offset += rows if self._exhausted else max(1, rows - overlap)

    def _go_back(self, page: AgentsPage) -> None:
        self._steps_back += 1
        if self._steps_back > _MOST_STEPS_BACK:
            raise UnstableList("The list changes faster than it can be walked, or has no fixed order.")
        self._exhausted = False
        self._step = max(2 * self._step, page.limit)
        self.offset = max(0, page.offset - self._step)


def _identity(record: AgentsRecord) -> str | bytes:
    return record.payload if record.id is None else record.id
