from datetime import datetime

import pytest

from polyai_assets.simulator import Simulator
from polyai_assets_tests.simulator.conftest import DAY, HOTEL, Ask, ids

STARTED = "2026-11-03T00:00:00Z"


def test_a_given_conversation_is_served_as_it_is_among_the_generated_ones(
    ask: Ask, simulator: Simulator
) -> None:
    given = {"id": "MINE", "started_at": STARTED, "state": None, "turns": [{"latency": "soon"}]}
    simulator.put(HOTEL.key, given)

    served = ask().json()["conversations"]

    assert served[0] == given
    assert len(served) == 41


def test_a_given_conversation_replaces_the_one_with_its_id(ask: Ask, simulator: Simulator) -> None:
    first, *others = ask().json()["conversations"]

    simulator.put(HOTEL.key, first | {"num_ood": 77})

    assert ask().json()["conversations"] == [first | {"num_ood": 77}, *others]


def test_a_conversation_given_again_on_another_day_is_only_there(ask: Ask, simulator: Simulator) -> None:
    simulator.put(HOTEL.key, {"id": "MINE", "started_at": STARTED})
    simulator.put(HOTEL.key, {"id": "MINE", "started_at": "2026-11-05T00:00:00Z"})

    assert "MINE" not in ids(ask())
    assert "MINE" in ids(ask(start_time="2026-11-05T00:00:00Z", end_time="2026-11-06T00:00:00Z"))


def test_a_removed_conversation_is_gone_until_the_project_is_restored(ask: Ask, simulator: Simulator) -> None:
    before = ids(ask())
    simulator.put(HOTEL.key, {"id": "MINE", "started_at": STARTED})
    simulator.remove(HOTEL.key, before[3])
    simulator.remove(HOTEL.key, "MINE")
    after = ids(ask())

    simulator.restore(HOTEL.key)

    assert after == before[:3] + before[4:]
    assert ids(ask()) == before


def test_given_conversations_are_filtered_like_the_others(ask: Ask, simulator: Simulator) -> None:
    given = {
        "id": "MINE",
        "started_at": STARTED,
        "in_progress": True,
        "environment": "sandbox",
        "channel": "SMS",
    }
    simulator.put(HOTEL.key, given)

    assert "MINE" not in ids(ask())
    assert ids(ask(client_env="sandbox")) == ["MINE"]
    assert ids(ask(client_env="sandbox", in_progress="true", channel="SMS")) == ["MINE"]
    assert ids(ask(client_env="sandbox", in_progress="false")) == []
    assert ids(ask(client_env="sandbox", channel="voice")) == []


def test_given_bytes_need_not_be_json(ask: Ask, simulator: Simulator) -> None:
    poisoned = b'{"id": "\xff", "id": "twice", "n": NaN'
    simulator.put(HOTEL.key, poisoned, conversation_id="ODD", started_at=STARTED)

    reply = ask()

    assert reply.content.startswith(b'{"conversations":[' + poisoned + b',{"id":')


def test_records_that_are_no_object_are_not_part_of_the_truth(simulator: Simulator) -> None:
    span = datetime.fromisoformat(DAY["start_time"]), datetime.fromisoformat(DAY["end_time"])
    simulator.put(HOTEL.key, b'"text"', conversation_id="A", started_at=STARTED)
    simulator.put(HOTEL.key, b"{", conversation_id="B", started_at=STARTED)

    assert len(simulator.conversations(HOTEL.key, *span)) == 40


def test_a_project_can_hold_a_conversation_outside_its_own_time(ask: Ask, simulator: Simulator) -> None:
    simulator.put(HOTEL.key, {"id": "OLD", "started_at": "2019-05-01T09:00:00+02:00"})
    simulator.put(HOTEL.key, {"id": "AHEAD", "started_at": "2031-05-01T09:00:00Z"})

    old = ask(start_time="2019-05-01T00:00:00Z", end_time="2019-05-02T00:00:00Z")

    assert ids(old) == ["OLD"]
    assert ids(ask(start_time="2031-01-01T00:00:00Z", end_time=None)) == ["AHEAD"]


def test_a_record_that_does_not_say_where_it_belongs_is_refused(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="conversation_id and started_at"):
        simulator.put(HOTEL.key, b"{}")
    with pytest.raises(KeyError, match="us-1/acme/hotel-bot"):
        simulator.put("us-1/acme/nobody", {"id": "MINE", "started_at": STARTED})
