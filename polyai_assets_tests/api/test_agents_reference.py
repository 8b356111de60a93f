"""What an agent is made of beside its conversations: read whole, kept as it came."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.api import errors
from polyai_assets.api.agents.reference import ReferenceClient, all_agents_of
from polyai_assets.api.project import AgentsConnection
from polyai_assets_tests.api.conftest import KEY, PROJECT, FakeTime
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, error

ROOT = "/v1/agents/hotel-bot"
Call = Callable[[ReferenceClient], Any]
CALLS: dict[str, tuple[str, Call]] = {
    "agents": ("/v1/accounts/acme/agents", lambda client: client.agents()),
    "active": (f"{ROOT}/deployments/active", lambda client: client.active_deployments()),
    "deployments": (f"{ROOT}/deployments", lambda client: client.deployments()),
    "variants": (f"{ROOT}/branches/main/variants", lambda client: client.variants()),
    "attributes": (f"{ROOT}/branches/main/attributes", lambda client: client.attributes()),
    "phoneNumbers": (f"{ROOT}/telephony/phone-numbers", lambda client: client.phone_numbers()),
    "connectors": (f"{ROOT}/telephony/connectors", lambda client: client.connectors()),
}
EVERY_CALL = pytest.mark.parametrize("call", [call for _, call in CALLS.values()], ids=list(CALLS))


@pytest.fixture
def client(server: ScriptedServer, time: FakeTime) -> Iterator[ReferenceClient]:
    connection = AgentsConnection(
        project=PROJECT,
        api_key=SecretStr(KEY),
        key_source="environment variable POLYAI_KEY_HOTEL",
        base_url=server.url,
        max_attempts=2,
    )
    with ReferenceClient(connection, sleep=time.sleep, clock=time.clock) as client:
        yield client


def holding(name: str, *objects: object, **more: object) -> Answer:
    return Answer(body=json.dumps({name: list(objects), **more}).encode())


@pytest.mark.parametrize(
    ("name", "id_name"),
    [
        *(("variants", "id"), ("attributes", "id"), ("phoneNumbers", "number")),
        ("connectors", "connectorId"),
    ],
)
def test_a_list_is_cut_into_its_objects_verbatim(
    client: ReferenceClient, server: ScriptedServer, name: str, id_name: str
) -> None:
    path, call = CALLS[name]
    first, second = b'{"%b": "a",  "new": [1.50]}' % id_name.encode(), b'{"half": "\\ud800"}'
    server.will(Answer(body=b'{"%b": [%b, %b]}' % (name.encode(), first, second)))
    found = call(client)
    assert [one.payload for one in found] == [first, second]
    assert [one.id for one in found] == ["a", None]
    assert server.asked[0].path == path


def test_the_agents_of_an_account_are_a_list_of_their_own(
    client: ReferenceClient, server: ScriptedServer
) -> None:
    server.will(Answer(body=b'[{"agentId": "hotel-bot"}, {"agentId": "card-support", "new": 1}]'))
    assert [agent.id for agent in client.agents()] == ["hotel-bot", "card-support"]
    assert server.asked[0].path == "/v1/accounts/acme/agents"
    assert str(all_agents_of("us-1", "acme")) == "us-1/acme/*"


def test_deployments_are_asked_for_by_environment(client: ReferenceClient, server: ScriptedServer) -> None:
    def answer(asked: Asked) -> Answer:
        return holding("deployments", {"id": f"{asked.param('environment')}-1"})

    server.serve(answer)
    found = client.deployments()
    assert {name: [one.id for one in listed] for name, listed in found.items()} == {
        "live": ["live-1"],
        "pre-release": ["pre-release-1"],
        "sandbox": ["sandbox-1"],
    }


def test_deployments_that_fill_the_limit_are_asked_for_again_with_a_larger_one(
    client: ReferenceClient, server: ScriptedServer
) -> None:
    everything = [{"id": str(number)} for number in range(1500)]

    def answer(asked: Asked) -> Answer:
        live = asked.param("environment") == "live"
        return holding("deployments", *(everything[: int(asked.param("limit") or 0)] if live else []))

    server.serve(answer)
    assert [one.id for one in client.deployments()["live"]] == [one["id"] for one in everything]
    assert server.asked_for("limit") == ["1000", "10000", "1000", "1000"]


def test_an_environment_without_a_deployment_is_not_there(
    client: ReferenceClient, server: ScriptedServer
) -> None:
    server.will(Answer(body=b'{"activeDeployments": {"live": {"id": "d1"}, "sandbox": null}}'))
    assert {name: one.payload for name, one in client.active_deployments().items()} == {
        "live": b'{"id": "d1"}'
    }


@EVERY_CALL
@pytest.mark.parametrize(
    "body",
    [
        *(b'{"success": false, "error_message": "down"}', b"{}", b"null", b'"text"', b"[1, 2", b""),
        b'{"variants": [], "attributes": [], "deployments": [], "phoneNumbers": [], "connectors": [], "agents": [],'
        b' "activeDeployments": {}, "error_code": "DOWN"}',
    ],
)
def test_an_error_that_is_sent_as_a_success_is_no_answer(
    client: ReferenceClient, server: ScriptedServer, call: Call, body: bytes
) -> None:
    server.serve(lambda _: Answer(body=body))
    with pytest.raises((errors.MalformedPage, errors.TruncatedBody)) as caught:
        call(client)
    assert caught.value.status == 200
    assert "/v1/a" in str(caught.value)
    assert len(server.asked) == 2


@EVERY_CALL
def test_a_refused_key_is_named_by_its_variable(
    client: ReferenceClient, server: ScriptedServer, call: Call
) -> None:
    server.will(error(401, "UNAUTHORIZED", KEY))
    with pytest.raises(errors.Unauthorized, match="POLYAI_KEY_HOTEL") as caught:
        call(client)
    assert KEY not in str(caught.value)


@EVERY_CALL
def test_a_key_without_the_permission_says_which_one_to_ask_for(
    client: ReferenceClient, server: ScriptedServer, call: Call
) -> None:
    server.will(error(403, "FORBIDDEN", "no"))
    with pytest.raises(errors.Forbidden, match="Ask PolyAI for that permission"):
        call(client)


@EVERY_CALL
def test_trouble_that_passes_is_retried(client: ReferenceClient, server: ScriptedServer, call: Call) -> None:
    server.serve(lambda asked: error(503) if len(server.asked) == 1 else Answer(body=_of_all(asked)))
    call(client)
    assert len(server.asked) >= 2


def _of_all(asked: Asked) -> bytes:
    if asked.path.endswith("/agents"):
        return b"[]"
    names = ("variants", "attributes", "deployments", "phoneNumbers", "connectors")
    return json.dumps({"activeDeployments": {}, **{name: [] for name in names}}).encode()


def test_members_that_no_documentation_declares_are_reported(
    client: ReferenceClient, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.will(holding("variants", {"id": "a"}, nextPage="x"))
    assert len(client.variants()) == 1
    assert "the list of variants has members that no documentation declares: nextPage" in caplog.text
