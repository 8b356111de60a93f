"""Searches and samples, against the simulator and against servers that are hard to satisfy."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import InvalidQuery
from polyai_assets.api.project import Connection, Project
from polyai_assets.api.query import ConversationQuery
from polyai_assets.simulator import Clock, SimulatedProject, Simulator
from polyai_assets_tests.api.scripted_server import ScriptedServer, last, page

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
WEEK = ConversationQuery(
    start_time=datetime(2026, 11, 2, tzinfo=UTC), end_time=datetime(2026, 11, 9, tzinfo=UTC)
)
SEMANTIC = replace(WEEK, query_type="semantic", query="breakfast reservation")


@pytest.fixture(scope="module")
def polyai() -> Iterator[tuple[Simulator, str]]:
    hotel = SimulatedProject("us-1", "acme", "hotel-bot", "k", steady=True, conversations_per_day=30)
    simulator = Simulator([hotel], clock=Clock(NOW))
    with simulator.running() as url:
        yield simulator, url


@pytest.fixture
def hotel(polyai: tuple[Simulator, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[ConversationsClient]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    simulator, url = polyai
    simulator.requests.clear()
    connection = Connection(
        project=Project("us-1", "acme", "hotel-bot"),
        api_key=SecretStr("k"),
        key_source="a test",
        base_url=url,
    )
    with ConversationsClient(connection) as client:
        yield client


def test_a_search_brings_the_best_hits_first_in_the_servers_order(hotel: ConversationsClient) -> None:
    everything = hotel.search(SEMANTIC)
    assert len(everything.ids) > 10
    assert not everything.is_cut
    assert hotel.search(SEMANTIC, most=4).ids == everything.ids[:4]
    assert hotel.search(SEMANTIC, most=4).is_cut


def test_a_search_brings_records_verbatim(hotel: ConversationsClient) -> None:
    found = hotel.search(SEMANTIC, most=1)
    whole = {record.id: record.payload for one in hotel.pages(WEEK) for record in one.records}
    assert found.records[0].payload == whole[found.ids[0]]


def test_a_transcript_search_can_look_at_one_side(hotel: ConversationsClient) -> None:
    both = replace(WEEK, query_type="transcript", query="front desk")
    callers = hotel.search(replace(both, turn_type="user")).ids
    assert set(callers) < set(hotel.search(both).ids)


def test_a_search_over_several_pages_keeps_its_ranks(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["b", "a"], cursor="one"), page(["d", "b"], cursor="two"), last("c"))
    assert client.search(SEMANTIC).ids == ["b", "a", "d", "c"]


def test_a_search_asks_for_no_more_than_it_was_told(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a", "b"], cursor="one"), page(["c", "d"], cursor="two"))
    found = client.search(SEMANTIC, most=3)
    assert (found.ids, found.is_cut) == (["a", "b", "c"], True)
    assert server.asked_for("limit") == ["3", "3"]


def test_a_search_travels_as_polyai_documents_it(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(last("a"))
    client.search(
        replace(
            WEEK,
            query_type="transcript",
            query="late check-out",
            turn_type="user",
            channels=("voice", "chat"),
        )
    )
    assert (
        "channel=voice&channel=chat&query_type=transcript&query=late%20check-out&turn_type=user"
        in server.asked[0].target
    )


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({"query_type": None, "query": None}, 1),
        ({"query": None}, 1),
        ({"turn_type": "user"}, 1),
        ({"sample": "random"}, 1),
        ({"end_time": None}, 1),
        ({}, 0),
    ],
)
def test_a_search_that_makes_no_sense_is_refused_before_any_call(
    client: ConversationsClient, server: ScriptedServer, changes: dict[str, Any], most: int
) -> None:
    with pytest.raises(InvalidQuery):
        client.search(replace(SEMANTIC, **changes), most=most)
    assert server.asked == []


def test_a_sample_is_drawn_from_the_whole_window(hotel: ConversationsClient) -> None:
    everything = {record.id for one in hotel.pages(WEEK) for record in one.records}
    first, second = hotel.sample(WEEK, 20), hotel.sample(WEEK, 20)
    assert set(first.ids) <= everything
    assert len(set(first.ids)) == len(first.records) == 20
    assert first.ids != second.ids
    assert len({record.started_at[:10] for record in first.records if record.started_at}) > 3


def test_a_sample_of_more_than_there_are_brings_all(hotel: ConversationsClient) -> None:
    drawn = hotel.sample(WEEK, 1000)
    assert len(drawn.ids) == 7 * 30
    assert not drawn.is_cut


def test_a_sample_is_one_request(polyai: tuple[Simulator, str], hotel: ConversationsClient) -> None:
    hotel.sample(WEEK, 7)
    (request,) = polyai[0].requests
    assert (request.query["sample"], request.query["limit"]) == (["random"], ["7"])


@pytest.mark.parametrize(
    ("query", "size"), [(WEEK, 0), (WEEK, 1001), (SEMANTIC, 5), (ConversationQuery(), 5)]
)
def test_a_sample_that_makes_no_sense_is_refused_before_any_call(
    client: ConversationsClient, server: ScriptedServer, query: ConversationQuery, size: int
) -> None:
    with pytest.raises(InvalidQuery):
        client.sample(query, size)
    assert server.asked == []


def test_a_sample_is_not_walked(client: ConversationsClient, server: ScriptedServer) -> None:
    fresh = count()
    server.serve(lambda asked: page([str(next(fresh))], next_offset=next(fresh)))
    with pytest.raises(InvalidQuery, match="sample"):
        list(client.pages(replace(WEEK, sample="random")))
    assert server.asked == []
