"""Walking a list that changes at its front while it is walked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.agents.answers import AgentsPage, AgentsRecord, AgentsStub
from polyai_assets.api.agents.newest_first import NewestFirst, older_than
from polyai_assets.api.errors import UnstableList

MOMENT = datetime(2026, 6, 3, 14, tzinfo=UTC)


def record(id_: str | None, payload: bytes = b"{}", started_at: str | None = None) -> AgentsRecord:
    return AgentsRecord(id=id_, stub=AgentsStub(conversation_id=id_, started_at=started_at), payload=payload)


def page(
    records: list[AgentsRecord], *, offset: int, limit: int = 10, total: int | None = None
) -> AgentsPage:
    """The page of a list that holds these records."""
    return AgentsPage(
        records=records[offset : offset + limit],
        count=len(records) if total is None else total,
        limit=limit,
        offset=offset,
        bytes=0,
        sha256="",
        correlation_id=None,
        seconds=0.0,
    )


def named(*ids: object) -> list[AgentsRecord]:
    return [record(str(id_)) for id_ in ids]


def walk_through(answer: Callable[[int], AgentsPage], found: list[str | None]) -> str | None:
    """Walk from page to page, note what is found, and say how it ended."""
    walk = NewestFirst()
    for _ in range(2000):
        taken = walk.take(answer(walk.offset))
        found += [one.id for one in taken.records]
        if taken.closed_by:
            return taken.closed_by
    return None


class Drifting:
    """A list, newest first, that is told what happens to it between two pages."""

    def __init__(self, size: int) -> None:
        self._fresh = count()
        self.ids = [f"old{number}" for number in range(size)]

    def insert(self, many: int) -> None:
        self.ids[:0] = [f"new{next(self._fresh)}" for _ in range(many)]

    def delete(self, position: int, many: int = 1) -> None:
        if self.ids:
            start = position % len(self.ids)
            del self.ids[start : start + many]


_EVENTS = st.lists(
    st.one_of(
        st.builds(lambda many: lambda drifting: drifting.insert(many), st.integers(0, 40)),
        st.builds(
            lambda position, many: lambda drifting: drifting.delete(position, many),
            st.integers(0, 200),
            st.integers(0, 60),
        ),
    ),
    max_size=12,
)


@given(size=st.integers(0, 120), limit=st.integers(2, 30), events=_EVENTS)
def test_whatever_was_there_all_the_time_is_found_once(
    size: int, limit: int, events: list[Callable[[Drifting], None]]
) -> None:
    drifting = Drifting(size)
    at_first = list(drifting.ids)
    found: list[str | None] = []

    def answer(offset: int) -> AgentsPage:
        if events:
            events.pop()(drifting)
        return page(named(*drifting.ids), offset=offset, limit=limit)

    assert walk_through(answer, found) == "end of list"
    assert len(found) == len(set(found))
    assert set(at_first) & set(drifting.ids) <= set(found)


def test_conversations_that_arrive_meanwhile_cost_none_of_the_others() -> None:
    drifting = Drifting(30)
    found: list[str | None] = []

    def answer(offset: int) -> AgentsPage:
        if offset and len(drifting.ids) < 60:
            drifting.insert(7)
        return page(named(*drifting.ids), offset=offset)

    assert walk_through(answer, found) == "end of list"
    assert [id_ for id_ in found if id_ and id_.startswith("old")] == [f"old{number}" for number in range(30)]


def test_a_list_that_shrinks_below_the_walk_is_not_taken_for_its_end() -> None:
    drifting = Drifting(60)
    walk, found = NewestFirst(), []
    walk.take(page(named(*drifting.ids), offset=0, limit=50))
    drifting.delete(0, 30)
    while True:
        taken = walk.take(page(named(*drifting.ids), offset=walk.offset, limit=50))
        found += [one.id for one in taken.records]
        if taken.closed_by:
            break
    assert found == [f"old{number}" for number in range(50, 60)]


def test_the_walk_goes_back_where_conversations_have_gone_from_its_front() -> None:
    drifting = Drifting(60)
    walk = NewestFirst()
    walk.take(page(named(*drifting.ids), offset=0))
    drifting.delete(0, 9)
    behind_a_gap = walk.take(page(named(*drifting.ids), offset=walk.offset))  # old14 and on
    assert behind_a_gap.records == []
    assert walk.offset == 0
    again = walk.take(page(named(*drifting.ids), offset=walk.offset))
    assert [one.id for one in again.records] == [f"old{number}" for number in range(10, 19)]


def test_records_without_an_id_are_told_apart_by_their_bytes() -> None:
    records = [record(None, b"1"), record(None, b"2"), record(None, b"2")]
    assert [one.payload for one in NewestFirst().take(page(records, offset=0)).records] == [b"1", b"2"]


def test_a_count_that_stops_at_ten_thousand_does_not_end_the_walk() -> None:
    found: list[str | None] = []
    walk_through(lambda offset: page(named(*range(95)), offset=offset, total=40), found)
    assert found == [str(number) for number in range(95)]


def test_a_page_without_records_before_the_end_is_no_end() -> None:
    walk = NewestFirst()
    walk.take(page(named(*range(10)), offset=0, total=20))
    with pytest.raises(UnstableList, match="20 conversations, but none at offset 5"):
        walk.take(page([], offset=walk.offset, total=20))


def test_a_conversation_that_is_listed_twice_does_not_hold_up_the_end() -> None:
    records, walk = named("a", "b", "b", "c"), NewestFirst()
    taken = walk.take(page(records, offset=0))
    while not taken.closed_by:
        taken = walk.take(page(records, offset=walk.offset))
    assert taken.closed_by == "end of list"


@pytest.mark.parametrize("id_", [None, "fresh"])
def test_a_list_without_an_order_is_given_up(id_: str | None) -> None:
    numbers = count()

    def answer(offset: int) -> AgentsPage:
        number = next(numbers)
        return page([record(id_ and f"{id_}{number}", b"%d" % number)] * 1000, offset=offset)

    with pytest.raises(UnstableList, match="no fixed order"):
        walk_through(answer, [])


def test_a_list_that_never_ends_is_given_up() -> None:
    def answer(offset: int) -> AgentsPage:
        records = [record(None)] * offset + named(*range(offset, offset + 1000))
        return page(records, offset=offset, limit=1000, total=10)

    with pytest.raises(UnstableList, match="of 10 still has"):
        walk_through(answer, [])


def test_one_late_conversation_among_older_ones_does_not_end_the_walk() -> None:
    records = [record("a", started_at="2026-06-01T00:00:00Z"), record("b", started_at="2026-06-04T00:00:00Z")]
    assert NewestFirst(older_than(MOMENT)).take(page(records, offset=0)).closed_by is None


@pytest.mark.parametrize(
    ("started_at", "older"),
    [
        ("2026-06-03T13:59:59.999999+00:00", True),
        ("2026-06-03T14:00:00.000000+00:00", False),
        ("2026-06-03T13:59:59Z", True),
        ("2026-06-03T15:30:00+02:00", True),
        ("2026-06-03T13:00:00", True),
        ("Wed, 03 Jun 2026 13:00:00 GMT", True),
        ("yesterday", False),
        ("", False),
        (None, False),
    ],
)
def test_a_conversation_is_older_only_if_its_time_says_so(started_at: str | None, older: bool) -> None:
    assert older_than(MOMENT)(record("a", started_at=started_at)) is older


def test_a_stop_takes_a_moment_in_any_zone() -> None:
    moment = MOMENT.astimezone(timezone(timedelta(hours=5)))
    assert older_than(moment)(record("a", started_at="2026-06-03T13:59:59Z"))
