"""Counting by offset: the interval always holds the number, and few calls are needed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.page import Page, Position
from polyai_assets.api.project import Connection, Project
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record
from polyai_assets.plan.counting import CLOSE, CountedCalls, OffsetsIgnored, count_by_offset

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=100)
QUERY = ConversationQuery(start_time=START, end_time=END, include_latency=True)
NOWHERE = Connection(project=Project("us-1", "acme", "a"), api_key=SecretStr("k"), key_source="here")


class ListOf(CountedCalls):
    """A list of so many conversations, spread over the range as `bend` says: 1 is evenly, more is later."""

    def __init__(
        self, number: int, *, bend: float = 1.0, budget: int = 25, ignores_offset: bool = False
    ) -> None:
        super().__init__(ConversationsClient(NOWHERE), budget)
        self._number, self._bend, self._ignores_offset = number, bend, ignores_offset

    def page(self, query: ConversationQuery, limit: int, position: Position = Position()) -> Page:  # noqa: B008
        self.calls += 1
        begin = 0 if self._ignores_offset else position.offset or 0
        end = min(begin + limit, self._number)
        return Page(
            records=[self._record(place) for place in range(begin, end)],
            position=position,
            next=Position(cursor=str(end)) if end < self._number else None,
            closed_by=None if end < self._number else "null cursor",
            limit=limit,
            bytes=0,
            sha256="",
            correlation_id=None,
            seconds=0.01,
        )

    def _record(self, place: int) -> Record:
        start = START + (END - START) * (place / self._number) ** (1 / self._bend)
        return Record(f"CA{place}", start.isoformat(), False, 0, b"{}")


def first_of(asker: CountedCalls) -> Page:
    return asker.page(QUERY, 50)


@given(number=st.integers(0, 3_000_000), bend=st.sampled_from([0.5, 1.0, 1.0, 3.0]), calls=st.integers(5, 20))
def test_the_number_lies_in_the_interval(number: int, bend: float, calls: int):
    asker = ListOf(number, bend=bend)
    found = count_by_offset(asker, QUERY, first_of(asker), calls)
    assert found.low <= number <= found.high
    assert found.low <= found.likely <= found.high
    assert asker.calls <= 1 + calls


@given(number=st.integers(51, 3_000_000), bend=st.sampled_from([0.5, 1.0, 3.0]))
def test_twenty_calls_bring_it_within_two_percent(number: int, bend: float):
    asker = ListOf(number, bend=bend)
    found = count_by_offset(asker, QUERY, first_of(asker), 20)
    assert found.high <= found.low * CLOSE


def test_an_even_list_takes_about_eight_calls():
    asker = ListOf(123_456)
    count_by_offset(asker, QUERY, first_of(asker), 20)
    assert asker.calls <= 9


def test_a_list_of_one_page_is_counted_by_it():
    asker = ListOf(42)
    found = count_by_offset(asker, QUERY, first_of(asker), 20)
    assert (found.low, found.likely, found.high) == (42, 42, 42)
    assert asker.calls == 1


def test_a_list_that_shrinks_to_nothing_is_empty():
    asker = ListOf(0)
    assert count_by_offset(asker, QUERY, first_of(asker), 20).high == 0


def test_an_api_that_ignores_offsets_is_found_out():
    asker = ListOf(1000, ignores_offset=True)
    with pytest.raises(OffsetsIgnored):
        count_by_offset(asker, QUERY, first_of(asker), 20)


def test_no_call_beyond_the_budget_is_made():
    asker = ListOf(100_000, budget=4)
    found = count_by_offset(asker, QUERY, first_of(asker), 20)
    assert asker.calls == 4
    assert found.low <= 100_000 <= found.high
