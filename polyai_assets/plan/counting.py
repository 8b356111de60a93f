"""How many conversations there are, from an API that does not say.

A record at `offset=N-1` and none at `offset=N` means N. Between a record and none lies the number, and a few probes
bring the two so close that the rest does not matter.
"""

from dataclasses import replace
from datetime import datetime
from math import isqrt

from polyai_assets.api.moments import read_moment
from polyai_assets.api.page import Page
from polyai_assets.api.query import ConversationQuery
from polyai_assets.plan.asking import Asker
from polyai_assets.plan.estimate import Estimate

CLOSE = 1.02
"""The probes end when the number is known to lie within this factor."""

_BEYOND = 1_000_000_000  # more conversations than any project has
_GUESS_ERROR = 1.3


class OffsetsIgnored(Exception):
    """The API returns the same conversation whatever the offset: nothing can be counted by it."""


def count_by_offset(asker: Asker, query: ConversationQuery, first: Page, most_calls: int) -> Estimate:
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

    def __init__(self, asker: Asker, query: ConversationQuery, first: Page, most_calls: int) -> None:
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
