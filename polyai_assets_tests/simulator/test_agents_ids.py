from typing import Any
from urllib.parse import quote

import pytest
import requests

from polyai_assets.simulator import Simulator
from polyai_assets_tests.simulator.conftest import HOTEL, Ask

STRANGE = [
    "a/b",
    "it's",
    "nul\x00byte",
    "..",
    "../up",
    "two words",
    "naïve-日本",
    "50%",
    "%2F",
    "a?b#c",
    "a\nb",
]


@pytest.fixture
def put(simulator: Simulator, request: pytest.FixtureRequest) -> str:
    """A finished call whose id is the test's parameter."""
    name: str = request.param
    call: dict[str, Any] = {"id": name, "started_at": "2026-11-03T10:00:00Z", "channel": "VOICE-SIP"}
    simulator.put(HOTEL.key, call | {"total_duration": 1, "turns": [{"user_input": "Hi"}]})
    return name


@pytest.mark.parametrize("put", STRANGE, indirect=True)
def test_an_id_may_contain_anything_if_it_is_encoded(put: str, url: str, session: requests.Session) -> None:
    def ask(method: str, call: str, **given: Any) -> requests.Response:
        request = requests.Request(method, url, headers={"x-api-key": HOTEL.api_key}, **given)
        prepared = session.prepare_request(request)
        # requests takes a part that is just ".." away; what is put in afterwards it sends as it is.
        prepared.url = f"{url}/v1/agents/{HOTEL.project_id}/conversations/{quote(put, safe='')}{call}"
        return session.send(prepared, timeout=10)

    note = ask("POST", "/note", json={"note": "seen"})
    annotation = {"turnId": 0, "role": "user", "annotationType": "wrong_info"}
    annotated = ask("POST", "/annotation", json={"annotations": [annotation]})
    detail = ask("GET", "").json()

    assert (note.status_code, annotated.status_code) == (201, 201)
    assert (detail["conversationId"], detail["note"]) == (put, "seen")
    assert detail["audioUrl"] == f"conversations/{quote(put, safe='')}/audio"
    assert ask("GET", "/audio").headers["Content-Type"] == "audio/wav"


def test_a_slash_that_is_not_encoded_ends_the_id(agents: Ask, url: str, simulator: Simulator) -> None:
    simulator.put(HOTEL.key, {"id": "a/b", "started_at": "2026-11-03T10:00:00Z"})
    address = f"{url}/v1/agents/{HOTEL.project_id}/conversations/a/b"

    reply = requests.get(address, headers={"x-api-key": HOTEL.api_key}, timeout=10)

    assert agents("a/b").status_code == 200
    assert reply.status_code == 404


def test_an_id_that_is_audio_is_not_the_audio_of_another(agents: Ask, simulator: Simulator) -> None:
    simulator.put(HOTEL.key, {"id": "x/audio", "started_at": "2026-11-03T10:00:00Z"})

    assert agents("x/audio").json()["conversationId"] == "x/audio"
