import io
import time
import wave
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import BANK, HOTEL, Ask

NOTE = {"method": "POST", "json": {"note": "x"}}
ANNOTATIONS = [{"turnId": 0, "role": "agent", "annotationType": "missing_topic"}]
CALLS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "agent_list": ((), {}),
    "detail": ((), {}),
    "audio": (("audio",), {}),
    "annotation": (("annotation",), {"method": "POST", "json": {"annotations": ANNOTATIONS}}),
    "note": (("note",), NOTE),
}


@pytest.fixture
def name(ask: Ask) -> str:
    """The id of a call."""
    return next(c["id"] for c in ask().json()["conversations"] if c["channel"] == "VOICE-SIP")


@pytest.fixture
def call(agents: Ask, name: str) -> Ask:
    """Make one of CALLS."""

    def call(which: str) -> requests.Response:
        parts, given = CALLS[which]
        return agents(*parts, **given) if which == "agent_list" else agents(name, *parts, **given)

    return call


@pytest.mark.parametrize("which", CALLS)
def test_every_call_can_be_refused(call: Ask, simulator: Simulator, which: str) -> None:
    simulator.faults.add(Fault("rate_limited", {"retry_after": 7}))
    simulator.faults.add(Fault("error", {"status": 503}))

    limited, failed, after = call(which), call(which), call(which)

    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    assert (failed.status_code, failed.json()["success"]) == (503, False)
    assert after.ok


@pytest.mark.parametrize("which", CALLS)
def test_every_connection_can_be_reset_or_cut(call: Ask, simulator: Simulator, which: str) -> None:
    simulator.faults.add(Fault("reset"))
    simulator.faults.add(Fault("cut_body"))

    with pytest.raises(requests.ConnectionError, match="reset"):
        call(which)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        call(which)
    assert call(which).ok


@pytest.mark.parametrize("which", CALLS)
def test_a_stall_leaves_the_answer_as_it_is(call: Ask, simulator: Simulator, which: str) -> None:
    whole = call(which)
    stalled = simulator.faults.add(Fault("stall", {"seconds": 0.1, "share": 0.5}))
    began = time.monotonic()

    late = call(which)

    assert time.monotonic() - began >= 0.1
    assert stalled.hits == 1
    assert (late.status_code, late.headers["Content-Type"]) == (
        whole.status_code,
        whole.headers["Content-Type"],
    )
    assert late.headers["Content-Length"] == str(len(late.content))


@pytest.mark.parametrize("which", CALLS)
def test_an_error_page_may_come_with_200(call: Ask, simulator: Simulator, which: str) -> None:
    simulator.faults.add(Fault("html_page"))

    page = call(which)

    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.text.startswith("<!DOCTYPE html>")


def test_a_cut_wav_promises_more_than_it_holds(agents: Ask, simulator: Simulator, name: str) -> None:
    whole = agents(name, "audio").content
    simulator.faults.add(Fault("cut_wav", {"share": 0.25}))

    cut = agents(name, "audio")

    assert cut.headers["Content-Length"] == str(len(cut.content))
    assert cut.content == whole[: len(whole) // 4]
    with wave.open(io.BytesIO(cut.content)) as wav:
        assert len(wav.readframes(wav.getnframes())) < wav.getnframes()


def test_a_recording_may_be_missing_while_the_detail_speaks_of_it(
    agents: Ask, simulator: Simulator, name: str
) -> None:
    simulator.faults.add(Fault("no_recording", times=None, conversation_id=name))
    other = next(c for c in agents().json()["conversations"] if c["audioUrl"])

    reply = agents(name, "audio")

    assert (reply.status_code, reply.json()["error_code"]) == (404, "CONVERSATIONS_RECORDING_NOT_FOUND")
    assert agents(name).json()["audioUrl"]
    assert agents(other["conversationId"], "audio").status_code == 200


def test_a_conversation_may_vanish_from_the_detail_alone(
    agents: Ask, ask: Ask, simulator: Simulator, name: str
) -> None:
    simulator.faults.add(Fault("no_conversation", call="detail", times=None, conversation_id=name))

    reply = agents(name)

    assert (reply.status_code, reply.json()["error_code"]) == (404, "CONVERSATIONS_NOT_FOUND")
    assert name in [c["id"] for c in ask().json()["conversations"]]
    assert agents(name, "audio").status_code == 200


def test_an_answer_may_be_lost_after_the_note_was_written(
    agents: Ask, simulator: Simulator, name: str
) -> None:
    simulator.faults.add(Fault("lost_answer", call="note"))

    with pytest.raises(requests.ConnectionError, match="reset"):
        agents(name, "note", **NOTE)

    assert [note.note for note in simulator.notes(HOTEL.key)] == ["x"]


def test_a_retry_after_a_lost_answer_doubles_the_annotation(
    call: Ask, simulator: Simulator, name: str
) -> None:
    simulator.faults.add(Fault("lost_answer", call="annotation"))

    with pytest.raises(requests.ConnectionError, match="reset"):
        call("annotation")
    call("annotation")

    assert [made.conversation_id for made in simulator.annotations(HOTEL.key)] == [name, name]


def test_a_reset_comes_before_anything_is_written(call: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("reset"))

    with pytest.raises(requests.ConnectionError, match="reset"):
        call("annotation")

    assert simulator.annotations(HOTEL.key) == []


def test_pages_of_the_list_may_be_empty_or_skipped(agents: Ask, simulator: Simulator) -> None:
    def page(offset: int) -> list[str]:
        reply = agents(params={"limit": 5, "offset": offset}).json()
        return [conversation["conversationId"] for conversation in reply["conversations"]]

    first, second = page(0), page(5)
    simulator.faults.add(Fault("drop_page"))
    simulator.faults.add(Fault("empty_page", after=1))

    assert page(0) == second
    assert page(0) == []
    assert page(0) == first


def test_a_fault_of_one_call_lets_the_others_pass(call: Ask, ask: Ask, simulator: Simulator) -> None:
    fault = simulator.faults.add(Fault("error", call="audio", times=None))

    statuses = {which: call(which).status_code for which in CALLS}

    assert statuses == {"agent_list": 200, "detail": 200, "audio": 500, "annotation": 201, "note": 201}
    assert ask().status_code == 200
    assert fault.hits == 1


def test_a_fault_of_the_conversations_list_lets_the_agents_api_pass(
    call: Ask, ask: Ask, simulator: Simulator
) -> None:
    simulator.faults.add(Fault("error", call="list", times=None))

    assert ask().status_code == 500
    assert all(call(which).ok for which in CALLS)


def test_a_fault_with_a_window_hits_details_of_conversations_that_began_in_it(
    agents: Ask, ask: Ask, simulator: Simulator
) -> None:
    noon = datetime(2026, 11, 3, 18, tzinfo=UTC)
    records = ask().json()["conversations"]
    simulator.faults.add(Fault("error", since=noon, times=None, call="detail"))

    for record in (records[0], records[-1]):
        status = 500 if record["started_at"] >= "2026-11-03T18" else 200
        assert agents(record["id"]).status_code == status
    assert records[0]["started_at"] < "2026-11-03T18" <= records[-1]["started_at"]


def test_a_fault_of_another_project_lets_this_one_pass(agents: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("error", project=BANK.key, times=None))

    assert agents().status_code == 200
    assert agents(project=BANK).status_code == 500


def test_a_call_that_a_kind_has_no_meaning_for_is_refused(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="no meaning for call 'note'; use audio"):
        simulator.faults.add(Fault("cut_wav", call="note"))
    with pytest.raises(ValueError, match="no meaning for call 'tape'"):
        simulator.faults.add(Fault("error", call="tape"))


def test_a_fault_of_one_call_can_be_switched_over_http(
    agents: Ask, url: str, session: requests.Session, name: str
) -> None:
    address = f"{url}/_simulator/faults"
    fault = {"kind": "no_recording", "call": "audio", "conversation_id": name}

    assert session.post(address, json=fault, timeout=10).status_code == 201
    assert session.post(address, json=fault | {"call": "tape"}, timeout=10).status_code == 400
    assert agents(name, "audio").status_code == 404
    assert agents(name, "audio").status_code == 200
