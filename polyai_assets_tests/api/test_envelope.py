"""An error that is told with a 200 is never taken for an empty day, or a complete one."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from polyai_assets.api import errors
from polyai_assets.api.agents.answers import read_detail
from polyai_assets.api.agents.answers import read_page as read_agents_page
from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.page import Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.split import Envelope, cut_by_scanning, envelope_of, split
from polyai_assets.api.transport import HttpAnswer as Answered
from polyai_assets_tests.api.conftest import MakeAgents, MakeClient
from polyai_assets_tests.api.scripted_server import Answer, ScriptedServer, page

EVERYTHING = ConversationQuery()
DAY = ConversationQuery(
    start_time=datetime(2026, 11, 3, tzinfo=UTC), end_time=datetime(2026, 11, 4, tzinfo=UTC)
)
SEARCH = ConversationQuery(
    start_time=DAY.start_time, end_time=DAY.end_time, query_type="transcript", query="refund"
)

NAMES = [
    "error",
    "errors",
    "error_id",
    "error_code",
    "error_message",
    "errorCode",
    "ErrorMessage",
    "error-id",
]
NOTHING = [None, "", "  ", False, 0, 0.0, [], {}, "null", "None", "false", "0"]
SOMETHING = [
    "upstream timed out",
    "E_1",
    "OK?",
    504,
    1,
    -1,
    True,
    ["timeout"],
    {"code": 1},
    [None],
    "x" * 5000,
]

set_values = st.sampled_from(SOMETHING) | st.text("abc xyz", min_size=1).filter(str.strip)
records = st.lists(st.sampled_from([{"id": "a"}, {"id": "\ud83d"}, {}, 1]), max_size=3)
way_on = st.sampled_from([{}, {"cursor": None}, {"cursor": "next"}, {"next_offset": 3}])
others = st.dictionaries(st.sampled_from(["total", "data", "error_id", "success"]), st.none(), max_size=3)


def body_of(told: dict[str, Any], records: list[Any], *more: dict[str, Any]) -> bytes:
    members: dict[str, Any] = {}
    for part in (*more, told, {"conversations": records}):
        members |= part
    return json.dumps(members).encode()


def scanned(body: bytes) -> Envelope:
    return envelope_of(cut_by_scanning(body))


def agents_page(body: bytes) -> object:
    whole = body[:-1] + b', "count": 0, "limit": 50, "offset": 0}'
    return read_agents_page(Answered(body=whole, sent_id=None, seconds=0), limit=50, offset=0)


READERS: list[Callable[[bytes], object]] = [split, scanned, agents_page]


@given(st.sampled_from(NAMES), set_values, records, way_on, others)
def test_a_member_that_tells_of_an_error_makes_no_page(
    name: str, value: Any, records: list[Any], way_on: dict[str, Any], others: dict[str, Any]
) -> None:
    body = body_of({name: value}, records, way_on, others)
    for read in READERS:
        with pytest.raises(errors.MalformedPage, match=name):
            read(body)


@pytest.mark.parametrize("value", [False, "false", "False", " no ", 0, "0"], ids=repr)
@given(records, way_on)
@example([], {"cursor": None})
def test_a_success_that_says_no_makes_no_page(value: Any, records: list[Any], way_on: dict[str, Any]) -> None:
    for read in READERS:
        with pytest.raises(errors.MalformedPage, match="success: false"):
            read(body_of({"success": value}, records, way_on))


@given(st.sampled_from(NAMES), st.sampled_from(NOTHING), records)
def test_a_member_of_an_error_that_is_not_set_tells_of_none(
    name: str, value: Any, records: list[Any]
) -> None:
    body = body_of({name: value, "success": True}, records, {"cursor": None})
    assert len(split(body).payloads) == len(scanned(body).payloads) == len(records)
    agents_page(body)


@given(records, st.dictionaries(st.text(max_size=100), st.integers(), max_size=30))
def test_members_that_nobody_declared_are_named(records: list[Any], more: dict[str, int]) -> None:
    known = {"conversations", "cursor", "next_offset", "count", "limit", "offset"}
    more = {name: value for name, value in more.items() if name not in known and "err" not in name.lower()}
    body = body_of({"total": 1, "cursor": None}, records, more)
    for found in (split(body).unknown, scanned(body).unknown):
        assert "total" in found or len(more) >= 20
        assert len(found) <= 20
        assert all(name.isprintable() and len(name) <= 80 for name in found)


@pytest.mark.parametrize(
    ("members", "unknown"),
    [
        ({"descriptions": {"conversations": {}}, "success": True, "error": None, "data": None}, ()),
        ({"data": {"conversations": [1]}}, ("data",)),
        ({"total": 30, "partial": True}, ("partial", "total")),
    ],
)
def test_what_is_declared_is_not_unknown(members: dict[str, Any], unknown: tuple[str, ...]) -> None:
    for read in (split, scanned):
        assert read(body_of(members, [1], {"cursor": None})).unknown == unknown


TOLD = [
    {"error": "upstream timed out"},
    {"error_code": "UPSTREAM_TIMEOUT"},
    {"error_id": "7f"},
    {"success": "false"},
    {"errors": ["timeout"]},
    {"success": False, "error": None, "error_message": "later", "data": None},
]
CALLS: dict[str, Callable[[ConversationsClient], object]] = {
    "walk": lambda client: list(client.pages(EVERYTHING)),
    "count by offset": lambda client: client.page(EVERYTHING, position=Position(offset=29), limit=1),
    "search": lambda client: client.search(SEARCH),
    "sample": lambda client: client.sample(DAY, 5),
}


@pytest.mark.parametrize("told", TOLD, ids=repr)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_call_takes_an_error_for_an_empty_list(
    make_client: MakeClient,
    server: ScriptedServer,
    call: Callable[[ConversationsClient], object],
    told: dict[str, Any],
) -> None:
    server.serve(lambda asked: page(cursor=None, **told))
    with pytest.raises(errors.MalformedPage, match="The body is an error"):
        call(make_client(max_attempts=2))
    assert len(server.asked) == 2


@pytest.mark.parametrize("told", TOLD, ids=repr)
def test_the_agents_list_is_not_empty_where_it_tells_of_an_error(
    make_agents: MakeAgents, server: ScriptedServer, told: dict[str, Any]
) -> None:
    server.serve(lambda asked: page(count=0, limit=50, offset=0, **told))
    with pytest.raises(errors.MalformedPage):
        list(make_agents(max_attempts=1).pages())


@pytest.mark.parametrize("told", TOLD, ids=repr)
@pytest.mark.parametrize("who", [{"conversationId": "a"}, {"conversationId": "a", "turns": ["\ud83d"]}, {}])
def test_a_detail_that_tells_of_an_error_is_none(told: dict[str, Any], who: dict[str, Any]) -> None:
    body = json.dumps({**who, **told}).encode()
    with pytest.raises(errors.MalformedAnswer) as caught:
        read_detail(Answered(body=body, sent_id=None, seconds=0), "a")
    assert caught.value.payload == body


@pytest.mark.parametrize("told", [one for one in TOLD if one.get("success") is not False], ids=repr)
def test_a_write_whose_answer_tells_of_an_error_is_not_done(
    make_agents: MakeAgents, server: ScriptedServer, told: dict[str, Any]
) -> None:
    server.serve(lambda asked: Answer(201, json.dumps(told).encode()))
    with pytest.raises(errors.MalformedAnswer, match="does not say whether"):
        make_agents(max_attempts=1).note("a", "hello")


def test_what_the_server_said_of_the_error_is_in_the_message(
    make_client: MakeClient, server: ScriptedServer
) -> None:
    server.serve(lambda asked: page(cursor=None, error="upstream timed out"))
    with pytest.raises(errors.MalformedPage, match=r"`error`.*The server said: upstream timed out\."):
        list(make_client(max_attempts=1).pages(EVERYTHING))


def test_members_of_the_agents_list_that_nobody_declared_are_reported_once(
    make_agents: MakeAgents, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(lambda asked: page(count=0, limit=50, offset=0, total=0))
    list(make_agents().pages())
    assert caplog.messages == ["us-1/acme/hotel-bot: pages have members that are not declared: total"]
