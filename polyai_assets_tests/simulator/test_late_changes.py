"""Conversations that change, vanish or move after they were listed."""

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import HOTEL, Ask, ids


def test_a_late_change_comes_after_the_conversation_was_listed(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(
        Fault("change", {"field": "handoff_reason", "value": "corrected", "every": 3}, after=1)
    )

    first, second, third = (ask().json()["conversations"] for _ in range(3))

    assert second == [*first[:2], first[2] | {"handoff_reason": "corrected"}, *first[3:]]
    assert third == second


def test_a_late_change_keeps_the_details_that_are_given_on_request(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("change", {"field": "num_ood", "value": 9}))

    plain = ask().json()["conversations"][0]
    full = ask(include_latency="true", include_context_state="true").json()["conversations"][0]

    assert plain["num_ood"] == full["num_ood"] == 9
    assert plain["state"] == {} != full["state"]
    assert "latency" not in plain["turns"][0]
    assert "latency" in full["turns"][0]


def test_a_vanished_conversation_is_not_counted_either(ask: Ask, simulator: Simulator) -> None:
    before = ids(ask())
    simulator.faults.add(Fault("vanish", {"count": 2}, after=1))

    assert ids(ask()) == before
    assert ids(ask()) == before[2:]
    assert ids(ask(offset=38)) == []


def test_a_moved_conversation_is_found_on_the_other_day(ask: Ask, simulator: Simulator) -> None:
    before = ask().json()["conversations"]
    simulator.faults.add(Fault("move", {"days": 1}))

    today = ids(ask())
    moved = ask(start_time="2026-11-04T00:00:00Z", end_time="2026-11-05T00:00:00Z").json()["conversations"]

    assert today == [c["id"] for c in before[1:]]
    found = next(c for c in moved if c["id"] == before[0]["id"])
    assert found["started_at"] == before[0]["started_at"].replace("-03T", "-04T")
    assert found["turns"][0]["user_input_datetime"] == found["started_at"]


def test_what_lasts_outlives_a_clear_and_ends_with_a_restore(ask: Ask, simulator: Simulator) -> None:
    before = ids(ask())
    simulator.faults.add(Fault("vanish"))
    ask()
    simulator.faults.clear()
    without = ids(ask())

    simulator.restore(HOTEL.key)

    assert without == before[1:]
    assert ids(ask()) == before
