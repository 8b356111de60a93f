"""A list that never ends is left, and one that is only long is walked to its end."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api import walk
from polyai_assets.api.errors import EndlessList, NothingNew, PermanentError
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.walk import MAX_ASTRAY_PAGES, MAX_EMPTY_PAGES, MOST_MEAGRE, MOST_REPEATED, PageTally
from polyai_assets_tests.api.conftest import MakeAgents, MakeClient
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, page

MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
DAY = ConversationQuery(start_time=MIDNIGHT, end_time=MIDNIGHT + timedelta(days=1))


def tally(most: float = 1_000_000) -> PageTally:
    return PageTally(most, "a day")


def pages_until_it_is_left(fresh: Callable[[int], int], *, rows: int = 0, limit: int = 1000) -> int:
    counted = tally()
    for number in range(1, 10_000):
        try:
            counted.add(fresh=fresh(number), rows=max(rows, fresh(number)), limit=limit)
        except EndlessList:
            return number
    return 0


@pytest.mark.parametrize("limit", [5, 100, 1000, 5000])
def test_a_day_of_500_000_conversations_is_not_endless(limit: int) -> None:
    counted = tally()
    for _ in range(500_000 // limit):
        counted.add(fresh=limit, rows=limit, limit=limit)


@given(st.data(), st.integers(1, 5000))
def test_pages_that_hold_a_fiftieth_of_what_was_asked_for_may_come_as_long_as_there_can_be_so_many(
    data: st.DataObject, limit: int
) -> None:
    counted = tally()
    enough = min(limit, max(2, limit // 50))
    fresh = data.draw(st.integers(enough, limit))
    for _ in range(min(3 * MOST_MEAGRE, 1_000_000 // fresh)):
        counted.add(fresh=fresh, rows=fresh, limit=limit)


@pytest.mark.parametrize("limit", [100, 1000, 5000])
@pytest.mark.parametrize(
    "fresh",
    [lambda number: 1, lambda number: 0, lambda number: number % 2, lambda number: 15 * (number % 100 == 0)],
    ids=["one a page", "none", "one on every other page", "some on every hundredth page"],
)
def test_pages_that_hold_next_to_nothing_are_left_after_some_thousand(
    fresh: Callable[[int], int], limit: int
) -> None:
    assert MOST_MEAGRE < pages_until_it_is_left(fresh, limit=limit) < 3 * MOST_MEAGRE


def test_pages_that_repeat_what_was_there_are_left_before_memory_or_disk_is_full() -> None:
    assert pages_until_it_is_left(lambda number: 20, rows=1000) * 1000 < 2 * MOST_REPEATED


def test_pages_that_overlap_by_half_are_not_left() -> None:
    assert pages_until_it_is_left(lambda number: 50, rows=100, limit=100) == 0


def one_more(asked: Asked) -> Answer:
    """Bring one more new conversation, for ever."""
    number = int(asked.param("cursor") or 0) + 1
    return page([f"CA{number}"], cursor=str(number))


def test_a_walk_of_one_more_conversation_a_page_ends_in_a_permanent_error_with_the_remedy(
    make_client: MakeClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_MEAGRE", 30)
    server.serve(one_more)
    message = r"goes on after \d\d pages .* where up to 1,000 a page were asked for.*page_size.*ask PolyAI.*200 OK\]"
    with pytest.raises(EndlessList, match=message) as caught:
        list(make_client().pages(DAY))
    assert isinstance(caught.value, PermanentError)


def full(start: datetime) -> Callable[[Asked], Answer]:
    """Bring full pages of conversations that began then, for ever."""

    def find(asked: Asked) -> Answer:
        first, limit = int(asked.param("cursor") or 0), int(asked.param("limit") or 0)
        records = [{"id": str(first + n), "started_at": start.isoformat()} for n in range(limit)]
        return Answer(body=json.dumps({"conversations": records, "cursor": str(first + limit)}).encode())

    return find


def test_more_conversations_than_a_day_can_hold_are_a_permanent_error_that_names_the_option(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(full(MIDNIGHT))
    client = make_client(max_conversations_per_day=2000, page_size=500)
    with pytest.raises(EndlessList, match=r"after 2,500 conv.*a day.*max_conversations_per_day.*raise it"):
        list(client.pages(DAY))
    with pytest.raises(EndlessList, match=r"after 6,500 conversations, more than a window of 3 days"):
        list(client.pages(ConversationQuery(start_time=MIDNIGHT, end_time=MIDNIGHT + timedelta(days=3))))
    with pytest.raises(EndlessList, match="after 2,500"):
        list(client.pages(ConversationQuery(in_progress=True)))


@pytest.mark.parametrize("days", [-2.5, 3])
def test_a_list_that_ignores_the_time_that_is_asked_for_is_left(
    make_client: MakeClient, server: ScriptedServer, days: float
) -> None:
    server.serve(full(MIDNIGHT + timedelta(days=days)))
    with pytest.raises(EndlessList, match="start_time and end_time"):
        list(make_client(page_size=5).pages(DAY))
    assert len(server.asked) == MAX_ASTRAY_PAGES + 1


@pytest.mark.parametrize("hours", [-20, 12, 44])
def test_times_of_another_zone_are_not_those_of_another_day(
    make_client: MakeClient, server: ScriptedServer, hours: int
) -> None:
    find, numbers = full(MIDNIGHT + timedelta(hours=hours)), count()
    server.serve(lambda asked: find(asked) if next(numbers) < MAX_ASTRAY_PAGES + 5 else page(cursor=None))
    assert len(list(make_client(page_size=5).pages(DAY))) == MAX_ASTRAY_PAGES + 6


def test_an_agents_list_of_one_more_conversation_a_page_is_left(
    make_agents: MakeAgents, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_MEAGRE", 30)

    def find(asked: Asked) -> Answer:
        offset = int(asked.param("offset") or 0)
        records = [{"conversationId": f"CA{number}"} for number in (offset, offset + 1)]
        body = {"conversations": records, "count": 10**9, "limit": 50, "offset": offset}
        return Answer(body=json.dumps(body).encode())

    server.serve(find)
    with pytest.raises(EndlessList):
        list(make_agents().pages())


def test_empty_pages_are_left_sooner(make_client: MakeClient, server: ScriptedServer) -> None:
    server.serve(lambda asked: page(cursor=str(int(asked.param("cursor") or 0) + 1)))
    with pytest.raises(NothingNew):
        list(make_client().pages(DAY))
    assert len(server.asked) == MAX_EMPTY_PAGES + 1
