"""What is read of conversations to know whose recordings are wanted."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.recordings.plan import Call, read_calls
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets.audio import silence, talk
from polyai_assets_tests.deployment import DAY1, HOTEL
from polyai_assets_tests.raw.conftest import RULES, FetchDays

TEN = midnight(DAY1) + timedelta(hours=10)


@pytest.fixture
def calls(tmp_path: Path, fetch_days: FetchDays, polyai: Simulator):
    """Fetch the first day of the hotel and read its calls."""
    silence(polyai, DAY1)

    def calls(day: date = DAY1) -> dict[str, Call]:
        store = RawStore(str(tmp_path / "raw"))
        found = read_calls(store, commit_day(store, fetch_days(day), day, RULES))
        return {call.conversation_id: call for call in found}

    return calls


def test_a_call_is_read_with_all_that_matters(calls, polyai: Simulator):
    talk(polyai, "one", seconds=90, polyai_duration=60.5, handoff=True)
    assert calls() == {
        "one": Call("one", TEN + timedelta(seconds=90), "VOICE-SIP", True, False, False, (90.0, 60.5))
    }


def test_a_call_in_progress_is_known_as_such(calls, polyai: Simulator):
    talk(polyai, "one", in_progress=True)
    assert calls()["one"].in_progress


def test_a_conversation_that_vanished_is_known_as_such(calls, polyai: Simulator):
    talk(polyai, "one", "two")
    assert not calls()["one"].vanished
    polyai.remove(HOTEL.key, "one")
    assert calls()["one"].vanished
    assert not calls()["two"].vanished


@pytest.mark.parametrize("value", [None, "90", True, [90], {}, "NaN", 10**400, -(10**400), 1e308])
def test_a_length_that_is_no_number_is_none(calls, polyai: Simulator, value: object):
    talk(polyai, "one", total_duration=value, polyai_duration=value)
    assert calls()["one"].seconds == ()


@pytest.mark.parametrize("value", [None, "true", 1, "false", [], {}])
def test_only_true_is_a_handoff(calls, polyai: Simulator, value: object):
    talk(polyai, "one", handoff=value)
    assert not calls()["one"].handoff


@pytest.mark.parametrize(
    "rest",
    [b'"state":{"a":"\xff\xfe"}', b'"state":"\\ud83d"', b'"channel":"SMS","channel":"PIGEON"', b'"x":NaN'],
)
def test_a_record_that_strict_readers_refuse_is_read_all_the_same(calls, polyai: Simulator, rest: bytes):
    record = b'{"id":"one","started_at":"2025-03-01T10:00:00Z","in_progress":false,"total_duration":7,'
    polyai.put(
        HOTEL.key, record + b'"channel":"PIGEON",' + rest + b"}",
        conversation_id="one", started_at="2025-03-01T10:00:00Z",
    )  # fmt: skip
    call = calls()["one"]
    assert (call.channel, call.seconds) == ("PIGEON", (7.0,))


def test_a_call_of_absurd_length_ended_a_day_after_it_began(calls, polyai: Simulator):
    talk(polyai, "one", total_duration=1_000_000_000)
    talk(polyai, "two", total_duration=-1_000_000_000)
    assert calls()["one"].ended_at == TEN + timedelta(days=1)
    assert calls()["two"].ended_at == TEN


def test_a_call_of_unknown_length_ended_when_it_began(calls, polyai: Simulator):
    talk(polyai, "one", total_duration=None)
    assert calls()["one"].ended_at == TEN
