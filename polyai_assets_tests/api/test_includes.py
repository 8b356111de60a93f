"""Details that a deployment refuses to give are no longer asked for."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import BadRequest
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Asked,
    Behaviour,
    ScriptedServer,
    error,
    last,
    page,
)

FULL = ConversationQuery(include_latency=True, include_turn_metadata=True, include_context_state=True)


def refusing(*names: str, status: int = 400, body: str = "") -> Behaviour | None:
    """Serve everything but requests with these parameters: the first that is there is named."""

    def answer(asked: Asked) -> Behaviour:
        for name in names:
            if asked.param(name) is not None:
                return (
                    Answer(status, body.encode())
                    if body
                    else error(status, "PARSE_ERROR", f"{name}: unknown")
                )
        return last("a")

    return answer  # type: ignore[return-value]


def sent(server: ScriptedServer) -> list[set[str]]:
    return [{name for name in asked.params if name.startswith("include_")} for asked in server.asked]


def test_a_refused_detail_is_left_out_and_the_request_repeated(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.serve(refusing("include_context_state"))
    (only,) = client.pages(FULL)
    assert [record.id for record in only.records] == ["a"]
    assert sent(server) == [
        {"include_latency", "include_turn_metadata", "include_context_state"},
        {"include_latency", "include_turn_metadata"},
    ]


def test_it_stays_out_for_this_client_with_one_warning(
    client: ConversationsClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(refusing("include_context_state"))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            client.page(FULL, limit=1)
    assert sum("include_context_state" in names for names in sent(server)) == 1
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "us-1/acme/hotel-bot: include_context_state is left out from now on" in warning.getMessage()


def test_each_page_says_what_it_came_without(client: ConversationsClient, server: ScriptedServer) -> None:
    server.serve(refusing("include_context_state"))
    assert client.page(FULL, limit=1).left_out == ("include_context_state",)
    assert client.page(FULL, limit=1).left_out == ("include_context_state",)
    assert client.page(ConversationQuery(include_latency=True), limit=1).left_out == ()


def test_a_client_that_knows_what_is_refused_does_not_ask_for_it(
    connection: Callable[..., Connection], server: ScriptedServer
) -> None:
    server.serve(refusing("include_context_state"))
    with ConversationsClient(connection(), left_out=["include_context_state"]) as client:
        assert client.page(FULL, limit=1).left_out == ("include_context_state",)
    assert len(server.asked) == 1


def test_what_one_client_learns_changes_no_connection(
    connection: Callable[..., Connection], server: ScriptedServer
) -> None:
    server.serve(refusing("include_context_state"))
    shared = connection()
    for _ in range(2):
        with ConversationsClient(shared) as client:
            client.page(FULL, limit=1)
    assert sum("include_context_state" in names for names in sent(server)) == 2
    assert shared == connection()


def test_several_are_left_out_one_after_the_other(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.serve(refusing("include_latency", "include_turn_metadata", "include_context_state"))
    list(client.pages(FULL))
    assert [len(names) for names in sent(server)] == [3, 2, 1, 0]


def test_windows_that_are_refused_at_the_same_time_are_all_repeated(
    client: ConversationsClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.serve(refusing("include_context_state"))
    with ThreadPoolExecutor(4) as pool, caplog.at_level(logging.WARNING):
        pages = list(pool.map(lambda _: client.page(FULL, limit=1), range(8)))
    assert [len(one.records) for one in pages] == [1] * 8
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            422,
            '{"detail": [{"loc": ["query", "include_context_state"], "msg": "extra fields not permitted"}]}',
        ),
        (400, "unknown parameter include_context_state"),
        (400, '{"error_message": "' + "long " * 100 + 'include_context_state"}'),
    ],
)
def test_the_name_is_found_wherever_it_stands_in_the_answer(
    client: ConversationsClient, server: ScriptedServer, status: int, body: str
) -> None:
    server.serve(refusing("include_context_state", status=status, body=body))
    assert len(list(client.pages(FULL))) == 1


def test_it_may_be_refused_in_the_middle_of_a_walk(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(page(["a"], cursor="one"), error(400, "", "include_latency: no longer known"), last("b"))
    assert len(list(client.pages(FULL))) == 2
    assert server.asked_for("cursor") == [None, "one", "one"]


@pytest.mark.parametrize("message", ["cursor: malformed", "include_everything: unknown", ""])
def test_any_other_refusal_is_an_error(
    client: ConversationsClient, server: ScriptedServer, message: str
) -> None:
    server.will(error(400, "PARSE_ERROR", message))
    with pytest.raises(BadRequest):
        list(client.pages(FULL))
    assert len(server.asked) == 1


def test_what_is_refused_for_another_reason_is_not_left_out_for_good(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    whole_query = error(400, "PARSE_ERROR", "GET ?include_latency=true&cursor=old: the cursor is malformed")
    server.will(whole_query, whole_query, last("a"))
    with pytest.raises(BadRequest):
        list(client.pages(FULL))
    list(client.pages(FULL))
    assert sent(server)[0] == sent(server)[2]


def test_a_detail_that_was_not_asked_for_cannot_be_left_out(
    client: ConversationsClient, server: ScriptedServer
) -> None:
    server.will(error(400, "PARSE_ERROR", "include_latency: unknown"))
    with pytest.raises(BadRequest):
        list(client.pages(ConversationQuery(include_context_state=True)))
    assert len(server.asked) == 1
