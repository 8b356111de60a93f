"""What people request arrives at PolyAI once, and its row says so."""

from datetime import timedelta
from typing import Any

import duckdb

from polyai_assets.simulator import Fault, Simulator
from polyai_assets.write_back.report import NOT_CONFIGURED, SWITCHED_OFF
from polyai_assets_tests.deployment import BANK, HOTEL
from polyai_assets_tests.write_back.conftest import NOW, Calls, Desk, annotated, names_of, noted


def test_an_annotation_and_a_note_that_were_inserted_with_plain_sql_arrive(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.sql(
        "INSERT INTO annotation_requests (project, conversation_id, turn_index, role, annotation_type) "
        "VALUES (?, ?, 2, 'user', 'wrong_transcript')",
        HOTEL.key,
        names[0],
    )
    desk.sql(
        "INSERT INTO note_requests (project, conversation_id, note) VALUES (?, ?, 'Call back')",
        HOTEL.key,
        names[1],
    )
    published = desk.publish()
    assert annotated(polyai) == [(names[0], 2, "user", "wrong_transcript")]
    assert noted(polyai) == [(names[1], "Call back")]
    assert (published[HOTEL.key].done, published[HOTEL.key].pending) == (2, 0)


def test_the_row_of_what_was_published_tells_all_about_it(desk: Desk, names: list[str]):
    desk.annotate(names[0], requested_by="ada")
    desk.publish()
    (row,) = desk.annotations()
    assert row["request_id"]
    assert (row["state"], row["attempts"], row["requested_by"], row["source"]) == ("done", 1, "ada", "sql")
    assert row["result"].startswith("201, correlation id")
    assert (row["error"], row["next_attempt_at"], row["paused"]) == (None, None, None)
    assert {row["requested_at"], row["sent_at"], row["finished_at"]} == {NOW}


def test_what_was_published_is_not_published_again(desk: Desk, polyai: Simulator, names: list[str]):
    desk.annotate(names[0])
    desk.note(names[0])
    desk.publish()
    again = desk.publish(later=timedelta(days=1))
    assert (len(annotated(polyai)), len(noted(polyai)), again) == (1, 1, {})


def test_annotations_of_a_conversation_that_are_pending_together_go_in_one_call(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    desk.annotate(names[0], 0)
    desk.annotate(names[1], 1)
    desk.annotate(names[0], 2, role="user", annotation_type="missing_topic")
    desk.publish()
    made = calls()
    assert [call.split("/")[-2:] for call in made] == [[names[0], "annotation"], [names[1], "annotation"]]
    assert annotated(polyai) == [
        (names[0], 0, "agent", "wrong_info"),
        (names[0], 2, "user", "missing_topic"),
        (names[1], 1, "agent", "wrong_info"),
    ]


def test_a_newer_note_supersedes_one_that_is_pending(desk: Desk, polyai: Simulator, names: list[str]):
    for text in ("first", "second", "third"):
        desk.note(names[0], text)
    published = desk.publish()
    assert noted(polyai) == [(names[0], "third")]
    first, second, third = desk.notes()
    assert [first["state"], second["state"], third["state"]] == ["refused", "refused", "done"]
    assert first["error"] == second["error"] == f"superseded by the newer request {third['request_id']}"
    assert (published[HOTEL.key].done, published[HOTEL.key].refused) == (1, 2)


def test_the_newer_note_is_the_one_that_was_inserted_later_whatever_the_clocks_say(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.note(names[0], "first", requested_at=NOW + timedelta(hours=3))
    desk.note(names[0], "second")
    desk.publish()
    assert noted(polyai) == [(names[0], "second")]


def test_a_note_after_a_note_that_was_published_replaces_it(desk: Desk, polyai: Simulator, names: list[str]):
    desk.note(names[0], "first")
    desk.publish()
    desk.note(names[0], "second")
    desk.publish()
    assert noted(polyai) == [(names[0], "first"), (names[0], "second")]
    assert desk.states() == ["done", "done"]


def test_requests_of_a_project_that_is_not_switched_on_stay_pending_and_it_is_said_why(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    desk.annotate(names[0])
    desk.note(names_of(polyai, BANK)[0], of=BANK)
    published = desk.publish(desk.configured(write_back=False), desk.configured(BANK))
    assert desk.states() == ["pending", "done"]
    assert (published[HOTEL.key].pending, published[HOTEL.key].why_pending) == (1, SWITCHED_OFF)
    assert [call for call in calls() if HOTEL.project_id in call] == []


def test_requests_of_a_project_that_is_not_configured_stay_pending_and_it_is_said_why(
    desk: Desk, names: list[str]
):
    desk.note(names[0], of=BANK)
    published = desk.publish()
    assert (published[BANK.key].pending, published[BANK.key].why_pending) == (1, NOT_CONFIGURED)


def test_the_tables_are_made_where_they_are_missing_and_their_columns_are_described(desk: Desk):
    desk.sql("DROP TABLE annotation_requests")
    desk.sql("ALTER TABLE note_requests DROP COLUMN paused")
    assert desk.publish() == {}
    rows = desk.sql(
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'annotation_requests' AND column_name = 'role'"
    )
    assert "user or agent" in rows[0]["comment"]
    assert desk.sql("SELECT paused FROM note_requests") == []


def test_a_note_may_hold_anything(desk: Desk, polyai: Simulator, names: list[str]):
    text = "Ωmega ☎\n\"quoted\" 'and' {braces} \\ %s"
    desk.note(names[0], text)
    desk.publish()
    assert noted(polyai) == [(names[0], text)]


def test_the_warehouse_is_free_while_a_call_is_made(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.faults.add(Fault("error", {"status": 503}, call="note"))
    desk.note(names[0])
    seen: list[Any] = []

    def look(_seconds: float) -> None:
        """Use the wait between two attempts to look into the warehouse, as another process may."""
        with duckdb.connect(desk.warehouse.target) as connection:
            seen.append(connection.execute("SELECT state FROM note_requests").fetchall())

    desk.publish(sleep=look)
    assert seen == [[("sending",)]]
    assert desk.states() == ["done"]
