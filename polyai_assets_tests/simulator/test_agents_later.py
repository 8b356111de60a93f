from datetime import UTC, datetime, timedelta
from typing import Any

from polyai_assets.simulator import Simulator
from polyai_assets_tests.simulator.conftest import Ask
from polyai_assets_tests.tiers import LONG

pytestmark = LONG


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def details_of(agents: Ask, ids: list[str]) -> list[dict[str, Any]]:
    return [agents(name).json() for name in ids]


def test_the_score_comes_some_days_later(agents: Ask, ask: Ask, simulator: Simulator) -> None:
    names = [record["id"] for record in ask().json()["conversations"]]
    scored = {}
    for days in (1, 4, 20):
        simulator.clock.stop_at(datetime(2026, 11, 4, tzinfo=UTC) + timedelta(days=days))
        scored[days] = sum(detail["polyScore"] is not None for detail in details_of(agents, names))

    assert scored[1] == 0 < scored[4] < scored[20] < len(names)


def test_scores_are_1_to_5_since_28_july_2026_and_0_to_10_before(agents: Ask, ask: Ask) -> None:
    def scores(first: str, end: str) -> set[float]:
        records = ask(start_time=f"{first}T00:00:00Z", end_time=f"{end}T00:00:00Z").json()["conversations"]
        found = [detail["polyScore"] for detail in details_of(agents, [r["id"] for r in records])]
        return {score for score in found if score is not None}

    old, new = scores("2026-07-26", "2026-07-28"), scores("2026-07-28", "2026-07-30")

    assert max(old) > 5
    assert all(0 <= score <= 10 for score in old)
    assert all(1 <= score <= 5 for score in new)


def test_the_summary_comes_minutes_after_the_end(agents: Ask, ask: Ask, simulator: Simulator) -> None:
    call = next(r for r in ask().json()["conversations"] if r["handoff"])
    end = at(call["started_at"]) + timedelta(seconds=call["total_duration"] + 1)
    simulator.clock.stop_at(end)
    at_once = agents(call["id"]).json()
    simulator.clock.stop_at(end + timedelta(minutes=6))

    later = agents(call["id"]).json()

    assert (at_once["inProgress"], at_once["shortSummary"]) == (False, None)
    assert later["shortSummary"].keys() == {"heading", "content"}
    assert all(later["shortSummary"].values())


def test_a_conversation_in_progress_has_no_end_no_audio_and_the_turns_so_far(
    agents: Ask, ask: Ask, simulator: Simulator
) -> None:
    call = next(r for r in ask().json()["conversations"] if r["num_turns"] > 4)
    simulator.clock.stop_at(at(call["turns"][2]["agent_response_datetime"]))

    detail = agents(call["id"]).json()

    assert detail["inProgress"] is True
    assert len(detail["turns"]) == 3
    assert [detail[name] for name in ("finishedAt", "audioUrl", "polyScore", "shortSummary")] == [None] * 4
    assert "CALL_DURATION" not in detail["metrics"]
