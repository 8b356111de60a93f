from datetime import datetime, timedelta
from typing import Any

import pytest

from polyai_assets.simulator import Simulator
from polyai_assets_tests.simulator.conftest import BANK, DAY, HOTEL, Ask
from polyai_assets_tests.tiers import LONG

pytestmark = LONG

FULL = {"include_latency": "true", "limit": 1000}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def pairs(ask: Ask, agents: Ask) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """A day of the bank, each conversation as v3 and as the Agents API tell it."""
    records = ask(BANK, **FULL).json()["conversations"][::3]
    return [(record, agents(record["id"], project=BANK).json()) for record in records]


def test_both_surfaces_tell_of_the_same_conversation(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    same = {
        "conversationId": "id",
        "accountId": "account_id",
        "projectId": "project_id",
        "clientEnv": "environment",
        "channel": "channel",
        "inProgress": "in_progress",
        "variantId": "variant_id",
        "fromNumber": "from_number",
        "toNumber": "to_number",
        "totalDuration": "total_duration",
        "polyaiDuration": "polyai_duration",
        "handoff": "handoff",
        "handoffReason": "handoff_reason",
        "handoffDestination": "handoff_destination",
    }
    assert len(pairs) > 50
    for record, detail in pairs:
        assert {name: detail[name] for name in same} == {
            name: None if record[field] == "" else record[field] for name, field in same.items()
        }
        assert at(detail["startedAt"]) == at(record["started_at"])


def test_both_surfaces_tell_the_same_turns(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    texts = ("user_input", "user_input_dtmf", "agent_response", "translated_user_input", "barge_in")
    for record, detail in pairs:
        assert len(detail["turns"]) == record["num_turns"]
        for ours, theirs in zip(record["turns"], detail["turns"], strict=True):
            assert {name: ours[name] for name in texts} == {name: theirs[name] for name in texts}
            assert (theirs["intents"] or [], theirs["entities"] or []) == (ours["intents"], ours["entities"])
            assert (bool(theirs["is_ood"]), bool(theirs["is_silence"])) == (
                ours["is_ood"],
                ours["is_silence"],
            )
            assert theirs["latency"]["perceived_latency"] == ours["latency"]
            for field in ("user_input_datetime", "agent_response_datetime"):
                assert at(theirs[field]) == at(ours[field])


def test_both_surfaces_tell_the_same_metrics(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for record, detail in pairs:
        values = {name: [entry["value"] for entry in logged] for name, logged in detail["metrics"].items()}
        assert values == {
            name: value if isinstance(value, list) else [value] for name, value in record["metrics"].items()
        }


def test_metrics_have_the_time_of_their_turn_without_a_zone(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    for record, detail in pairs:
        for logged in detail["metrics"]["CALL_TURN"]:
            assert logged["timestamp"] + "Z" == logged["value"]
        for logged in detail["metrics"]["CALL_DURATION"]:
            assert logged["timestamp"] + "+00:00" == detail["finishedAt"]
        intents = [(turn["agent_response_datetime"], i) for turn in record["turns"] for i in turn["intents"]]
        if len(intents) > 1:
            assert intents == [(e["timestamp"] + "Z", e["value"]) for e in detail["metrics"]["INTENT"]]


def test_the_list_and_the_detail_agree(agents: Ask) -> None:
    for summary in agents(params={"limit": 20}).json()["conversations"]:
        detail = agents(summary["conversationId"]).json()

        assert summary.items() <= detail.items()
        assert detail.keys() - summary.keys() == {"turns", "metrics", "functionEvents"}


def test_what_is_unset_is_null_and_there(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    quiet = [detail for _, detail in pairs if not detail["handoff"]]

    assert {(detail["handoffReason"], detail["handoffDestination"]) for detail in quiet} == {(None, None)}
    assert {detail["note"] for _, detail in pairs} == {None}
    assert all("" not in (v for v in detail.values() if isinstance(v, str)) for _, detail in pairs)
    greeting = pairs[0][1]["turns"][0]
    assert (greeting["intents"], greeting["entities"], greeting["is_ood"], greeting["is_silence"]) == (
        *(None, None),
        *(None, None),
    )


def test_tags_are_a_list_and_most_often_empty(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    tagged = [detail["tags"] for _, detail in pairs if detail["tags"]]

    assert 0 < len(tagged) < len(pairs) / 2
    assert all(isinstance(detail["tags"], list) for _, detail in pairs)


def test_times_have_an_offset_and_six_digits(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for _, detail in pairs:
        for text in (detail["createdAt"], detail["startedAt"], detail["finishedAt"]):
            assert len(text) == len("2026-06-03T14:00:38.580000+00:00")
            assert text.endswith("+00:00")
        lasted = at(detail["finishedAt"]) - at(detail["startedAt"])
        assert lasted // timedelta(seconds=1) == detail["totalDuration"]


def test_the_audio_url_is_relative_and_only_calls_have_one(ask: Ask, agents: Ask) -> None:
    for record in ask(start_time="2026-11-01T00:00:00Z").json()["conversations"]:
        name = record["id"]
        expected = f"conversations/{name}/audio" if record["channel"] == "VOICE-SIP" else None
        assert agents(name).json()["audioUrl"] == expected


@pytest.mark.parametrize("name", ["CA" + "0" * 32, "LOCAL-0725f700-6fa7-437a-8fe6-3de9828a95c0", "x", "ü/'"])
def test_an_unknown_conversation_is_404_in_the_envelope(agents: Ask, name: str) -> None:
    reply = agents(name)

    assert reply.status_code == 404
    assert reply.json()["error_code"] == "CONVERSATIONS_NOT_FOUND"
    assert (reply.json()["success"], reply.json()["data"]) == (False, None)


def test_a_conversation_of_another_project_is_404(agents: Ask, ask: Ask) -> None:
    name = ask(BANK).json()["conversations"][0]["id"]

    assert agents(name, project=HOTEL).status_code == 404
    assert agents(name, project=BANK).status_code == 200


def test_a_conversation_that_has_not_begun_is_404(agents: Ask, ask: Ask, simulator: Simulator) -> None:
    record = ask().json()["conversations"][0]
    simulator.clock.stop_at(at(record["started_at"]) - timedelta(seconds=1))

    assert agents(record["id"]).status_code == 404


def test_a_removed_conversation_is_404_and_a_changed_one_is_changed(
    agents: Ask, ask: Ask, simulator: Simulator
) -> None:
    first, second = ask().json()["conversations"][:2]
    simulator.remove(HOTEL.key, first["id"])
    simulator.put(HOTEL.key, second | {"handoff": True, "handoff_reason": "late"})

    assert agents(first["id"]).status_code == 404
    assert agents(second["id"]).json()["handoffReason"] == "late"


@pytest.mark.parametrize("body", [b"not json", b'"text"', b'{"turns": 5, "metrics": [], "state": 1}'])
def test_a_poisoned_record_has_a_detail_with_what_is_known(
    agents: Ask, simulator: Simulator, body: bytes
) -> None:
    simulator.put(HOTEL.key, body, conversation_id="MINE", started_at=DAY["start_time"])

    detail = agents("MINE").json()

    assert (detail["conversationId"], detail["startedAt"]) == ("MINE", "2026-11-03T00:00:00.000000+00:00")
    assert (detail["turns"], detail["metrics"], detail["totalDuration"]) == ([], {}, None)
