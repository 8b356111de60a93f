"""The list of the Agents API, page by page and as a walk."""

import hashlib
import json
from datetime import UTC, datetime

import pytest

from polyai_assets.api import errors
from polyai_assets.api.agents.answers import AgentsPage
from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.newest_first import older_than
from polyai_assets_tests.api.agents_answers import listed, sliced, summary
from polyai_assets_tests.api.conftest import KEY, MakeAgents
from polyai_assets_tests.api.scripted_server import Answer, Asked, Behaviour, ScriptedServer, cut, error


def ids(*pages: AgentsPage) -> list[str | None]:
    return [record.id for page in pages for record in page.records]


def envelope(*records: bytes, count: int = 1) -> Answer:
    body = b'{"conversations": [%b], "count": %d, "limit": 50, "offset": 0}' % (b", ".join(records), count)
    return Answer(body=body)


def test_a_page_is_asked_for_by_limit_and_offset(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(listed(["a", "b"], count=40, offset=20))
    page = agents.list(limit=10, offset=20)
    assert server.asked[0].path == "/v1/agents/hotel-bot/conversations"
    assert server.asked[0].params == {"limit": ["10"], "offset": ["20"]}
    assert (ids(page), page.count, page.limit, page.offset) == (["a", "b"], 40, 10, 20)


def test_the_key_is_sent_as_x_api_key(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(listed([]))
    agents.list()
    assert server.asked[0].headers["x-api-key"] == KEY
    assert server.asked_for("limit") == ["50"]


def test_a_base_url_may_have_a_path_of_its_own(make_agents: MakeAgents, server: ScriptedServer) -> None:
    server.will(listed([]))
    make_agents(base_url=f"{server.url}/polyai/").list()
    assert server.asked[0].path == "/polyai/v1/agents/hotel-bot/conversations"


def test_a_page_says_what_can_be_proven_by_it(agents: AgentsClient, server: ScriptedServer) -> None:
    answer = listed(["a"], headers={"x-polyai-correlation-id": "corr-1"})
    server.will(answer)
    page = agents.list()
    assert (page.bytes, page.sha256) == (len(answer.body), hashlib.sha256(answer.body).hexdigest())
    assert page.correlation_id == "corr-1"


def test_of_a_record_is_read_what_is_needed_to_decide(agents: AgentsClient, server: ScriptedServer) -> None:
    record = summary("a", channel="VOICE-SIP", handoff=True, clientEnv="live", finishedAt=None)
    server.will(envelope(json.dumps(record).encode()))
    (found,) = agents.list().records
    assert (found.id, found.started_at) == ("a", "2026-06-03T14:00:38.580000+00:00")
    assert (found.stub.channel, found.stub.handoff, found.stub.client_env) == ("VOICE-SIP", True, "live")
    assert (found.stub.finished_at, found.stub.in_progress) == (None, False)


@pytest.mark.parametrize(
    "payload",
    [
        rb'{"conversationId":"a","note":"\ud800 half"}',
        b'{"conversationId":"a","note":"\xff not UTF-8"}',
        b'{"note":1,"note":2,"conversationId":"a"}',
        b'{\n  "conversationId" : "a",\n\t"turns": [ ]\n}',
        b'{"conversationId":"a","polyScore":NaN}',
        b'{"conversationId":"a","deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
        '{"conversationId":"a","note":"naïve ☎"}'.encode(),
        b'{"conversationId":"a","startedAt":7,"inProgress":"yes"}',
    ],
    ids=["surrogate", "no UTF-8", "duplicate key", "pretty", "NaN", "deep", "text", "types"],
)
def test_a_record_passes_through_as_it_came(
    agents: AgentsClient, server: ScriptedServer, payload: bytes
) -> None:
    server.will(envelope(payload, b'{"conversationId": "b"}', count=2))
    page = agents.list()
    assert page.records[0].payload == payload
    assert ids(page) == ["a", "b"]
    assert page.count == 2


def test_a_record_without_an_id_is_kept(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(envelope(b'{"conversationId": null}', b'"odd"', count=2))
    assert [(record.id, record.payload) for record in agents.list().records] == [
        (None, b'{"conversationId": null}'),
        (None, b'"odd"'),
    ]


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\n\n "])
def test_what_stands_before_a_page_does_no_harm(
    agents: AgentsClient, server: ScriptedServer, start: bytes
) -> None:
    server.will(Answer(body=start + listed(["a"]).body))
    assert ids(agents.list()) == ["a"]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{}",
        b'{"conversations": {}, "count": 0}',
        b'{"conversations": []}',
        b'{"conversations": [], "count": null}',
        b'{"conversations": [], "count": "7"}',
        b'{"conversations": [], "count": -1}',
        b'{"conversations": [], "count": 7, "offset": 3}',
        b'{"conversations": [{"note": "\xff"}], "count": 1.5}',
    ],
)
def test_what_is_no_page_is_asked_for_again(
    agents: AgentsClient, make_agents: MakeAgents, server: ScriptedServer, body: bytes
) -> None:
    server.will(Answer(body=body), listed(["a"]), Answer(body=body))
    assert ids(agents.list()) == ["a"]
    with pytest.raises(errors.MalformedPage, match=r"GET /v1/agents/hotel-bot/conversations: 200 OK"):
        make_agents(max_attempts=1).list()


@pytest.mark.parametrize(
    "fault",
    [
        error(429),
        error(500),
        error(503),
        cut(listed(["a"]), keep=20),
        Answer(body=b"<html>Log in</html>"),
        Answer(body=listed(["a"]).body[:-1]),
    ],
)
def test_what_may_pass_is_retried(agents: AgentsClient, server: ScriptedServer, fault: Behaviour) -> None:
    server.will(fault, listed(["a"]))
    assert ids(agents.list()) == ["a"]


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": -1}, {"offset": -1}])
def test_an_impossible_page_is_refused_before_any_call(
    agents: AgentsClient, server: ScriptedServer, wrong: dict[str, int]
) -> None:
    with pytest.raises(errors.InvalidQuery):
        agents.list(**wrong)
    assert server.asked == []


@pytest.mark.parametrize("limit", [0, 1, 1001])
def test_an_impossible_walk_is_refused_before_any_call(
    agents: AgentsClient, server: ScriptedServer, limit: int
) -> None:
    with pytest.raises(errors.InvalidQuery):
        next(agents.pages(limit=limit))
    assert server.asked == []


def test_a_walk_brings_every_conversation_once_and_proves_its_end(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    everything = [f"c{number}" for number in range(123)]
    server.serve(lambda asked: sliced(everything, asked))
    pages = list(agents.pages(limit=20))
    assert ids(*pages) == everything
    assert pages[-1].closed_by == "end of list"
    assert [page.closed_by for page in pages[:-1]] == [None] * (len(pages) - 1)
    assert server.asked_for("offset")[-1] == "123"


def test_an_empty_list_is_one_page(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(listed([]))
    (only,) = agents.pages()
    assert (ids(only), only.closed_by) == ([], "end of list")


def test_a_walk_ends_with_the_page_that_is_old_enough(agents: AgentsClient, server: ScriptedServer) -> None:
    records = [
        summary(f"c{day}", startedAt=f"2026-06-{day:02}T12:00:00.000000+00:00") for day in range(30, 0, -1)
    ]

    def find(asked: Asked) -> Answer:
        offset, limit = int(asked.param("offset") or 0), int(asked.param("limit") or 0)
        payloads = [json.dumps(record).encode() for record in records[offset : offset + limit]]
        body = b'{"conversations": [%b], "count": 30}' % b",".join(payloads)
        return Answer(body=body)

    server.serve(find)
    pages = list(agents.pages(limit=10, stop=older_than(datetime(2026, 6, 15, 13, tzinfo=UTC))))
    assert pages[-1].closed_by == "stop"
    assert ids(*pages) == [f"c{day}" for day in range(30, 5, -1)]  # whole pages: one late record ends nothing
    assert server.asked_for("offset") == ["0", "5", "10", "15"]


def test_a_page_is_asked_for_only_when_the_one_before_was_taken(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.serve(lambda asked: sliced(list(map(str, range(100))), asked))
    next(agents.pages(limit=10))
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [413, 504])
def test_a_page_too_heavy_for_the_server_is_asked_for_in_parts(
    agents: AgentsClient, server: ScriptedServer, status: int
) -> None:
    everything = [f"c{number}" for number in range(30)]
    server.serve(
        lambda asked: error(status) if int(asked.param("limit") or 0) > 10 else sliced(everything, asked)
    )
    assert ids(*agents.pages(limit=40)) == everything
    assert server.asked_for("limit")[:3] == ["40", "20", "10"]


def test_a_page_that_nobody_can_deliver_is_given_up(agents: AgentsClient, server: ScriptedServer) -> None:
    server.serve(lambda asked: error(413))
    with pytest.raises(errors.PageTooHeavy):
        list(agents.pages(limit=8))
    assert server.asked_for("limit") == ["8", "4", "2"]


def test_a_server_that_ignores_the_offset_is_an_error_and_no_loop(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    first = [f"c{number}" for number in range(50)]
    server.serve(lambda asked: listed(first, count=10_000, offset=int(asked.param("offset") or 0)))
    with pytest.raises(errors.UnstableList, match=r"us-1/acme/hotel-bot \[GET /v1/agents/hotel-bot"):
        list(agents.pages())
    assert len(server.asked) < 150


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (error(401), errors.Unauthorized, "POLYAI_KEY_HOTEL was refused .* set agents_api_key"),
        (error(403), errors.Forbidden, "may not read the conversations"),
        (error(404), errors.NotFound, "region 'us-1' .* project_id 'hotel-bot', .* and agents_base_url"),
        (error(404, "CONVERSATIONS_NOT_FOUND"), errors.NotFound, "Nothing is known of us-1/acme/hotel-bot"),
        (error(400), errors.BadRequest, "did not accept"),
        (error(418), errors.UnexpectedStatus, "agents_base_url"),
        (error(307, Location="https://elsewhere.test/x"), errors.RedirectRefused, "agents_base_url"),
    ],
)
def test_what_will_not_pass_is_not_retried_and_says_what_to_do(
    agents: AgentsClient,
    server: ScriptedServer,
    fault: Behaviour,
    kind: type[errors.PolyAIError],
    words: str,
) -> None:
    server.will(fault)
    with pytest.raises(kind, match=words) as caught:
        agents.list()
    assert type(caught.value) is kind
    assert isinstance(caught.value, errors.PermanentError)
    assert len(server.asked) == 1


def test_an_unreachable_host_names_the_option_to_check(make_agents: MakeAgents) -> None:
    with pytest.raises(errors.ConnectionFailed, match=r"and agents_base_url\. Gave up after 2 attempts"):
        make_agents(base_url="http://127.0.0.1:1", max_attempts=2).list()
