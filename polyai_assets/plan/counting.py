"""How many conversations there are, from an API that does not say, with few calls.

A record at `offset=N-1` and none at `offset=N` means N. Between a record and none lies the number, and a few probes
bring the two so close that the rest does not matter. For example:

    a record at 1,000, none at 4,000       so the number lies between
    none at 2,000 (the geometric mean)     between 1,000 and 2,000
    a record at 1,414                      between 1,415 and 2,000
    … until both ends are within 2 % of each other

Where no offset can be asked for, a few days are walked, and stand for all.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import isqrt
from statistics import median

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.moments import read_moment
from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record
from polyai_assets.plan.estimate import Estimate
from polyai_assets.raw.windows import midnight

_BEGINNING = Position()
CLOSE = 1.02
"""The probes end when the number is known to lie within this factor."""
_BEYOND = 1_000_000_000  # more conversations than any project has
_GUESS_ERROR = 1.3
MOST_DAYS = 7
"""One of each weekday: they differ more than weeks do."""
_PAGE = 1000
_MOST_PAGES = 2  # of a day


class CountedCalls:
    """Asks a project for pages, at most `budget` times. `calls` counts them; a retried one counts once."""

    def __init__(self, client: ConversationsClient, budget: int) -> None:
        self._client = client
        self._budget = budget
        self.calls = 0
        self._small: list[Page] = []

    @property
    def left(self) -> int:
        """How many calls are left."""
        return self._budget - self.calls

    def page(self, query: ConversationQuery, limit: int, position: Position = _BEGINNING) -> Page:
        """Ask for a page. Raises as `ConversationsClient.page`."""
        self.calls += 1
        return self._client.page(query, position=position, limit=limit)

    def record_at(self, query: ConversationQuery, offset: int) -> Record | None:
        """Ask for the one conversation at an offset; None if there are not so many."""
        page = self.page(query, 1, Position(offset=offset))
        self._small.append(page)
        return page.records[0] if page.records else None

    def pace(self, pages: Sequence[Page]) -> tuple[float, float]:
        """Say how many seconds a call takes, and how many more a conversation in it; `pages` have some.

        A server that has to count to an offset is slow far into the list. A walk by cursor never meets that, so there
        only what was asked of the beginning counts.
        """
        by_cursor = any(page.next is not None and page.next.cursor is not None for page in pages)
        near = [page for page in pages if page.position.offset is None] or pages
        seconds = [page.seconds for page in self._small] or [min(page.seconds for page in pages)]
        call = min(seconds) if by_cursor else median(seconds)
        counted = near if by_cursor else pages
        return call, max(median((page.seconds - call) / len(page.records) for page in counted), 0.0)


class OffsetsIgnored(Exception):
    """The API returns the same conversation whatever the offset: nothing can be counted by it."""


def count_by_offset(asker: CountedCalls, query: ConversationQuery, first: Page, most_calls: int) -> Estimate:
    """Find between which numbers the number of conversations of a query lies. `first` is its first page.

    Raises OffsetsIgnored, and BadRequest where the API takes no (so big) offset.
    """
    if first.next is None or not first.records:
        return Estimate.exactly(len(first.records))
    bracket = _Bracket(asker, query, first, most_calls)
    guess = _guess(query, first)
    bracket.probe(int(guess * _GUESS_ERROR))
    bracket.probe(int(guess / _GUESS_ERROR))
    factor = 4
    while bracket.high is None and bracket.probe(bracket.low * factor):
        factor = factor * factor
    while not bracket.is_close and bracket.probe(isqrt(bracket.low * (bracket.high or _BEYOND))):
        pass
    high = _BEYOND if bracket.high is None else bracket.high
    return Estimate(bracket.low, (bracket.low + high) // 2, high)


class _Bracket:
    """At least `low` conversations, and at most `high`; None while unknown."""

    def __init__(self, asker: CountedCalls, query: ConversationQuery, first: Page, most_calls: int) -> None:
        self._asker = asker
        # the same list without the weight
        self._query = replace(
            query, include_latency=False, include_turn_metadata=False, include_context_state=False
        )
        self._first = first.records[0].identity
        self._calls_left = most_calls
        self.low = len(first.records)
        self.high: int | None = None

    @property
    def is_close(self) -> bool:
        return self.high is not None and self.high <= self.low * CLOSE

    def probe(self, offset: int) -> bool:
        """Ask at an offset, unless nothing would be learnt; False if there are no calls left for it."""
        if self._calls_left <= 0 or self._asker.left <= 0:
            return False
        if offset < self.low or (self.high is not None and offset >= self.high):
            return True
        self._calls_left -= 1
        record = self._asker.record_at(self._query, offset)
        if record is None:
            self.high = offset
        elif record.identity == self._first or offset >= _BEYOND:
            raise OffsetsIgnored
        else:
            self.low = offset + 1
        return True


def _guess(query: ConversationQuery, first: Page) -> float:
    """Guess by how close together the first page's conversations began, should the list be ordered."""
    starts = [start for record in first.records if (start := read_moment(record.started_at)) is not None]
    if not starts or query.end_time is None:
        return 10.0 * len(first.records)
    covered = max((max(starts) - min(starts)).total_seconds(), 1.0)
    return len(starts) * max(_seconds(min(starts), query.end_time) / covered, 1.0)


def _seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)


def spread(first: date, last: date, most: int = MOST_DAYS) -> list[date]:
    """Choose days between two (both included), evenly spread and of as many weekdays as can be."""
    days = (last - first).days + 1
    if days <= most:
        return [first + timedelta(days=n) for n in range(days)]
    chosen: list[date] = []
    for number in range(most):
        aim = first + timedelta(days=int((number + 0.5) * days / most))
        near = [aim + timedelta(days=off) for off in (0, 1, -1, 2, -2, 3, -3)]
        free = [day for day in near if first <= day <= last and day not in chosen]
        weekdays = {day.weekday() for day in chosen}
        chosen.append(next((day for day in free if day.weekday() not in weekdays), free[0]))
    return sorted(chosen)


def count_by_days(
    asker: CountedCalls, query: ConversationQuery, days: Sequence[date], of: int, most_calls: int
) -> Estimate:
    """Count the conversations of some days, and extrapolate to `of` days.

    A day that is too big to be walked in a few calls counts as at least what came. The interval is no less than 10%.
    """
    counts: list[int] = []
    cut = False
    left = min(asker.left, most_calls)
    for day in days:
        if left <= 0:
            break
        bare = replace(
            of_day(query, day),
            include_latency=False,
            include_turn_metadata=False,
            include_context_state=False,
        )
        pages = _walk(asker, bare, min(left, _MOST_PAGES))
        left -= len(pages)
        counts.append(sum(len(page.records) for page in pages))
        cut = cut or pages[-1].next is not None
    if len(counts) == of and not cut:
        return Estimate.exactly(sum(counts))
    estimate = Estimate.mean_of(counts, least_error=0.1) * of
    return estimate.between(1, 5) if cut else estimate


def of_day(query: ConversationQuery, day: date) -> ConversationQuery:
    """Ask the same of one day only."""
    return replace(query, start_time=midnight(day), end_time=midnight(day + timedelta(days=1)))


def _walk(asker: CountedCalls, query: ConversationQuery, most_pages: int) -> list[Page]:
    pages = [asker.page(query, _PAGE)]
    while len(pages) < most_pages and (following := pages[-1].next) is not None:
        pages.append(asker.page(query, _PAGE, following))
    return pages
