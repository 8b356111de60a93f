"""The detail of one conversation, and the way from an id to a path."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api import errors
from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.endpoints import path_part
from polyai_assets.api.agents.writing import Annotation
from polyai_assets_tests.api.agents_answers import detail, success
from polyai_assets_tests.api.conftest import PROJECT, MakeAgents
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Asked,
    Behaviour,
    ScriptedServer,
    cut,
    error,
    gzipped,
)

ID = "CAabcd1234567abcdef1250065d4fc7389"
BELOW = "/v1/agents/hotel-bot/conversations/"
ODD_IDS = [
    "a/b", "/", "//", "it's", "%00", "\x00", "%", "%2F", "a b", " ", "ü☎", "a?b=c", "?", "a#b", "..a", "...", "a/../b",
    "../../other-bot/conversations/x", "/..", "..%2f", "%2E%2E", "%2e", "a\\b", "a;b", "a\r\nX-Other: 1", "*:@&=+$,~",
    "\x7f", "http://elsewhere.test/x", "x" * 500,
]  # fmt: skip
ANNOTATION = Annotation(turn_id=0, role="user", annotation_type="wrong_info")


def test_a_detail_is_asked_for_by_id(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(detail(ID))
    agents.get(ID)
    assert server.asked[0].target == BELOW + ID


@pytest.mark.parametrize(
    "payload",
    [
        rb'{"conversationId":"a","note":"\ud800 half"}',
        b'{"conversationId":"a","note":"\xff not UTF-8"}',
        b'{"note":1,"note":2,"conversationId":"a"}',
        b'{\r\n  "conversationId" : "a",\n\t"turns": [ ]\r\n}',
        b'{"conversationId":"a","polyScore":NaN}',
        b'{"conversationId":"a","deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"conversationId":"\\u0061","turns":7}',
    ],
    ids=["surrogate", "no UTF-8", "duplicate key", "pretty", "NaN", "deep", "escaped id"],
)
def test_a_detail_passes_through_as_it_came(
    agents: AgentsClient, server: ScriptedServer, payload: bytes
) -> None:
    server.will(Answer(body=b"\xef\xbb\xbf\n" + payload + b"\n"), gzipped(Answer(body=payload)))
    assert agents.get("a") == payload
    assert agents.get("a") == payload


@pytest.mark.parametrize(
    "fault",
    [
        Answer(body=b""),
        Answer(body=b"{"),
        Answer(body=b"<html>Log in</html>"),
        Answer(body=b"null"),
        Answer(body=b'{"success": false}'),
        detail("another"),
        cut(detail(ID), keep=30),
        error(500),
        error(429, Retry_After="1"),
    ],
    ids=["empty", "half", "HTML", "null", "no conversation", "another conversation", "cut", "500", "429"],
)
def test_what_is_not_the_detail_is_asked_for_again(
    agents: AgentsClient, make_agents: MakeAgents, server: ScriptedServer, fault: Behaviour
) -> None:
    server.will(fault, detail(ID), fault)
    assert agents.get(ID) == detail(ID).body
    with pytest.raises(errors.TransientError):
        make_agents(max_attempts=1).get(ID)


def test_a_conversation_that_is_not_there_is_told_from_a_project_that_is_not_there(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(
        error(404, "CONVERSATIONS_NOT_FOUND", "no such thing", x_polyai_correlation_id="corr-7"),
        error(404, "PROJECT_NOT_FOUND"),
        Answer(404, b"<html>nginx</html>"),
    )
    with pytest.raises(errors.ConversationNotFound) as missing:
        agents.get(ID)
    for _ in range(2):
        with pytest.raises(errors.NotFound, match="project_id 'hotel-bot'"):
            agents.get(ID)
    assert not isinstance(missing.value, errors.NotFound)
    assert isinstance(missing.value, errors.PermanentError)
    assert (missing.value.status, missing.value.correlation_id) == (404, "corr-7")
    assert f"[GET {BELOW}{ID}: 404 Not Found, correlation id corr-7]" in str(missing.value)
    assert "CONVERSATIONS_NOT_FOUND: no such thing" in str(missing.value)
    assert len(server.asked) == 3


def test_an_envelope_with_odd_values_still_tells_its_code(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(Answer(404, b'{"error_code": "CONVERSATIONS_NOT_FOUND", "error_message": {"en": "no"}}'))
    with pytest.raises(errors.ConversationNotFound):
        agents.get(ID)


@pytest.mark.parametrize("id_", ODD_IDS)
def test_an_odd_id_arrives_as_that_id(agents: AgentsClient, server: ScriptedServer, id_: str) -> None:
    def find(asked: Asked) -> Answer:
        if asked.method == "POST":
            return success()
        return Answer(body=b"RIFF") if asked.path.endswith("/audio") else detail(id_)

    server.serve(find)
    agents.get(id_)
    agents.note(id_, "n")
    agents.annotate(id_, [ANNOTATION])
    with agents.audio(id_) as recording:
        list(recording.chunks())
    for asked, below in zip(server.asked, ("", "/note", "/annotation", "/audio"), strict=True):
        part = asked.target.partition("?")[0].removeprefix(BELOW).removesuffix(below)
        assert unquote(part, errors="strict") == id_
        assert "/" not in part
        assert asked.target.isascii()
        assert " " not in asked.target


@pytest.mark.parametrize("id_", ["", ".", ".."])
def test_an_id_that_no_url_can_carry_is_refused_before_any_call(
    agents: AgentsClient, server: ScriptedServer, id_: str
) -> None:
    for call in (
        lambda: agents.get(id_),
        lambda: agents.audio(id_).__enter__(),
        lambda: agents.note(id_, "n"),
        lambda: agents.annotate(id_, [ANNOTATION]),
    ):
        with pytest.raises(errors.UnaddressableConversation, match=f"{id_!r} of us-1/acme/hotel-bot"):
            call()
    assert server.asked == []


def test_half_a_surrogate_pair_is_no_id(agents: AgentsClient) -> None:
    with pytest.raises(errors.UnaddressableConversation, match="surrogate") as caught:
        agents.get("a\ud800")
    assert str(caught.value).isprintable()
    assert isinstance(caught.value, errors.PermanentError)


@given(st.text(min_size=1).filter(lambda id_: id_ not in {".", ".."}))
def test_an_id_survives_the_path_whatever_is_in_it(id_: str) -> None:
    part = path_part(id_, PROJECT)
    assert unquote(part, errors="strict") == id_
    assert not set(part) & set("/?#\\ ;")
    assert part.isascii()
    assert part.isprintable()
    assert part not in {".", ".."}
