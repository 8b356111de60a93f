from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from polyai_assets_tests.simulator.conftest import BANK, Ask
from polyai_assets_tests.tiers import LONG

pytestmark = LONG


@pytest.fixture
def details(ask: Ask, agents: Ask) -> list[dict[str, Any]]:
    records = ask(BANK, limit=1000).json()["conversations"][::3]
    return [agents(record["id"], project=BANK).json() for record in records]


def test_function_events_stand_under_the_number_of_their_turn(details: list[dict[str, Any]]) -> None:
    for detail in details:
        assert detail["functionEvents"]["1"][0]["name"] == "start_function"
        for number, events in detail["functionEvents"].items():
            turn = detail["turns"][int(number) - 1]
            for event in events:
                assert event["turn_id"] == int(number)
                asked = datetime.fromisoformat(turn["user_input_datetime"]).replace(microsecond=0)
                assert parsedate_to_datetime(event["start_time"]) == asked
                assert isinstance(event["duration"], int)
                assert event["arguments"] in ({}, _understood(turn), _destination(detail))


def _understood(turn: dict[str, Any]) -> dict[str, Any]:
    return {name: value for entity in turn["entities"] or [] for name, value in entity.items()}


def _destination(detail: dict[str, Any]) -> dict[str, Any]:
    return {"destination": detail["handoffDestination"]}


def test_a_handoff_is_an_event_of_the_last_turn(details: list[dict[str, Any]]) -> None:
    passed_on = [detail for detail in details if detail["handoff"]]

    assert passed_on
    for detail in passed_on:
        event = detail["functionEvents"][str(len(detail["turns"]))][-1]
        assert event["handoff"] == {"reason": detail["handoffReason"], "type": detail["handoffDestination"]}
        assert event["utterance"] == detail["turns"][-1]["agent_response"]


def test_some_functions_fail(ask: Ask, agents: Ask) -> None:
    records = ask(BANK, limit=1000, start_time="2026-11-02T00:00:00Z").json()["conversations"]
    events = [
        event
        for record in records[:200]
        for of_turn in agents(record["id"], project=BANK).json()["functionEvents"].values()
        for event in of_turn
    ]

    failed = [event for event in events if event["error"]]

    assert 0 < len(failed) < len(events) / 10
    assert all(event["state_changes"] is None for event in failed)
