"""Walking from page to page."""

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import CursorRepeated, InvalidQuery, MalformedPage, NothingNew
from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.walk import MAX_EMPTY_PAGES
from polyai_assets_tests.api.conftest import MakeClient
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, last, page

EVERYTHING = ConversationQuery()


def ids(pages: list[Page]) -> list[list[str | None]]:
    return [[record.id for record in one.records] for one in pages]


def test_a_walk_follows_the_cursor_until_it_is_null(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a", "b"], cursor="one"), page(["c"], cursor="two"), last("d"))
    assert ids(list(client.pages(EVERYTHING))) == [["a", "b"], ["c"], ["d"]]
    assert server.asked_for("cursor") == [None, "one", "two"]
    assert server.asked_for("offset") == [None, None, None]


def test_the_cursor_is_followed_where_the_server_gives_an_offset_too(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a"], cursor="one", next_offset=1), last("b"))
    assert ids(list(client.pages(EVERYTHING))) == [["a"], ["b"]]
    assert server.asked_for("cursor") == [None, "one"]
    assert server.asked_for("offset") == [None, None]


def test_a_null_cursor_ends_the_walk_whatever_the_next_offset_says(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a"], cursor=None, next_offset=1))
    pages = list(client.pages(EVERYTHING))
    assert ids(pages) == [["a"]]
    assert pages[0].closed_by == "null cursor"


def test_an_empty_answer_is_one_empty_page(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(last())
    assert ids(list(client.pages(EVERYTHING))) == [[]]


def test_every_page_is_asked_for_with_the_same_filters(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    query = ConversationQuery(
        start_time=datetime(2026, 11, 3, tzinfo=UTC),
        end_time=datetime(2026, 11, 4, tzinfo=UTC),
        channels=("voice", "chat"),
        in_progress=False,
    )
    server.will(page(["a"], cursor="one"), page(["b"], cursor="two"), last("c"))
    list(client.pages(query))
    filters = [
        {name: values for name, values in asked.params.items() if name not in {"cursor", "limit"}}
        for asked in server.asked
    ]
    assert filters[0] == filters[1] == filters[2]
    assert filters[0]["channel"] == ["voice", "chat"]


def test_a_limit_is_always_sent(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(page(["a"], cursor="one"), last("b"))
    list(client.pages(EVERYTHING))
    assert all(int(limit or 0) > 0 for limit in server.asked_for("limit"))


@pytest.mark.parametrize(
    ("start", "name", "value"),
    [(Position(cursor="kept=/+"), "cursor", "kept=/+"), (Position(offset=7), "offset", "7")],
)
def test_a_walk_can_begin_where_another_stopped(
    client: ConversationsClient, server: ScriptedServer, start: Position, name: str, value: str
) -> None:
    server.will(last("b"))
    (only,) = client.pages(EVERYTHING, start=start)
    assert server.asked_for(name) == [value]
    assert only.position == start


def test_a_page_is_asked_for_only_when_the_one_before_was_taken(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a"], cursor="one"), last("b"))
    walk = client.pages(EVERYTHING)
    next(walk)
    assert len(server.asked) == 1


def test_a_page_says_what_a_certificate_needs(client: ConversationsClient, server: ScriptedServer) -> None:
    answer = page(["a", "b"], cursor="one", headers={"x-polyai-correlation-id": "corr-1"})
    server.will(answer)
    first = next(client.pages(EVERYTHING))
    assert first.position == Position()
    assert first.next == Position(cursor="one")
    assert first.closed_by is None
    assert first.bytes == len(answer.body)
    assert first.sha256 == hashlib.sha256(answer.body).hexdigest()
    assert first.correlation_id == "corr-1"
    assert first.limit == int(server.asked_for("limit")[0] or 0)
    assert first.seconds >= 0


def test_one_page_can_be_asked_for_by_itself(client: ConversationsClient, server: ScriptedServer) -> None:
    server.will(page(["z"], cursor="one"))
    probe = client.page(EVERYTHING, position=Position(offset=41), limit=1)
    assert [record.id for record in probe.records] == ["z"]
    assert (server.asked_for("offset"), server.asked_for("limit")) == (["41"], ["1"])


def test_a_cursor_that_comes_back_is_an_error_and_no_loop(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    fresh = count()
    server.serve(
        lambda asked: page([str(next(fresh))], cursor="two" if asked.param("cursor") == "one" else "one")
    )
    with pytest.raises(CursorRepeated, match="us-1/acme/hotel-bot"):
        list(client.pages(EVERYTHING))
    assert len(server.asked) == 3


def test_the_cursor_a_walk_began_with_counts_as_followed(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a"], cursor="start"))
    with pytest.raises(CursorRepeated):
        list(client.pages(EVERYTHING, start=Position(cursor="start")))


@pytest.mark.parametrize("next_offset", [0, 3, 5])
def test_an_offset_that_does_not_go_ahead_is_an_error(
    client: ConversationsClient, server: ScriptedServer, next_offset: int
) -> None:
    server.will(page(["a"], next_offset=next_offset))
    with pytest.raises(CursorRepeated):
        list(client.pages(EVERYTHING, start=Position(offset=5)))


def test_a_page_that_brings_nothing_new_is_an_error_and_no_loop(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    fresh = count()
    server.serve(lambda asked: page(["a", "b"], cursor=f"cursor-{next(fresh)}"))
    with pytest.raises(NothingNew):
        list(client.pages(EVERYTHING))
    assert len(server.asked) == 2


def test_a_page_that_repeats_some_conversations_is_followed(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a", "b"], cursor="one"), last("b", "c"))
    assert ids(list(client.pages(EVERYTHING))) == [["a", "b"], ["b", "c"]]


def test_the_last_page_may_hold_only_what_the_one_before_ended_with(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a", "b"], cursor="one"), page(["b", "c", "d"], cursor="two"), last("c", "d"))
    assert ids(list(client.pages(EVERYTHING))) == [["a", "b"], ["b", "c", "d"], ["c", "d"]]


@pytest.mark.parametrize("repeated", [["a", "b", "c"], ["b"], ["c", "b"], ["a"]])
def test_a_last_page_that_repeats_anything_else_is_an_error(
    client: ConversationsClient, server: ScriptedServer, repeated: list[str]
) -> None:
    server.will(page(["a", "b", "c"], cursor="one"), last(*repeated))
    with pytest.raises(NothingNew):
        list(client.pages(EVERYTHING))


def test_a_page_that_is_not_the_last_has_to_bring_something_new(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a", "b"], cursor="one"), page(["b"], cursor="two"), last("c"))
    with pytest.raises(NothingNew):
        list(client.pages(EVERYTHING))


def test_records_without_an_id_are_told_apart_by_their_bytes(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(
        Answer(body=b'{"conversations": [{"id": 1}], "cursor": "one"}'),
        Answer(body=b'{"conversations": [{"id": 2}], "cursor": "two"}'),
        Answer(body=b'{"conversations": [{"id": 2}], "cursor": "three"}'),
    )
    walk = client.pages(EVERYTHING)
    next(walk)
    next(walk)
    with pytest.raises(NothingNew):
        next(walk)


def test_an_empty_page_in_between_does_not_end_the_walk(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a"], cursor="one"), page([], cursor="two"), last("b"))
    assert ids(list(client.pages(EVERYTHING))) == [["a"], [], ["b"]]


def test_empty_pages_without_end_are_an_error(client: ConversationsClient, server: ScriptedServer) -> None:
    fresh = count()
    server.serve(lambda asked: page([], cursor=f"cursor-{next(fresh)}"))
    with pytest.raises(NothingNew):
        list(client.pages(EVERYTHING))
    assert len(server.asked) == MAX_EMPTY_PAGES + 1


@pytest.mark.parametrize(
    "envelope",
    [
        {"cursor": 7},
        {"cursor": ""},
        {"cursor": ["a"]},
        {"next_offset": "7"},
        {"next_offset": -1},
        {"next_offset": 1.5},
    ],
)
def test_a_way_on_that_cannot_be_followed_is_not_taken_for_the_end(
    make_client: MakeClient, server: ScriptedServer, envelope: dict[str, Any]
) -> None:
    server.serve(lambda asked: page(["a"], **envelope))
    with pytest.raises(MalformedPage):
        list(make_client(max_attempts=2).pages(EVERYTHING))


def test_a_cursor_travels_as_it_came(client: ConversationsClient, server: ScriptedServer) -> None:
    cursor = "a+b/c=&d e%20é"
    server.will(page(["a"], cursor=cursor), last("b"))
    list(client.pages(EVERYTHING))
    assert server.asked_for("cursor") == [None, cursor]


@pytest.mark.parametrize("bad", [{"cursor": "a", "offset": 1}, {"cursor": ""}, {"offset": -1}])
def test_an_impossible_position_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(InvalidQuery):
        Position(**bad)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_that_polyai_does_not_take_is_refused_before_any_call(
    client: ConversationsClient, server: ScriptedServer, limit: int
) -> None:
    with pytest.raises(InvalidQuery):
        client.page(EVERYTHING, limit=limit)
    assert server.asked == []


def test_a_faulty_query_is_refused_before_any_call(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    with pytest.raises(InvalidQuery):
        next(client.pages(ConversationQuery(client_env="production")))
    assert server.asked == []


def find_by_cursor(asked: Asked) -> Answer:
    start = int(asked.param("cursor") or 0)
    end = start + int(asked.param("limit") or 0)
    return page(map(str, range(start, min(end, 2500))), cursor=str(end) if end < 2500 else None)


def test_a_walk_whose_page_size_changes_brings_each_conversation_once(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.serve(find_by_cursor)
    found = [record.id for one in client.pages(EVERYTHING) for record in one.records]
    assert found == list(map(str, range(2500)))
    assert len(set(server.asked_for("limit"))) > 1
