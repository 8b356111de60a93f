"""Annotations and notes: what was sent, and what is known of it afterwards."""

import json
from typing import Any

import pytest

from polyai_assets.api import errors
from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.writing import ANNOTATION_TYPES, ROLES, Annotation
from polyai_assets_tests.api.agents_answers import listed, success
from polyai_assets_tests.api.conftest import KEY, FakeTime, MakeAgents
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Behaviour,
    ScriptedServer,
    announce,
    chunked,
    close,
    cut,
    drip,
    error,
    reset,
    stall,
)

WRONG = Annotation(turn_id=3, role="agent", annotation_type="wrong_info")
NO_ANSWERS = {
    "reset": reset,
    "closed": close,
    "cut": cut(success(), keep=5),
    "chunks without an end": chunked(success(), finish=False),
    "silence": stall,
    "an interim answer": announce,
    "half JSON": Answer(201, b'{"success": tr'),
    "HTML": Answer(200, b"<html>Log in</html>"),
    "a list": Answer(200, b"[]"),
    "nothing": Answer(200, b""),
    "success is text": success(told="false"),
    "success is null": success(told=None),
    "500": error(500),
    "502": error(502),
    "503": error(503, Retry_After="1"),
    "504": error(504),
    "408": error(408),
    "520": error(520),
}


def no_answers() -> Any:
    return pytest.mark.parametrize("fault", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())


def test_annotations_are_sent_as_polyai_wants_them(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(success())
    agents.annotate("a", [Annotation(turn_id=0, role="user", annotation_type="missing_topic"), WRONG])
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/v1/agents/hotel-bot/conversations/a/annotation")
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["x-api-key"] == KEY
    assert json.loads(asked.body) == {
        "annotations": [
            {"turnId": 0, "role": "user", "annotationType": "missing_topic"},
            {"turnId": 3, "role": "agent", "annotationType": "wrong_info"},
        ]
    }


@pytest.mark.parametrize("text", ["Called back.", "", 'quotes " and \\, lines\nand ☎', "x" * 100_000])
def test_a_note_is_sent_as_it_is(agents: AgentsClient, server: ScriptedServer, text: str) -> None:
    server.will(success())
    agents.note("a", text)
    (asked,) = server.asked
    assert (asked.method, asked.target) == ("POST", "/v1/agents/hotel-bot/conversations/a/note")
    assert json.loads(asked.body) == {"note": text}


@pytest.mark.parametrize(
    "answer", [success(200), success(201), Answer(200, b"{}"), Answer(201, b""), chunked(success())]
)
def test_both_statuses_and_the_default_are_success(
    agents: AgentsClient, server: ScriptedServer, answer: Behaviour
) -> None:
    server.will(answer, answer)
    assert agents.annotate("a", [WRONG]).status in {200, 201}
    assert agents.note("a", "n").status in {200, 201}
    assert len(server.asked) == 2


def test_what_was_written_can_be_quoted_to_support(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(Answer(201, b'{"success": true}', {"x-polyai-correlation-id": "corr-5"}))
    written = agents.annotate("a", [WRONG])
    assert (written.status, written.correlation_id) == (201, "corr-5")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("annotation_type", ANNOTATION_TYPES)
def test_what_polyai_knows_is_taken(role: str, annotation_type: str) -> None:
    assert Annotation(turn_id=0, role=role, annotation_type=annotation_type).role == role


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"turn_id": -1}, "turn_id is -1"),
        ({"turn_id": 1.0}, "turn_id is 1.0"),
        ({"turn_id": True}, "turn_id is True"),
        ({"turn_id": "0"}, "turn_id is '0'"),
        ({"turn_id": None}, "turn_id is None"),
        ({"role": "caller"}, "role is 'caller'; PolyAI has user, agent"),
        ({"role": ""}, "role is ''"),
        ({"annotation_type": "wrong"}, "annotation_type is 'wrong'; PolyAI has missing_topic, "),
    ],
)
def test_an_annotation_that_polyai_does_not_take_cannot_be_made(wrong: dict[str, Any], words: str) -> None:
    fields = {"turn_id": 0, "role": "user", "annotation_type": "wrong_info", **wrong}
    with pytest.raises(errors.InvalidWrite, match=words):
        Annotation(**fields)


def test_no_annotation_is_refused_before_any_call(agents: AgentsClient, server: ScriptedServer) -> None:
    with pytest.raises(errors.InvalidWrite):
        agents.annotate("a", [])
    assert server.asked == []


@pytest.mark.parametrize("text", ["half \ud800", None, 7, b"bytes"])
def test_a_note_that_is_no_text_is_refused_before_any_call(
    agents: AgentsClient, server: ScriptedServer, text: Any
) -> None:
    with pytest.raises(errors.InvalidWrite):
        agents.note("a", text)
    assert server.asked == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (error(400, "BAD", "turn 3 is not there"), errors.WriteRefused),
        (error(409, "BAD", "turn 3 is not there"), errors.WriteRefused),
        (error(413, "BAD", "turn 3 is not there"), errors.WriteRefused),
        (error(422, "BAD", "turn 3 is not there"), errors.WriteRefused),
        (error(401, "BAD", "turn 3 is not there"), errors.Unauthorized),
        (error(403, "BAD", "turn 3 is not there"), errors.Forbidden),
        (error(404, "CONVERSATIONS_NOT_FOUND", "turn 3 is not there"), errors.ConversationNotFound),
        (error(404, "BAD", "turn 3 is not there"), errors.NotFound),
        (error(405, "BAD", "turn 3 is not there"), errors.UnexpectedStatus),
        (error(307, "BAD", "turn 3 is not there", Location="https://elsewhere.test"), errors.RedirectRefused),
    ],
)
def test_a_refusal_is_permanent_and_says_why(
    agents: AgentsClient, server: ScriptedServer, fault: Behaviour, kind: type[errors.PolyAIError]
) -> None:
    server.will(fault, fault)
    for write in (lambda: agents.annotate("a", [WRONG]), lambda: agents.note("a", "n")):
        with pytest.raises(errors.PermanentError, match="turn 3 is not there") as caught:
            write()
        assert type(caught.value) is kind
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [200, 201])
def test_a_success_that_says_no_is_a_refusal(
    agents: AgentsClient, server: ScriptedServer, status: int
) -> None:
    server.will(success(status, told=False), success(status, told=False))
    with pytest.raises(errors.WriteRefused, match=r"nothing was written. \[POST .*/a/annotation: 20"):
        agents.annotate("a", [WRONG])
    with pytest.raises(errors.WriteRefused):
        agents.note("a", "n")
    assert len(server.asked) == 2


@no_answers()
def test_an_annotation_without_an_answer_is_unknown_and_not_sent_again(
    make_agents: MakeAgents, server: ScriptedServer, fault: Behaviour
) -> None:
    server.serve(lambda asked: fault)
    with pytest.raises(errors.OutcomeUnknown, match="look at the conversation before") as caught:
        make_agents(read_timeout=0.1).annotate("a", [WRONG])
    assert not isinstance(caught.value, errors.TransientError | errors.PermanentError)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [202, 204, 206, 303])
def test_a_status_that_may_mean_done_is_unknown(
    agents: AgentsClient, server: ScriptedServer, status: int
) -> None:
    server.will(Answer(status))
    with pytest.raises(errors.OutcomeUnknown) as caught:
        agents.annotate("a", [WRONG])
    assert caught.value.status == status


def test_an_answer_that_drips_for_ever_is_unknown(
    make_agents: MakeAgents, server: ScriptedServer, time: FakeTime
) -> None:
    server.will(drip)

    def clock() -> float:
        time.now += 1
        return time.now

    with pytest.raises(errors.OutcomeUnknown):
        make_agents(give_up_after=20, clock=clock).annotate("a", [WRONG])


def test_an_answer_without_an_end_is_unknown(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(Answer(200, b" " * (2 << 20)))
    with pytest.raises(errors.OutcomeUnknown):
        agents.annotate("a", [WRONG])


def test_an_unknown_outcome_can_be_quoted_to_support(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(error(500, "BUSY", "later", x_polyai_correlation_id="corr-6"))
    with pytest.raises(errors.OutcomeUnknown, match="BUSY: later") as caught:
        agents.annotate("a", [WRONG])
    assert (caught.value.status, caught.value.correlation_id) == (500, "corr-6")


@pytest.mark.parametrize("status", [429, 425])
def test_an_annotation_that_was_not_processed_is_sent_again(
    agents: AgentsClient, server: ScriptedServer, status: int
) -> None:
    server.will(error(status), error(status), success())
    agents.annotate("a", [WRONG])
    assert len({asked.body for asked in server.asked}) == 1
    assert len(server.asked) == 3


def test_an_annotation_waits_as_long_as_the_server_asks(
    agents: AgentsClient, server: ScriptedServer, time: FakeTime
) -> None:
    server.will(error(429, Retry_After="33"), success())
    agents.annotate("a", [WRONG])
    assert time.slept == [33]


def test_after_being_put_off_an_annotation_may_still_become_unknown(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(error(429), error(500), success())
    with pytest.raises(errors.OutcomeUnknown):
        agents.annotate("a", [WRONG])
    assert len(server.asked) == 2


def test_an_annotation_that_was_put_off_to_the_end_was_certainly_not_written(
    make_agents: MakeAgents, server: ScriptedServer
) -> None:
    server.serve(lambda asked: error(429))
    with pytest.raises(errors.RateLimited, match="Gave up after 3 attempts"):
        make_agents(max_attempts=3).annotate("a", [WRONG])


@pytest.mark.parametrize("scheme", ["refused", "no TLS"])
def test_a_server_that_was_not_reached_is_tried_again_and_is_not_unknown(
    make_agents: MakeAgents, server: ScriptedServer, time: FakeTime, scheme: str
) -> None:
    url = "http://127.0.0.1:1" if scheme == "refused" else server.url.replace("http", "https")
    with pytest.raises(errors.ConnectionFailed, match="Gave up after 3 attempts"):
        make_agents(base_url=url, max_attempts=3).annotate("a", [WRONG])
    assert len(time.slept) == 2


def test_an_annotation_has_a_connection_of_its_own(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(listed([]), success(), success(), listed([]))
    agents.list()
    agents.annotate("a", [WRONG])
    agents.annotate("a", [WRONG])
    agents.list()
    first, second, third, fourth = (asked.connection for asked in server.asked)
    assert first == fourth
    assert len({first, second, third}) == 3


@no_answers()
def test_a_note_is_sent_again_until_it_is_taken(
    make_agents: MakeAgents, server: ScriptedServer, fault: Behaviour
) -> None:
    server.will(fault, success())
    make_agents(read_timeout=0.1).note("a", "Called back.")
    assert [json.loads(asked.body) for asked in server.asked] == [{"note": "Called back."}] * 2


def test_a_note_that_is_never_taken_is_a_transient_error(
    make_agents: MakeAgents, server: ScriptedServer
) -> None:
    server.serve(lambda asked: error(500))
    with pytest.raises(errors.ServerError, match="Gave up after 3 attempts"):
        make_agents(max_attempts=3).note("a", "n")
