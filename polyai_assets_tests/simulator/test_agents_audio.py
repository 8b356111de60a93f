import io
import wave
from datetime import datetime, timedelta
from typing import Any

import pytest

from polyai_assets.simulator import Simulator
from polyai_assets.simulator.wav import RATE, recording
from polyai_assets_tests.simulator.conftest import DAY, GUARDED, HOTEL, Ask
from polyai_assets_tests.tiers import LONG

pytestmark = LONG


@pytest.fixture
def calls(ask: Ask) -> list[dict[str, Any]]:
    return [c for c in ask().json()["conversations"] if c["channel"] == "VOICE-SIP"]


def test_the_audio_is_a_wav_as_long_as_the_call(agents: Ask, calls: list[dict[str, Any]]) -> None:
    for call in calls[:5]:
        reply = agents(call["id"], "audio")

        assert reply.headers["Content-Type"] == "audio/wav"
        with wave.open(io.BytesIO(reply.content)) as wav:
            assert wav.getnframes() / wav.getframerate() == call["total_duration"]
            assert len(wav.readframes(wav.getnframes())) == wav.getnframes() * wav.getsampwidth()


def test_the_audio_is_the_same_each_time_and_another_for_each_direction(
    agents: Ask, calls: list[dict[str, Any]]
) -> None:
    def heard(**parameters: str) -> bytes:
        return agents(calls[0]["id"], "audio", params=parameters).content

    assert heard() == heard() == heard(direction="combined", redacted="false")
    assert len({heard(direction=direction) for direction in ("combined", "user", "agent")}) == 3


def test_callers_sound_different(agents: Ask, calls: list[dict[str, Any]]) -> None:
    first_seconds = {agents(call["id"], "audio").content[100:8000] for call in calls}

    assert len(first_seconds) > len(calls) / 2


def test_a_redacted_recording_differs_in_its_sound_and_in_its_comment(
    agents: Ask, calls: list[dict[str, Any]]
) -> None:
    plain = agents(calls[0]["id"], "audio").content
    redacted = agents(calls[0]["id"], "audio", params={"redacted": "true"}).content

    assert b"combined, not redacted" in plain
    assert b"combined, redacted" in redacted
    assert plain[-8000:] != redacted[-8000:]
    assert plain[-8000:-2000] == redacted[-8000:-2000]


def test_a_key_without_pii_access_always_gets_redacted_audio(ask: Ask, agents: Ask) -> None:
    call = next(c for c in ask(GUARDED).json()["conversations"] if c["channel"] == "VOICE-SIP")

    asked, not_asked = (
        agents(call["id"], "audio", project=GUARDED, params={"redacted": wanted}).content
        for wanted in ("true", "false")
    )

    assert b"combined, redacted" in asked
    assert asked == not_asked


def test_a_chat_has_no_recording(ask: Ask, agents: Ask) -> None:
    chats = ask(channel="CHAT", start_time="2026-10-01T00:00:00Z").json()["conversations"]

    reply = agents(chats[0]["id"], "audio")

    assert (reply.status_code, reply.json()["error_code"]) == (404, "CONVERSATIONS_RECORDING_NOT_FOUND")


def test_a_call_in_progress_has_no_recording_yet(
    agents: Ask, calls: list[dict[str, Any]], simulator: Simulator
) -> None:
    started = datetime.fromisoformat(calls[0]["started_at"])
    simulator.clock.stop_at(started + timedelta(seconds=calls[0]["total_duration"] - 1))
    during = agents(calls[0]["id"], "audio")
    simulator.clock.advance(timedelta(seconds=2))

    assert (during.status_code, during.json()["error_code"]) == (404, "CONVERSATIONS_RECORDING_NOT_FOUND")
    assert agents(calls[0]["id"], "audio").status_code == 200


def test_the_audio_of_an_unknown_conversation_is_404(agents: Ask) -> None:
    reply = agents("CA-none", "audio")

    assert (reply.status_code, reply.json()["error_code"]) == (404, "CONVERSATIONS_NOT_FOUND")


@pytest.mark.parametrize("wrong", [{"direction": "both"}, {"direction": ""}, {"redacted": "maybe"}])
def test_a_wrong_direction_or_redacted_is_400(
    agents: Ask, calls: list[dict[str, Any]], wrong: dict[str, str]
) -> None:
    reply = agents(calls[0]["id"], "audio", params=wrong)

    assert reply.status_code == 400
    assert next(iter(wrong)) in reply.json()["error_message"]


def test_a_call_that_claims_to_last_for_years_has_an_hour_of_audio(
    agents: Ask, calls: list[dict[str, Any]], simulator: Simulator
) -> None:
    endless = {"id": "MINE", "started_at": DAY["start_time"], "channel": "VOICE-SIP", "total_duration": 10**9}
    simulator.put(HOTEL.key, endless)

    with wave.open(io.BytesIO(agents("MINE", "audio").content)) as wav:
        assert wav.getnframes() / wav.getframerate() == 3600


def test_recordings_of_a_lower_rate_are_smaller_and_as_long() -> None:
    small, usual = (recording(30, "combined", 0.5, redacted=True, rate=rate) for rate in (1000, RATE))

    assert len(small) < len(usual) / 7
    for one in (small, usual):
        with wave.open(io.BytesIO(one)) as wav:
            assert wav.getnframes() / wav.getframerate() == 30
