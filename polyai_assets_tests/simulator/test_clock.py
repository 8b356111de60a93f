from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Clock, Simulator
from polyai_assets_tests.simulator.conftest import BANK, DAY, HOTEL, NOW, Ask, ids


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def handed_off(ask: Ask) -> dict[str, Any]:
    """A finished call of at least five turns that ended with a person."""
    calls = ask(BANK).json()["conversations"]
    return next(c for c in calls if c["handoff"] and c["num_turns"] >= 5)


def seen_at(ask: Ask, simulator: Simulator, moment: datetime, call: dict[str, Any]) -> dict[str, Any] | None:
    simulator.clock.stop_at(moment)
    return next((c for c in ask(BANK).json()["conversations"] if c["id"] == call["id"]), None)


def test_a_conversation_that_has_not_started_does_not_exist(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    start = at(handed_off["started_at"])

    assert seen_at(ask, simulator, start - timedelta(seconds=1), handed_off) is None
    assert seen_at(ask, simulator, start, handed_off) is not None


def test_a_conversation_in_progress_has_only_the_turns_so_far(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    third_answer = at(handed_off["turns"][2]["agent_response_datetime"])

    call = seen_at(ask, simulator, third_answer, handed_off)

    assert call["in_progress"] is True
    assert call["turns"] == handed_off["turns"][:3]
    assert call["num_turns"] == 3
    assert (
        call["total_duration"] == call["polyai_duration"] == (third_answer - at(call["started_at"])).seconds
    )
    assert call["handoff"] is False
    assert call["handoff_reason"] == call["handoff_destination"] == ""
    assert call["metrics"] == {
        "FLOW": handed_off["metrics"]["FLOW"],
        "CALL_TURN": handed_off["metrics"]["CALL_TURN"][:3],
    }


def test_a_conversation_that_has_just_begun_has_no_turn(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    call = seen_at(ask, simulator, at(handed_off["started_at"]), handed_off)

    assert call["turns"] == []
    assert call["num_turns"] == call["total_duration"] == 0
    assert "CALL_TURN" not in call["metrics"]


def test_a_caller_who_is_with_a_person_is_still_in_progress(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    agent_done = at(handed_off["started_at"]) + timedelta(seconds=handed_off["polyai_duration"] + 10)

    call = seen_at(ask, simulator, agent_done, handed_off)

    assert call["in_progress"] is True
    assert call["handoff_reason"] == handed_off["handoff_reason"]
    assert call["polyai_duration"] == handed_off["polyai_duration"]
    assert call["total_duration"] == handed_off["polyai_duration"] + 10
    assert call["turns"] == handed_off["turns"]


def test_a_conversation_finishes_by_itself_when_time_passes(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    assert seen_at(ask, simulator, at(handed_off["started_at"]), handed_off)["in_progress"] is True

    simulator.clock.advance(timedelta(seconds=handed_off["total_duration"] + 1))

    assert handed_off in ask(BANK).json()["conversations"]


def test_running_and_finished_conversations_can_be_asked_for_apart(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    simulator.clock.stop_at(at(handed_off["started_at"]) + timedelta(seconds=20))

    everything, running = ids(ask(BANK)), ids(ask(BANK, in_progress="true"))
    finished = ids(ask(BANK, in_progress="false"))

    assert handed_off["id"] in running
    assert sorted(running + finished) == sorted(everything)
    assert not set(running) & set(finished)


def test_asking_for_what_runs_now_needs_no_range(
    ask: Ask, simulator: Simulator, handed_off: dict[str, Any]
) -> None:
    simulator.clock.stop_at(at(handed_off["started_at"]) + timedelta(seconds=20))

    without = ask(BANK, in_progress="true", start_time=None, end_time=None)

    assert handed_off["id"] in ids(without)
    assert ids(without) == ids(ask(BANK, in_progress="true"))


def test_the_truth_is_what_is_served_now(ask: Ask, simulator: Simulator) -> None:
    simulator.clock.stop_at(datetime(2026, 11, 3, 16, 30, tzinfo=UTC))

    truth = simulator.conversations(HOTEL.key, at(DAY["start_time"]), at(DAY["end_time"]))

    assert truth == ask().json()["conversations"]


def test_the_clock_can_be_moved_over_http(url: str, session: requests.Session, simulator: Simulator) -> None:
    address = f"{url}/_simulator/clock"

    stopped = session.post(address, json={"at": "2026-12-24T18:00:00Z"}, timeout=10)
    moved = session.post(address, json={"advance_seconds": 90}, timeout=10)

    assert stopped.json() == {"now": "2026-12-24T18:00:00+00:00"}
    assert moved.json() == session.get(address, timeout=10).json() == {"now": "2026-12-24T18:01:30+00:00"}
    assert simulator.clock.now() == datetime(2026, 12, 24, 18, 1, 30, tzinfo=UTC)


def test_the_clock_can_follow_the_machine_again(
    url: str, session: requests.Session, simulator: Simulator
) -> None:
    before = datetime.now(UTC)
    session.post(f"{url}/_simulator/clock", json={"follow_the_machine": True}, timeout=10)

    assert before <= simulator.clock.now() <= datetime.now(UTC)


@pytest.mark.parametrize("order", [{"at": "2026-12-24T18:00:00"}, {"at": "soon"}, {"set": 1}])
def test_a_wrong_order_to_the_clock_is_400_and_moves_nothing(
    url: str, session: requests.Session, simulator: Simulator, order: dict[str, Any]
) -> None:
    reply = session.post(f"{url}/_simulator/clock", json=order, timeout=10)

    assert reply.status_code == 400
    assert reply.json()["error_message"]
    assert simulator.clock.now() == NOW


def test_a_clock_refuses_a_moment_without_a_zone() -> None:
    with pytest.raises(ValueError, match="no zone"):
        Clock(datetime(2026, 11, 3))  # noqa: DTZ001 - the missing zone is what is tested
