from datetime import timedelta
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Simulator
from polyai_assets_tests.simulator.conftest import BANK, HOTEL, NOW, Ask

FIRST = {"turnId": 0, "role": "agent", "annotationType": "wrong_info"}
SECOND = {"turnId": 1, "role": "user", "annotationType": "wrong_transcript"}


@pytest.fixture
def name(ask: Ask) -> str:
    """The id of a conversation of several turns."""
    return next(c["id"] for c in ask().json()["conversations"] if c["num_turns"] > 3)


def test_a_note_is_the_note_of_the_conversation_from_then_on(agents: Ask, name: str) -> None:
    before = agents(name).json()
    reply = agents(name, "note", method="POST", json={"note": "Call back ☎"})

    assert (reply.status_code, reply.json()) == (201, {"success": True})
    assert agents(name).json() == before | {"note": "Call back ☎"}


def test_a_note_written_again_replaces_the_first(agents: Ask, simulator: Simulator, name: str) -> None:
    for text in ("one", "two", "two"):
        agents(name, "note", method="POST", json={"note": text})

    assert agents(name).json()["note"] == "two"
    assert [(note.conversation_id, note.note) for note in simulator.notes(HOTEL.key)] == [
        (name, "one"),
        (name, "two"),
        (name, "two"),
    ]


def test_a_note_stands_in_the_list_too(agents: Ask) -> None:
    newest = agents(params={"limit": 2}).json()["conversations"]
    agents(newest[1]["conversationId"], "note", method="POST", json={"note": "seen"})

    notes = [c["note"] for c in agents(params={"limit": 2}).json()["conversations"]]

    assert notes == [None, "seen"]


def test_annotations_are_kept_in_their_order_with_their_duplicates(
    agents: Ask, simulator: Simulator, name: str
) -> None:
    first = agents(name, "annotation", method="POST", json={"annotations": [FIRST, SECOND]})
    simulator.clock.advance(timedelta(minutes=1))
    agents(name, "annotation", method="POST", json={"annotations": [SECOND]})

    assert (first.status_code, first.json()) == (201, {"success": True})
    kept = simulator.annotations(HOTEL.key)
    assert [(a.turn_id, a.role, a.annotation_type) for a in kept] == [
        (0, "agent", "wrong_info"),
        (1, "user", "wrong_transcript"),
        (1, "user", "wrong_transcript"),
    ]
    assert [a.at - NOW for a in kept] == [timedelta(0), timedelta(0), timedelta(minutes=1)]
    assert {a.conversation_id for a in kept} == {name}


def test_what_was_written_is_of_its_project(agents: Ask, simulator: Simulator, name: str) -> None:
    agents(name, "note", method="POST", json={"note": "x"})
    agents(name, "annotation", method="POST", json={"annotations": [FIRST]})

    assert (simulator.notes(BANK.key), simulator.annotations(BANK.key)) == ([], [])
    with pytest.raises(KeyError, match="no project 'nowhere'"):
        simulator.notes("nowhere")


def test_what_was_written_can_be_read_over_http(
    agents: Ask, url: str, session: requests.Session, name: str
) -> None:
    agents(name, "note", method="POST", json={"note": "x"})
    agents(name, "annotation", method="POST", json={"annotations": [SECOND]})

    notes = session.get(f"{url}/_simulator/notes", timeout=10).json()
    annotations = session.get(f"{url}/_simulator/annotations", timeout=10).json()

    place = {"project": HOTEL.key, "conversation_id": name, "at": "2026-11-10T12:00:00Z"}
    assert notes == [place | {"note": "x"}]
    assert annotations == [
        place | {"turn_id": 1, "role": "user", "annotation_type": "wrong_transcript"},
    ]


def test_a_restore_forgets_what_was_written(agents: Ask, simulator: Simulator, name: str) -> None:
    agents(name, "note", method="POST", json={"note": "x"})
    agents(name, "annotation", method="POST", json={"annotations": [FIRST]})

    simulator.restore(HOTEL.key)

    assert (simulator.notes(HOTEL.key), simulator.annotations(HOTEL.key)) == ([], [])
    assert agents(name).json()["note"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"annotations": []},
        {"annotations": [FIRST, SECOND | {"role": "caller"}]},
        {"annotations": [FIRST, SECOND | {"annotationType": "wrong"}]},
        {"annotations": [FIRST, SECOND | {"turnId": -1}]},
        {"annotations": [FIRST, SECOND | {"turnId": 1000}]},
        {"annotations": [FIRST, SECOND | {"turnId": "1"}]},
        {"annotations": [FIRST, {"turnId": 1, "role": "user"}]},
        {"annotations": FIRST},
        {},
        [],
    ],
)
def test_an_annotation_that_is_not_as_documented_is_422_and_none_of_it_is_kept(
    agents: Ask, simulator: Simulator, name: str, body: Any
) -> None:
    reply = agents(name, "annotation", method="POST", json=body)

    assert (reply.status_code, reply.json()["success"]) == (422, False)
    assert reply.json()["error_message"]
    assert simulator.annotations(HOTEL.key) == []


@pytest.mark.parametrize("body", [{}, {"note": None}, {"note": 5}, {"text": "x"}])
def test_a_note_that_is_no_text_is_422(agents: Ask, simulator: Simulator, name: str, body: Any) -> None:
    assert agents(name, "note", method="POST", json=body).status_code == 422
    assert simulator.notes(HOTEL.key) == []


@pytest.mark.parametrize(
    ("call", "body"), [("note", b""), ("annotation", b"{"), ("note", b'{"note": "\xff"}')]
)
def test_a_body_that_is_not_json_is_400(agents: Ask, name: str, call: str, body: bytes) -> None:
    reply = agents(name, call, method="POST", data=body)

    assert (reply.status_code, reply.json()["error_code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("call", "body"), [("note", {"note": "x"}), ("annotation", {"annotations": [FIRST]})]
)
def test_writing_to_an_unknown_conversation_is_404(
    agents: Ask, simulator: Simulator, call: str, body: Any
) -> None:
    reply = agents("CA-none", call, method="POST", json=body)

    assert (reply.status_code, reply.json()["error_code"]) == (404, "CONVERSATIONS_NOT_FOUND")
    assert (simulator.notes(HOTEL.key), simulator.annotations(HOTEL.key)) == ([], [])


def test_notes_and_annotations_cannot_be_got(agents: Ask, name: str) -> None:
    assert agents(name, "note").status_code == agents(name, "annotation").status_code == 405


def test_a_wrong_key_writes_nothing(agents: Ask, simulator: Simulator, name: str) -> None:
    reply = agents(name, "note", method="POST", json={"note": "x"}, key=BANK.api_key)

    assert reply.status_code == 401
    assert simulator.notes(HOTEL.key) == []
