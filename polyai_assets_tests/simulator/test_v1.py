"""v1: an earlier pipeline's records, pages by offset only, errors with a message and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import BANK, CLINIC, HOTEL, Ask, ids

TEXTS = ("handoff_reason", "handoff_destination", "from_number", "to_number", "variant_id", "variant_name")


def conversations(reply: requests.Response) -> list[dict[str, Any]]:
    found = reply.json()["conversations"]
    assert isinstance(found, list)
    return found


def moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@pytest.fixture
def old(ask: Ask) -> list[dict[str, Any]]:
    return conversations(ask(version="v1", limit=5000))


@pytest.fixture
def new(ask: Ask) -> list[dict[str, Any]]:
    return conversations(ask(include_latency="true", include_context_state="true"))


def test_v1_has_the_conversations_of_v3_in_the_same_ascending_order(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    assert [one["id"] for one in old] == [one["id"] for one in new]
    starts = [moment(one["started_at"]) for one in old]
    assert starts == sorted(starts) == [moment(one["started_at"]) for one in new]


def test_an_empty_text_is_null(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    assert not any(value == "" for one in old for part in (one, *one["turns"]) for value in part.values())
    for before, now in zip(old, new, strict=True):
        assert [before[name] or "" for name in TEXTS] == [now[name] for name in TEXTS]
        assert [turn["user_input"] or "" for turn in before["turns"]] == [
            turn["user_input"] for turn in now["turns"]
        ]


def test_times_are_written_in_many_ways_and_mean_the_same(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    written = [one["started_at"] for one in old]
    for before, now in zip(old, new, strict=True):
        for turn, told in zip(before["turns"], now["turns"], strict=True):
            for field in ("user_input_datetime", "agent_response_datetime"):
                written.append(turn[field])
                late = moment(told[field]) - moment(turn[field])
                assert timedelta(0) <= late < timedelta(seconds=1)
    assert any(text.endswith("Z") for text in written)
    assert any(text.endswith("+00:00") for text in written)
    assert any(moment(text) and datetime.fromisoformat(text).tzinfo is None for text in written)
    assert {"T", " "} == {text[10] for text in written}
    assert len({len(text.partition(".")[2].rstrip("Z")) for text in written}) > 3


@pytest.mark.parametrize("field", ["latency", "translated_user_input", "english_agent_response"])
def test_some_fields_of_a_turn_are_there_sometimes(old: list[dict[str, Any]], field: str) -> None:
    turns = [turn for one in old for turn in one["turns"]]
    assert 0 < sum(field in turn for turn in turns) < len(turns)


def test_v1_knows_no_barge_in_and_no_metadata_of_turns(old: list[dict[str, Any]]) -> None:
    assert not any({"barge_in", "metadata"} & turn.keys() for one in old for turn in one["turns"])


def test_a_record_is_the_same_each_time_it_is_asked_for(ask: Ask, old: list[dict[str, Any]]) -> None:
    assert conversations(ask(version="v1", limit=1, offset=3)) == old[3:4]


def test_pages_are_of_five_unless_more_are_asked_for(ask: Ask) -> None:
    assert len(ids(ask(version="v1"))) == 5
    assert len(ids(ask(version="v1", limit=5000))) == 40
    assert ask(version="v1", limit=5001).status_code == 400


def test_it_pages_by_offset_and_explains_its_keys(ask: Ask) -> None:
    first, last = ask(version="v1", limit=30).json(), ask(version="v1", limit=30, offset=30).json()
    assert first.keys() == {"conversations", "next_offset", "descriptions"}
    assert last.keys() == {"conversations", "descriptions"}
    assert first["next_offset"] == 30
    assert first["descriptions"]["conversations"]["id"]


def test_pages_by_offset_drift_when_conversations_come_and_go(ask: Ask, simulator: Simulator) -> None:
    everything = ids(ask(version="v1", limit=40))
    simulator.remove(HOTEL.key, everything[0])
    assert ids(ask(version="v1", limit=10, offset=10)) == everything[11:21]
    simulator.put(HOTEL.key, {"id": "early", "started_at": "2026-11-03T00:00:00Z"})
    simulator.put(HOTEL.key, {"id": "earlier", "started_at": "2026-11-03T00:00:00Z"})
    assert ids(ask(version="v1", limit=10, offset=10)) == everything[9:19]


def test_a_conversation_can_vanish_between_two_pages(ask: Ask, simulator: Simulator) -> None:
    everything = ids(ask(version="v1", limit=40))
    simulator.faults.add(Fault("vanish", {"ids": everything[:1]}, page=2))
    first, second = ask(version="v1", limit=10), ask(version="v1", limit=10, offset=10)
    assert [*ids(first), *ids(second)] == [*everything[:10], *everything[11:21]]


@pytest.mark.parametrize(
    "unknown",
    [
        {"channel": "chat"},
        {"cursor": "not a cursor"},
        {"query_type": "transcript"},
        {"sample": "all"},
        {"include_latency": "maybe"},
    ],
)
def test_parameters_that_v1_does_not_know_are_passed_over(ask: Ask, unknown: dict[str, str]) -> None:
    assert ids(ask(BANK, version="v1", **unknown)) == ids(ask(BANK, version="v1"))


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"key": CLINIC.api_key}, 401), ({"limit": "many"}, 400), ({"in_progress": "perhaps"}, 400)],
)
def test_an_error_has_a_message_and_nothing_else(ask: Ask, wrong: dict[str, str], status: int) -> None:
    reply = ask(version="v1", **wrong)
    assert reply.status_code == status
    assert reply.json().keys() == {"error_message"}
    assert reply.headers["x-polyai-correlation-id"]


def test_a_fault_of_the_server_is_told_in_the_same_way(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("rate_limited", {"retry_after": 3}))
    reply = ask(version="v1")
    assert (reply.status_code, reply.json().keys()) == (429, {"error_message"})
    assert reply.headers["Retry-After"] == "3"


def test_a_record_that_a_test_gave_is_served_byte_for_byte(ask: Ask, simulator: Simulator) -> None:
    record = b'{"id":"mine", "started_at":"2026-11-03T00:00:00Z", "handoff_reason":""}'
    simulator.put(HOTEL.key, record)
    assert record in ask(version="v1", limit=1).content


@pytest.mark.parametrize("value", [None, 7, "yesterday"])
def test_a_changed_time_is_served_as_it_was_changed(ask: Ask, simulator: Simulator, value: object) -> None:
    change = {"field": "user_input_datetime", "value": value, "in_turns": True}
    simulator.faults.add(Fault("change", change))
    first = conversations(ask(version="v1"))[0]
    assert {turn["user_input_datetime"] for turn in first["turns"]} == {value}
