"""The recording of a conversation."""

import hashlib
import io
import struct
from contextlib import suppress

import pytest

from polyai_assets.api import errors
from polyai_assets.api.agents import recording
from polyai_assets.api.agents.client import AgentsClient
from polyai_assets_tests.api.conftest import KEY, MakeAgents
from polyai_assets_tests.api.scripted_server import (
    Answer,
    Behaviour,
    Handler,
    ScriptedServer,
    chunked,
    close,
    cut,
    error,
    reset,
    stall_in_body,
)

WAV = b"RIFF" + struct.pack("<I", 300_004) + b"WAVE" + bytes(range(256)) * 1171 + b"\x01" * 224
HEADERS = {"Content-Type": "audio/wav", "x-polyai-correlation-id": "corr-3"}
AUDIO = Answer(body=WAV, headers=HEADERS)


def until_closed(body: bytes) -> Behaviour:
    """Send a body that ends when the server hangs up, as HTTP/1.0 did."""

    def behave(handler: Handler) -> None:
        handler.send_response_only(200)
        handler.send_header("Content-Type", "audio/wav")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)
        close(handler)

    return behave


def endless(handler: Handler) -> None:
    """Send chunks until the client hangs up."""
    handler.send_response_only(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    with suppress(OSError):
        while not handler.scripted.over.is_set():
            handler.wfile.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
    handler.close_connection = True


def listen(client: AgentsClient) -> bytes:
    with client.audio("a") as arriving:
        return b"".join(arriving.chunks())


@pytest.mark.parametrize("answer", [AUDIO, chunked(Answer(body=WAV[:3000], headers=HEADERS))])
def test_a_recording_comes_in_chunks(agents: AgentsClient, server: ScriptedServer, answer: Behaviour) -> None:
    server.will(answer)
    with agents.audio("a") as arriving:
        chunks = list(arriving.chunks())
    assert WAV.startswith(b"".join(chunks))
    assert len(b"".join(chunks)) in {3000, len(WAV)}
    assert (arriving.content_type, arriving.correlation_id) == ("audio/wav", "corr-3")


def test_a_recording_is_asked_for_redacted_and_combined(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(AUDIO)
    assert listen(agents) == WAV
    (asked,) = server.asked
    assert asked.target == "/v1/agents/hotel-bot/conversations/a/audio?direction=combined&redacted=true"
    assert asked.headers["Accept"].startswith("audio/wav")
    assert asked.headers["Accept-Encoding"] == "identity"
    assert asked.headers["x-api-key"] == KEY


@pytest.mark.parametrize("direction", ["user", "agent"])
def test_one_side_may_be_asked_for_unredacted(
    agents: AgentsClient, server: ScriptedServer, direction: str
) -> None:
    server.will(AUDIO)
    with agents.audio("a", direction=direction, redacted=False):
        pass
    assert server.asked[0].params == {"direction": [direction], "redacted": ["false"]}


def test_an_unknown_direction_is_refused_before_any_call(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    with (
        pytest.raises(errors.InvalidQuery, match="combined, user, agent"),
        agents.audio("a", direction="both"),
    ):
        pass
    assert server.asked == []


def test_a_recording_says_how_long_it_will_be(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(AUDIO, chunked(AUDIO))
    with agents.audio("a") as announced:
        assert announced.length == len(WAV)
    with agents.audio("a") as unannounced:
        assert unannounced.length is None


@pytest.mark.parametrize(
    "fault",
    [
        cut(AUDIO, keep=len(WAV) - 1),
        cut(AUDIO, keep=0),
        chunked(Answer(body=WAV[:300], headers=HEADERS), finish=False),
        until_closed(WAV[:-1]),
        until_closed(WAV[:3]),
        until_closed(b""),
        Answer(body=b"", headers=HEADERS),
        stall_in_body,
    ],
    ids=[
        "one byte missing", "nothing came", "chunks without an end", "hung up early", "hung up in the head", "hung up",
        "empty", "silence",
    ],
)  # fmt: skip
def test_a_recording_that_breaks_off_is_a_transient_error(
    make_agents: MakeAgents, server: ScriptedServer, fault: Behaviour
) -> None:
    server.will(fault)
    with pytest.raises(errors.TransientError, match=r"GET /v1/agents/hotel-bot/conversations/a/audio: 200"):
        listen(make_agents(read_timeout=0.1))
    assert len(server.asked) == 1


@pytest.mark.parametrize("size", [300_004, 0, 0xFFFFFFFF, 0x7FFFF024, 0x80000024, 17])
def test_a_recording_that_ends_when_the_server_hangs_up_is_measured_by_its_head(
    agents: AgentsClient, server: ScriptedServer, size: int
) -> None:
    body = b"RIFF" + struct.pack("<I", size) + WAV[8:]
    server.will(until_closed(body))
    assert listen(agents) == body


def test_a_recording_that_is_whole_by_http_is_not_measured_again(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(Answer(body=WAV[:100], headers=HEADERS))
    assert listen(agents) == WAV[:100]


@pytest.mark.parametrize(
    ("answer", "is_whole"),
    [(AUDIO, True), (chunked(Answer(body=WAV[:300])), True), (until_closed(WAV), False)],
)
def test_a_saved_recording_says_whether_http_proves_that_it_is_whole(
    agents: AgentsClient, server: ScriptedServer, answer: Behaviour, is_whole: bool
) -> None:
    server.will(answer)
    assert agents.save_audio("a", io.BytesIO()).is_whole is is_whole


def test_a_recording_that_is_announced_as_too_large_is_refused_at_once(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(Answer(body=WAV, headers={**HEADERS, "Content-Length": str(recording.MOST_BYTES + 1)}))
    with pytest.raises(
        errors.RecordingTooLarge, match=r"larger than 2,147,418,112 bytes.*Ask PolyAI.*corr-3"
    ):
        agents.save_audio("a", io.BytesIO())
    assert len(server.asked) == 1


def test_a_recording_that_does_not_end_is_refused(
    agents: AgentsClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 1_000_000)
    file = io.BytesIO()
    server.will(endless)
    with pytest.raises(errors.RecordingTooLarge):
        agents.save_audio("a", file)
    assert len(file.getvalue()) <= 1_000_000


@pytest.mark.parametrize("fault", [error(429), error(500), reset])
def test_asking_is_retried(agents: AgentsClient, server: ScriptedServer, fault: Behaviour) -> None:
    server.will(fault, AUDIO)
    assert listen(agents) == WAV


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/problem+json"])
def test_text_in_place_of_audio_is_a_transient_error(
    agents: AgentsClient, make_agents: MakeAgents, server: ScriptedServer, kind: str
) -> None:
    text = Answer(body=b"RIFF", headers={"Content-Type": kind})
    server.will(text, AUDIO, text)
    assert listen(agents) == WAV
    with pytest.raises(errors.MalformedAnswer, match=r"in place of audio.* \[GET"):
        listen(make_agents(max_attempts=1))


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "application/octet-stream"}, {"Content-Type": "audio/x-wav"}]
)
def test_audio_by_another_name_is_audio(
    agents: AgentsClient, server: ScriptedServer, headers: dict[str, str]
) -> None:
    server.will(Answer(body=WAV, headers=headers))
    assert listen(agents) == WAV


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("CONVERSATIONS_RECORDING_NOT_FOUND", errors.RecordingNotFound),
        ("CONVERSATIONS_NOT_FOUND", errors.ConversationNotFound),
        ("PROJECT_NOT_FOUND", errors.NotFound),
        ("", errors.NotFound),
    ],
)
def test_a_missing_recording_is_told_from_a_missing_conversation_and_a_missing_project(
    agents: AgentsClient, server: ScriptedServer, code: str, kind: type[errors.PolyAIError]
) -> None:
    server.will(error(404, code))
    with pytest.raises(errors.PermanentError) as caught:
        listen(agents)
    assert type(caught.value) is kind
    assert len(server.asked) == 1


def test_a_recording_elsewhere_is_not_fetched(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(error(302, Location=f"{server.url}/storage/a.wav?signature=x"))
    with pytest.raises(errors.RedirectRefused):
        listen(agents)
    assert len(server.asked) == 1


def test_a_recording_that_is_left_early_costs_nobody_anything(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(AUDIO, AUDIO)
    with agents.audio("a") as arriving:
        next(arriving.chunks())
    assert listen(agents) == WAV


def test_an_error_of_the_reader_passes_through(agents: AgentsClient, server: ScriptedServer) -> None:
    server.will(AUDIO)
    with pytest.raises(OSError, match="disk full"), agents.audio("a"):
        raise OSError("disk full")


def test_connections_are_reused_for_recordings_that_were_read_whole(
    agents: AgentsClient, server: ScriptedServer
) -> None:
    server.will(AUDIO, AUDIO)
    assert listen(agents) == listen(agents)
    assert len({asked.connection for asked in server.asked}) == 1


@pytest.mark.parametrize("fault", [cut(AUDIO, keep=5000), error(503), reset])
def test_a_file_is_written_again_from_its_beginning(
    agents: AgentsClient, server: ScriptedServer, fault: Behaviour
) -> None:
    server.will(fault, AUDIO)
    file = io.BytesIO(b"left over" + b"x" * 400_000)
    saved = agents.save_audio("a", file, direction="user")
    assert file.getvalue() == WAV
    assert (saved.bytes, saved.sha256) == (len(WAV), hashlib.sha256(WAV).hexdigest())
    assert (saved.content_type, saved.correlation_id) == ("audio/wav", "corr-3")
    assert server.asked_for("direction") == ["user", "user"]


def test_a_recording_that_never_comes_whole_is_given_up(
    make_agents: MakeAgents, server: ScriptedServer
) -> None:
    server.serve(lambda asked: cut(AUDIO, keep=5000))
    with pytest.raises(errors.TruncatedBody, match="Gave up after 3 attempts"):
        make_agents(max_attempts=3).save_audio("a", io.BytesIO())
    assert len(server.asked) == 3
