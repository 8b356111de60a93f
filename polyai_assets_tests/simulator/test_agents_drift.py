import json
from typing import Any

import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import Ask


@pytest.fixture
def name(ask: Ask) -> str:
    """The id of a call."""
    return next(c["id"] for c in ask().json()["conversations"] if c["channel"] == "VOICE-SIP")


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        ("set_field", {"field": "sentiment", "value": 0.4}, {"sentiment": 0.4}),
        ("set_field", {"field": "tags", "value": None}, {"tags": None}),
        ("retype_field", {"field": "totalDuration"}, {"totalDuration": str}),
        ("retype_field", {"field": "startedAt"}, {"startedAt": dict}),
    ],
)
@pytest.mark.parametrize("which", ["detail", "list"])
def test_a_detail_and_a_list_may_drift(
    agents: Ask, name: str, simulator: Simulator, which: str, kind: str, parameters: Any, expected: Any
) -> None:
    def told() -> dict[str, Any]:
        found: dict[str, Any] = (
            agents(name).json() if which == "detail" else agents().json()["conversations"][0]
        )
        return found

    before = told()
    simulator.faults.add(Fault(kind, parameters))

    after = told()

    (field,) = expected
    wanted = expected[field]
    assert isinstance(after[field], wanted) if isinstance(wanted, type) else after[field] == wanted
    assert before | {field: None} == after | {field: None}


def test_turns_of_a_detail_may_drift(agents: Ask, simulator: Simulator, name: str) -> None:
    simulator.faults.add(Fault("remove_field", {"field": "latency", "in_turns": True}))
    simulator.faults.add(Fault("drop_turns", {"keep": 1}))

    (turn,) = agents(name).json()["turns"]

    assert "latency" not in turn
    assert turn["agent_response"]


def test_the_times_of_a_detail_may_lack_their_zone(agents: Ask, simulator: Simulator, name: str) -> None:
    before = agents(name).json()
    simulator.faults.add(Fault("naive_timestamps"))

    after = agents(name).json()

    for field in ("createdAt", "startedAt", "finishedAt"):
        assert after[field] + "+00:00" == before[field]


@pytest.mark.parametrize(
    ("how", "sign"),
    [("lone_surrogate", rb"\ud83d "), ("invalid_utf8", b"\xff\xfe"), ("nan", b'"totalDuration":NaN')],
)
def test_a_detail_may_be_poisoned(
    agents: Ask, simulator: Simulator, name: str, how: str, sign: bytes
) -> None:
    assert sign not in agents(name).content
    simulator.faults.add(Fault("poison", {"how": how}))

    assert sign in agents(name).content


def test_a_detail_may_come_without_its_id(agents: Ask, simulator: Simulator, name: str) -> None:
    simulator.faults.add(Fault("poison", {"how": "no_id"}))

    assert "conversationId" not in json.loads(agents(name).content)
