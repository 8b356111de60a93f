"""What cannot be published is refused with the reason, before any call."""

from datetime import timedelta
from typing import Any

import pytest

from polyai_assets.api.agents import writing
from polyai_assets.contract import write_back
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.write_back.look import first_due
from polyai_assets_tests.api.scripted_server import ScriptedServer, error
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.tiers import LONG, long
from polyai_assets_tests.write_back.conftest import NOW, Calls, Desk, annotated, connect, noted

pytestmark = LONG

HOUR = timedelta(hours=1)

UNKNOWN = "this project has no such conversation in the table conversations"


def test_annotations_that_polyai_could_not_take_are_refused_before_any_call(
    desk: Desk, names: list[str], calls: Calls
):
    desk.sql("UPDATE conversations SET num_turns = 4")
    desk.sql("DELETE FROM turns WHERE turn_index > 3")
    refused: list[tuple[dict[str, Any], str]] = [
        ({"conversation_id": "CA-none"}, UNKNOWN),
        ({"conversation_id": None}, "conversation_id is missing"),
        ({"project": " "}, "project is missing"),
        ({"project": None}, "project is missing"),
        ({"turn_index": None}, "turn_index is missing"),
        ({"turn_index": -1}, "turn_index is -1; the conversation has 4 turns, counted from 0"),
        ({"turn_index": 4}, "turn_index is 4; the conversation has 4 turns, counted from 0"),
        ({"role": None}, "role is missing"),
        ({"role": "Agent"}, "role is Agent; PolyAI has user, agent"),
        ({"annotation_type": None}, "annotation_type is missing"),
        (
            {"annotation_type": "wrong"},
            "annotation_type is wrong; PolyAI has missing_topic, wrong_transcript, wrong_info",
        ),
    ]
    for given, _ in refused:
        desk.annotate(names[0], **given)
    desk.publish()
    rows = desk.annotations()
    assert [row["error"] for row in rows] == [reason for _, reason in refused]
    assert {(row["state"], row["attempts"], row["finished_at"]) for row in rows} == {("refused", 0, desk.now)}
    assert calls() == []


def test_notes_that_polyai_could_not_take_are_refused_before_any_call(
    desk: Desk, names: list[str], calls: Calls
):
    refused: list[tuple[dict[str, Any], str]] = [
        ({"note": None}, "note is empty"),
        ({"note": " \n\t"}, "note is empty"),
        ({"conversation_id": "CA-none"}, UNKNOWN),
        ({"conversation_id": ""}, "conversation_id is missing"),
        ({"project": None}, "project is missing"),
    ]
    for given, _ in refused:
        desk.note(names[0], **given)
    desk.publish()
    rows = desk.notes()
    assert [(row["state"], row["error"]) for row in rows] == [("refused", reason) for _, reason in refused]
    assert calls() == []


def test_the_last_turn_may_be_annotated(desk: Desk, polyai: Simulator, names: list[str]):
    (turns,) = desk.sql("SELECT num_turns FROM conversations WHERE conversation_id = ?", names[0])
    desk.annotate(names[0], turns["num_turns"] - 1)
    desk.publish()
    assert [turn for _, turn, _, _ in annotated(polyai)] == [turns["num_turns"] - 1]


def test_turns_count_by_what_is_announced_where_transcripts_are_switched_off(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.sql("DELETE FROM turns")
    desk.annotate(names[0], 2)
    desk.publish()
    assert len(annotated(polyai)) == 1


def test_a_conversation_of_another_project_is_not_this_projects(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.sql("UPDATE conversations SET project = 'uk-1/acme/other' WHERE conversation_id = ?", names[0])
    desk.note(names[0])
    published = desk.publish()
    assert desk.notes()[0]["error"] == UNKNOWN
    assert published[HOTEL.key].refused == 1
    assert noted(polyai) == []


def test_what_is_refused_does_not_hold_back_the_others(desk: Desk, polyai: Simulator, names: list[str]):
    desk.annotate(names[0], 999)
    desk.annotate(names[0], 1)
    desk.publish()
    assert desk.states() == ["refused", "done"]
    assert [turn for _, turn, _, _ in annotated(polyai)] == [1]


def test_a_request_that_is_inserted_again_under_its_id_is_refused(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.annotate(names[0], request_id="crm-17")
    desk.publish()
    desk.annotate(names[0], request_id="crm-17")
    desk.annotate(names[1], request_id="crm-18")
    desk.annotate(names[1], request_id="crm-18")
    desk.publish()
    rows = desk.annotations()
    assert [(row["state"], row["error"]) for row in rows] == [
        ("done", None),
        ("refused", "the request_id crm-17 was used before"),
        ("done", None),
        ("refused", "the request_id crm-18 was used before"),
    ]
    assert len({row["request_id"] for row in rows}) == 4
    assert [name for name, *_ in annotated(polyai)] == names[:2]


def test_a_conversation_that_polyai_does_not_know_is_refused(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.remove(HOTEL.key, names[0])
    desk.annotate(names[0])
    desk.note(names[0])
    desk.note(names[1])
    desk.publish()
    rows = [*desk.annotations(), *desk.notes()]
    assert [row["state"] for row in rows] == ["refused", "refused", "done"]
    assert rows[0]["error"].startswith("PolyAI does not know this conversation.")
    assert rows[1]["error"].startswith("PolyAI does not know this conversation.")
    assert rows[0]["result"].startswith("404")


def test_a_conversation_that_has_just_begun_may_not_be_known_yet(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.sql("UPDATE conversations SET date = ?, started_at = ?", desk.now.date(), desk.now - HOUR)
    polyai.faults.add(Fault("no_conversation", conversation_id=names[0], times=None))
    desk.annotate(names[0])
    desk.note(names[0])
    desk.note(names[1])
    desk.publish()
    assert desk.states() == ["pending", "pending", "done"]  # what waits holds back nobody else
    (row, *_) = desk.annotations()
    assert row["error"].startswith("PolyAI does not know this conversation yet")
    assert (row["paused"], row["next_attempt_at"]) == ("request", desk.now + HOUR)
    assert desk.publish(later=HOUR / 2, only_due=True)[HOTEL.key].done == 0
    polyai.faults.clear()
    desk.publish(later=HOUR / 2, only_due=True)
    assert desk.states() == ["done"] * 3


def test_a_conversation_that_stays_unknown_is_refused_a_day_later(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.sql("UPDATE conversations SET date = ?, started_at = ?", desk.now.date(), desk.now - HOUR)
    polyai.faults.add(Fault("no_conversation", conversation_id=names[0], times=None))
    desk.note(names[0])
    desk.publish(later=20 * HOUR)
    (row,) = desk.notes()
    assert (row["state"], row["next_attempt_at"]) == ("pending", NOW + 23 * HOUR)
    desk.publish(later=3 * HOUR)
    (row,) = desk.notes()
    assert (row["state"], row["attempts"]) == ("refused", 2)


ODD_MOMENTS = ["290000-01-01 00:00:00+00", "0044-03-15 (BC) 00:00:00+00", "infinity", "-infinity"]


@pytest.mark.parametrize(
    "columns",
    [("requested_at", "next_attempt_at"), long(("sent_at", "finished_at")), long(("sending_until",))],
)
@pytest.mark.parametrize("moment", ODD_MOMENTS)
def test_a_moment_that_python_cannot_hold_stops_nothing(
    desk: Desk, polyai: Simulator, names: list[str], columns: tuple[str, ...], moment: str
):
    for name, column in zip(names, columns, strict=False):
        desk.note(name, column)
        desk.sql(f"UPDATE note_requests SET {column} = TIMESTAMPTZ '{moment}' WHERE note = '{column}'")
    desk.note(names[-1], "good")
    with connect() as connection:
        first_due(connection, desk.warehouse, [HOTEL.key], desk.leases, desk.now)
    desk.publish()
    assert dict(noted(polyai))[names[-1]] == "good"
    states = {row["note"]: row["state"] for row in desk.sql("SELECT note, state FROM note_requests")}
    assert states == dict.fromkeys([*columns, "good"], "done")


def test_a_moment_until_when_a_request_is_a_publishers_may_be_any(
    desk: Desk, polyai: Simulator, names: list[str]
):
    for moment in ODD_MOMENTS:
        desk.note(names[0], moment)
        desk.sql(
            f"UPDATE note_requests SET state = 'sending', sending_by = 'x', sending_until = TIMESTAMPTZ '{moment}' "
            "WHERE note = ?",
            moment,
        )
    desk.note(names[1], "good")
    desk.publish()
    assert dict(noted(polyai))[names[1]] == "good"


def test_a_server_that_asks_for_thousands_of_years_is_asked_again_after_a_day(
    desk: Desk, polyai: Simulator, names: list[str]
):
    wait = "Fri, 31 Dec 9999 23:59:59 -1200"
    with ScriptedServer() as server:
        server.serve(lambda _: error(429, Retry_After=wait))
        desk.note(names[0])
        desk.publish(desk.configured(agents_base_url=server.url))
    assert desk.notes()[0]["next_attempt_at"] == desk.now + timedelta(days=1)


def test_what_polyai_refuses_is_refused_and_not_sent_again(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    polyai.faults.add(Fault("error", {"status": 422}, call="annotation", times=None))
    desk.annotate(names[0], 1)
    desk.annotate(names[0], 2)
    desk.publish()
    desk.publish(later=timedelta(days=1))
    rows = desk.annotations()
    assert [row["state"] for row in rows] == ["refused", "refused"]
    assert rows[0]["result"].startswith("422")
    assert len(calls()) == 1


def test_the_words_that_requests_may_use_are_those_of_the_api():
    assert (write_back.ROLES, write_back.ANNOTATION_TYPES) == (writing.ROLES, writing.ANNOTATION_TYPES)
