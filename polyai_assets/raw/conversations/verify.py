"""Proving a count by another road than the walk that fetched it.

Example: of 1 and 2 March 240 conversations were fetched by cursor.
    1, 2 March   offset=239 returns one record, offset=240 none: the API counts 240 too, and both days are proven.
                 If offset=240 returns one, the range is cut in halves:
    1 March      119 were fetched; offset=118 returns one, offset=119 none: this day is proven.
    2 March      121 were fetched; offset=120 returns one, offset=121 one: the API has more, and the day is refuted.

`limit`, `offset` and an empty last page are as the documentation of v3 has them. It does not say whether an end of the
range is inclusive, and a count is right or wrong by one. So a range is counted as it was walked, reaching over its
ends, where what was fetched is known too; and an end lies where nothing was fetched.

Of conversations that came more than once, each counts once. By cursor a conversation may come again because pages
overlap, and then the list holds it once; or because the list holds it twice, and then it is counted twice. No count
shows which: 119 conversations and a repeat are as many as 120, of which one was lost. Each counted once, what was
fetched is never more than what is there, and what is there never more than what is listed; so if as many are listed as
were fetched, none is missing. Only where the count is wrong are those that came again looked for in the list by offset,
and what it is seen to hold twice counts twice, of which the same is true.
"""

import logging
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import msgspec

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import BadRequest, PolyAIError
from polyai_assets.api.moments import read_moment
from polyai_assets.api.page import Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record
from polyai_assets.raw.conversations.proof import Proof, ProofState, Road
from polyai_assets.raw.conversations.walk_tally import WalkTally
from polyai_assets.raw.windows import OVERLAP, Window

log = logging.getLogger(__name__)

_STEP = timedelta(milliseconds=1)
_TIGHT = 10 * _STEP
_BEYOND = 1_000_000_000  # an offset that no project reaches
_MOST_CALLS = 100
_MOST_REPEATED = 20
_MOST_TOGETHER = 100
_MOST_BEYOND = 10  # rows to ask for where there is to be none: that one gets lost must not hide the others

BY_WALK, BY_OFFSET = "walk 1", "count by offset"
"""The roads that a count compares, as certificates name them."""


class CountVerifier:
    """Proves the counts of days of one project and environment, with requests that ask for 1 to 100 records.

    `fetched` is what was fetched. `calls` counts the requests.
    """

    def __init__(self, client: ConversationsClient, query: ConversationQuery, fetched: WalkTally) -> None:
        self._client, self._query = client, query
        self._by_day, self._repeated = fetched.by_day, fetched.repeated
        self._near_midnight = list(fetched.near_midnight)
        self._listed_again = Counter[date]()
        self._fewer: set[date] = set()
        self._starts = {start for _, start in self._near_midnight}
        self._uncounted = Proof(state=ProofState.UNPROVEN)
        self.calls = 0

    def verify(self, span: Window) -> dict[date, Proof]:
        """Prove the counts of the days of a range, with at most about a hundred calls. Raises no PolyAIError.

        What was fetched is not lost because it cannot be counted: then it is unproven. But once a range has been
        counted and is wrong, trouble makes none of its days better.
        """
        if self.is_dead:
            return dict.fromkeys(span.dates, self._uncounted)
        before = self.calls
        proofs = self._verify(span)
        return {
            day: msgspec.structs.replace(proof, calls=self.calls - before) for day, proof in proofs.items()
        }

    @property
    def is_dead(self) -> bool:
        """Whether it has turned out that the API cannot be asked that way."""
        return bool(self._uncounted.explanation)

    def _verify(self, span: Window) -> dict[date, Proof]:
        days = span.dates
        try:
            if self._is_right(span):
                wrong: set[date] = set()
            elif self._ignores_offset(span):
                return self._give_up(days, "the API ignores the offset")
            else:
                self._look_for_repeated(span)
                is_right = self._listed_again.total() > 0 and self._is_right(span)
                wrong = set() if is_right else self._wrong_among(span)
        except BadRequest as error:
            return self._give_up(days, f"the API takes no offset ({error})")
        except PolyAIError as error:
            return self._give_up(days, str(error))
        return {day: self._proof(day, day in wrong) for day in days}

    def _give_up(self, days: list[date], cause: str) -> dict[date, Proof]:
        self._uncounted = Proof(state=ProofState.UNPROVEN, explanation=f"not proven by count: {cause}")
        return dict.fromkeys(days, self._uncounted)

    def _proof(self, day: date, is_wrong: bool) -> Proof:
        rows = f"{self._by_day[day]:,} conversations"
        # a count that lacks something proves no other day
        if self._fewer and (day in self._fewer or not is_wrong):
            fewer = "fewer" if day in self._fewer else "fewer than were fetched on other days"
            explanation = f"not proven by count: {rows} were fetched, and by offset the API counts {fewer}"
            return Proof(state=ProofState.UNPROVEN, explanation=explanation)
        if is_wrong:
            repeated = sum(day == repeated_day for repeated_day, _, _ in self._repeated)
            each_once = f", {repeated:,} of them more than once," if repeated else ","
            explanation = f"{rows} were fetched{each_once} but the API counts another number"
            return Proof(state=ProofState.REFUTED, road=Road.OFFSET, explanation=explanation)
        again = self._listed_again[day]
        twice = f"; rows that repeat one: {again:,}" if again else ""
        return Proof(
            state=ProofState.PROVEN,
            road=Road.OFFSET,
            agreed=[BY_WALK, BY_OFFSET],
            explanation=f"the API counts {rows} by offset too{twice}",
        )

    def _look_for_repeated(self, span: Window) -> None:
        """Find out which conversations that came more than once the list by offset holds more than once.

        With pages that overlap there are many, and none of them is listed twice; what is not looked for counts once.
        """
        repeated = [row for row in self._repeated if row[0] in set(span.dates)]
        for day, start, identity in repeated if len(repeated) <= _MOST_REPEATED else []:
            if start is not None:
                query = replace(self._query, start_time=start - OVERLAP, end_time=start + OVERLAP)
                try:
                    rows = self._page(query, offset=0, limit=_MOST_TOGETHER)
                except PolyAIError:
                    rows = []  # not seen to be listed again: so it counts once
                again = max(sum(record.identity == identity for record in rows) - 1, 0)
                self._listed_again[day] += again
                self._near_midnight += again * [(day, start)]

    def _wrong_among(self, span: Window) -> set[date]:
        """Find the days that are wrong where some must be; when that takes too long or fails, doubt them all."""
        if self.calls >= _MOST_CALLS:
            return set(span.dates)
        try:
            if len(span.dates) == 1:
                # What is missing just beyond the day is not held against it.
                tight = replace(span, overlap=min(span.overlap, _TIGHT))
                difference = self._difference(tight, self._listed_beside(tight))
                self._fewer |= set(span.dates) if difference < 0 else set()
                return set(span.dates) if difference else set()
            halves = [half for half in span.cut(2) if not self._is_right(half)]
        except PolyAIError as error:
            log.warning("%s to %s could not be counted one by one: %s", span.dates[0], span.dates[-1], error)
            return set(span.dates)
        return {day for half in halves for day in self._wrong_among(half)}

    def _is_right(self, span: Window) -> bool:
        """Tell whether the API counts exactly what was fetched of a range."""
        return self._difference(span) == 0

    def _difference(self, span: Window, beside: int | None = None) -> int:
        """Compare the count of a range with what was fetched of its days and, unless it is known, `beside` them.

        0: the API counts as many, 1: more, -1: fewer.
        """
        days = set(span.dates)
        rows = sum(self._by_day[day] + self._listed_again[day] for day in days)
        rows += self._fetched_beside(span) if beside is None else beside
        query = self._query_of(span)
        if rows and not self._rows_at(query, rows - 1):
            return -1
        return 1 if self._rows_at(query, rows, limit=_MOST_BEYOND) else 0

    def _query_of(self, span: Window) -> ConversationQuery:
        start, end = self._ends_of(span)
        return replace(self._query, start_time=start, end_time=end)

    def _ends_of(self, span: Window) -> tuple[datetime, datetime]:
        """Give the ends of a range, or the next ones at which nothing was fetched, but never within its days."""
        start, end = span.asked
        step = _STEP if span.overlap else -_STEP
        while start in self._starts:
            start += step
        while end in self._starts:
            end -= step
        return start, end

    def _fetched_beside(self, span: Window) -> int:
        """Count what was fetched, or is listed again, between the ends of a range beside its days."""
        days = set(span.dates)
        first, last = self._ends_of(span)
        return sum(day not in days and first < start < last for day, start in self._near_midnight)

    def _listed_beside(self, span: Window) -> int:
        """Count what is listed between the ends of a range beside its days, whether it was fetched or not.

        The outer ends are those of the count itself. So a time that is written more coarsely than it is filtered by
        (23:59:59Z of a conversation of 23:59:59.7) is counted here where it is counted there.
        """
        first, last = self._ends_of(span)
        beside = 0
        for begin, end in ((first, span.start + _STEP), (span.end - _STEP, last)):
            if begin < end - _STEP:
                query = replace(self._query, start_time=begin, end_time=end)
                rows = self._page(query, offset=0, limit=_MOST_TOGETHER)
                starts = [read_moment(record.started_at) for record in rows]
                beside += sum(start is not None and not span.start <= start < span.end for start in starts)
        return beside

    def _ignores_offset(self, span: Window) -> bool:
        """Tell whether the API returns records where there can be none. If it refuses to look there, it does not."""
        try:
            return self._rows_at(self._query_of(span), _BEYOND) > 0
        except PolyAIError:
            return False

    def _rows_at(self, query: ConversationQuery, offset: int, limit: int = 1) -> int:
        return len(self._page(query, offset=offset, limit=limit))

    def _page(self, query: ConversationQuery, *, offset: int, limit: int) -> list[Record]:
        self.calls += 1
        return self._client.page(query, position=Position(offset=offset), limit=limit).records
