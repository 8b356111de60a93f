"""Proving a count by another road than the walk that brought it.

`offset=N-1` must bring one record and `offset=N` none: then the API counts N, whatever its cursors did. A range is
proven as a whole with two calls; only a range that fails is cut in halves, until the days that are wrong stand
alone.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from polyai_assets.api.client import ConversationsClient
from polyai_assets.api.errors import BadRequest, PolyAIError
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.walk import Position
from polyai_assets.raw.windows import midnight

log = logging.getLogger(__name__)

_TICK = timedelta(microseconds=1)
_BEYOND = 1_000_000_000  # an offset that no project reaches
_MOST_CALLS = 100


@dataclass(frozen=True, slots=True)
class CountProof:
    """Whether the API counts as many conversations for a day as were fetched.

    `proven` is None where the API cannot be asked that way.
    """

    proven: bool | None
    explanation: str


class CountVerifier:
    """Proves the counts of days of one project and environment.

    `records` are all that were fetched: the day that each was found on, and its start, where it has one.
    """

    def __init__(
        self,
        client: ConversationsClient,
        query: ConversationQuery,
        records: Iterable[tuple[date, datetime | None]],
    ) -> None:
        self._client = client
        self._query = query
        self._by_day = Counter[date]()
        self._at_the_end = Counter[date]()
        for day, start in records:
            self._by_day[day] += 1
            if start is not None and start + _TICK == midnight(day + timedelta(days=1)):
                self._at_the_end[day] += 1
        self.calls = 0

    def verify(self, days: Sequence[date]) -> dict[date, CountProof]:
        """Prove the counts of consecutive days, with at most about a hundred calls.

        What was fetched is not lost because it cannot be counted: then `proven` is None.
        """
        try:
            if self._is_right(days):
                wrong: set[date] = set()
            elif self._ignores_offset(days):
                return dict.fromkeys(
                    days, CountProof(None, "not proven by count: the API ignores the offset")
                )
            else:
                wrong = self._wrong_among(days)
        except BadRequest as error:
            return dict.fromkeys(
                days, CountProof(None, f"not proven by count: the API takes no offset ({error})")
            )
        except PolyAIError as error:
            return dict.fromkeys(days, CountProof(None, f"not proven by count: {error}"))
        return {day: self._proof(day, day in wrong) for day in days}

    def _proof(self, day: date, is_wrong: bool) -> CountProof:
        rows = self._by_day[day]
        if is_wrong:
            return CountProof(
                False, f"{rows:,} conversations were fetched, but the API counts another number"
            )
        return CountProof(True, f"the API counts {rows:,} conversations by offset too")

    def _wrong_among(self, days: Sequence[date]) -> set[date]:
        """Find the days that are wrong where some must be; when that takes too long, doubt them all."""
        if len(days) == 1 or self.calls >= _MOST_CALLS:
            return set(days)
        middle = len(days) // 2
        halves = [half for half in (days[:middle], days[middle:]) if not self._is_right(half)]
        return {day for half in halves for day in self._wrong_among(half)}

    def _is_right(self, days: Sequence[date]) -> bool:
        """Compare the count of a range.

        Nobody says whether the end of a range belongs to it. So the range ends a microsecond before midnight;
        what was fetched of that very microsecond may be counted or not.
        """
        most = sum(self._by_day[day] for day in days)
        least = most - self._at_the_end[days[-1]]
        query = replace(
            self._query,
            start_time=midnight(days[0]),
            end_time=midnight(days[-1] + timedelta(days=1)) - _TICK,
        )
        return (least == 0 or self._rows_at(query, least - 1) > 0) and self._rows_at(query, most) == 0

    def _ignores_offset(self, days: Sequence[date]) -> bool:
        """Tell whether the API returns records where there can be none."""
        query = replace(
            self._query, start_time=midnight(days[0]), end_time=midnight(days[-1] + timedelta(days=1))
        )
        return self._rows_at(query, _BEYOND) > 0

    def _rows_at(self, query: ConversationQuery, offset: int) -> int:
        self.calls += 1
        return len(self._client.page(query, position=Position(offset=offset), limit=1).records)
