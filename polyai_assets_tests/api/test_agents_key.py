"""The key of the Agents API goes into one header, and into nothing else."""

import io
import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.writing import Annotation
from polyai_assets.api.errors import PolyAIError
from polyai_assets_tests.api.agents_answers import detail, listed
from polyai_assets_tests.api.conftest import KEY, MakeAgents
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Behaviour,
    ScriptedServer,
    cut,
    error,
    reset,
    stall,
)
from polyai_assets_tests.api.test_key import ECHO, whole_chain

FAULTS: list[Behaviour] = [
    error(400, KEY, ECHO, x_polyai_correlation_id=KEY),
    error(401, "CODE", ECHO),
    error(404, "CONVERSATIONS_NOT_FOUND", ECHO),
    error(404, "CONVERSATIONS_RECORDING_NOT_FOUND", ECHO),
    error(302, Location=f"https://{KEY.replace('/', '.')}@example.test/?key={quote(KEY)}"),
    error(429, "CODE", ECHO),
    error(500, "CODE", ECHO),
    detail(KEY),
    Answer(body=KEY.encode(), headers={"Content-Type": f"text/{KEY}", "x-polyai-correlation-id": KEY}),
    cut(listed(["a"]), keep=3),
    reset,
    stall,
]
CALLS: list[Callable[[AgentsClient], object]] = [
    lambda client: client.list(),
    lambda client: client.get("a"),
    lambda client: client.save_audio("a", io.BytesIO(), direction="user"),
    lambda client: client.annotate("a", [Annotation(turn_id=0, role="user", annotation_type="wrong_info")]),
    lambda client: client.note("a", "n"),
]


@pytest.mark.parametrize("call", CALLS, ids=["list", "get", "audio", "annotate", "note"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_key_is_in_no_message_log_or_chain_of_exceptions(
    make_agents: MakeAgents,
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    fault: Behaviour,
    call: Callable[[AgentsClient], object],
) -> None:
    server.serve(lambda asked: fault)
    text = ""
    with caplog.at_level(logging.DEBUG):
        try:
            call(make_agents(max_attempts=2, read_timeout=0.05))
        except PolyAIError as caught:
            text = whole_chain(caught)
    text += caplog.text + "".join(map(repr, caplog.records))
    for form in (KEY, quote(KEY), quote(KEY, safe="")):
        assert form not in text
    assert KEY[:12] not in text
    assert all(KEY not in asked.target and quote(KEY, safe="") not in asked.target for asked in server.asked)


def test_an_address_in_an_answer_is_not_followed(agents: AgentsClient, server: ScriptedServer) -> None:
    elsewhere = detail("a", audioUrl="https://elsewhere.test/conversations/a/audio")
    server.will(elsewhere, Answer(body=b"RIFF"))
    assert agents.get("a") == elsewhere.body
    agents.save_audio("a", io.BytesIO())
    assert server.asked[1].path == "/v1/agents/hotel-bot/conversations/a/audio"
    assert server.asked[1].headers["Host"] == server.url.removeprefix("http://")
