"""Calls that fail: what was not taken stays pending, and what may have been taken is never repeated blindly."""

import logging
from datetime import timedelta

import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets.write_back.ledger import retry_unknown
from polyai_assets.write_back.tables import transact
from polyai_assets_tests.api.scripted_server import ScriptedServer, error
from polyai_assets_tests.deployment import BANK, HOTEL
from polyai_assets_tests.write_back.conftest import (
    NOW,
    OUTLASTED,
    Calls,
    Desk,
    annotated,
    connect,
    names_of,
    noted,
)

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("fault", [Fault("error", {"status": 500}, call="note"), Fault("reset", call="note")])
def test_a_note_that_met_passing_trouble_is_sent_again_at_once(
    desk: Desk, polyai: Simulator, names: list[str], fault: Fault
):
    polyai.faults.add(fault)
    desk.note(names[0])
    desk.publish()
    assert (noted(polyai), desk.states()) == ([(names[0], "x")], ["done"])


def test_a_note_whose_answer_was_lost_is_sent_again(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.faults.add(Fault("lost_answer", call="note"))
    desk.note(names[0], "text")
    desk.publish()
    assert noted(polyai) == [(names[0], "text")] * 2
    assert desk.states() == ["done"]


@pytest.mark.parametrize("kind", ["lost_answer", "cut_body", "html_page"])
def test_an_annotation_whose_answer_was_lost_is_unknown_and_never_repeated_by_itself(
    desk: Desk, polyai: Simulator, names: list[str], kind: str
):
    polyai.faults.add(Fault(kind, call="annotation"))
    desk.annotate(names[0], 1)
    desk.annotate(names[0], 2)
    published = desk.publish()
    assert published[HOTEL.key].unknown == 2
    assert desk.publish(later=OUTLASTED) == {}
    assert len(annotated(polyai)) == 2
    assert desk.states() == ["unknown", "unknown"]
    assert desk.annotations()[0]["error"].startswith("Whether it was written is not known")


def test_an_annotation_that_may_have_been_taken_is_unknown_even_if_it_was_not(
    desk: Desk, polyai: Simulator, names: list[str]
):
    polyai.faults.add(Fault("error", {"status": 500}, call="annotation"))
    desk.annotate(names[0])
    desk.publish()
    assert (desk.states(), annotated(polyai)) == (["unknown"], [])


def test_what_is_unknown_does_not_hold_back_the_others(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.faults.add(Fault("lost_answer", call="annotation"))
    desk.annotate(names[0])
    desk.annotate(names[1])
    desk.note(names[0])
    desk.publish()
    assert desk.states() == ["unknown", "done", "done"]
    assert [name for name, *_ in annotated(polyai)] == names[:2]


def test_a_person_may_have_an_unknown_annotation_sent_again(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.faults.add(Fault("error", {"status": 500}, call="annotation"))
    desk.annotate(names[0], request_id="a")
    desk.publish()
    with connect() as connection:
        found = transact(connection, desk.warehouse, lambda given: retry_unknown(given, ["a", "b"]))
    assert found == ["a"]
    desk.publish()
    assert len(annotated(polyai)) == 1
    (row,) = desk.annotations()
    assert (row["state"], row["attempts"], row["error"]) == ("done", 2, None)


@pytest.mark.parametrize("state", ["done", "pending"])
def test_a_person_may_decide_about_an_unknown_annotation_with_plain_sql(
    desk: Desk, polyai: Simulator, names: list[str], state: str
):
    polyai.faults.add(Fault("lost_answer", call="annotation"))
    desk.annotate(names[0])
    desk.publish()
    desk.sql("UPDATE annotation_requests SET state = ? WHERE state = 'unknown'", state)
    desk.publish()
    assert desk.states() == ["done"]
    assert len(annotated(polyai)) == (1 if state == "done" else 2)


def test_what_certainly_was_not_processed_stays_pending_and_is_tried_with_growing_pauses(
    desk: Desk, polyai: Simulator, names: list[str], caplog: pytest.LogCaptureFixture
):
    polyai.faults.add(Fault("rate_limited", {"retry_after": None}, call="annotation", times=None))
    desk.annotate(names[0])
    pauses = []
    for attempts in (0, 1, 5, 7):
        desk.sql("UPDATE annotation_requests SET attempts = ?", attempts)
        with caplog.at_level(logging.WARNING):
            published = desk.publish(later=OUTLASTED, only_due=True)
        (row,) = desk.annotations()
        assert row["state"] == "pending"
        pauses.append((row["next_attempt_at"] - desk.now) / MINUTE)
    assert pauses == [1, 2, 32, 60]
    assert published[HOTEL.key].pending == 1
    assert "what is pending is tried again at 2025-03-10 14:01:00+00:00" in caplog.text
    polyai.faults.clear()
    desk.publish(later=OUTLASTED, only_due=True)
    assert len(annotated(polyai)) == 1
    assert desk.annotations()[0]["attempts"] == 9


def test_a_server_that_asks_for_a_longer_pause_gets_it(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.faults.add(Fault("rate_limited", {"retry_after": 7200}, call="annotation", times=None))
    desk.annotate(names[0])
    desk.publish()
    assert desk.annotations()[0]["next_attempt_at"] == NOW + timedelta(hours=2)


def test_what_waits_is_left_alone_until_it_is_due_unless_a_person_publishes(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    polyai.faults.add(Fault("error", {"status": 503}, call="note", times=None))
    desk.note(names[0])
    desk.publish()
    polyai.faults.clear()
    calls()
    assert desk.publish(later=MINUTE / 2, only_due=True)[HOTEL.key].pending == 1
    assert calls() == []
    assert desk.publish()[HOTEL.key].done == 1


def test_a_refused_key_keeps_all_of_the_projects_requests_pending(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    bank = names_of(polyai, BANK)[0]
    desk.annotate(names[0])
    desk.note(names[1])
    desk.note(bank, of=BANK)
    published = desk.publish(desk.configured(key="wrong-key"), desk.configured(BANK))
    hotel = published[HOTEL.key]
    assert (hotel.pending, hotel.key_trouble, published[BANK.key].done) == (2, True, 1)
    assert hotel.why_pending is not None
    assert hotel.why_pending.startswith(
        "The key in environment variable KEY_OF_HOTEL_BOT was refused for us-1/acme/hotel-bot by the Agents API."
    )
    assert len([call for call in calls() if HOTEL.project_id in call]) == 1
    assert {row["next_attempt_at"] for row in (*desk.annotations(), desk.notes()[0])} == {NOW + MINUTE}
    desk.publish()
    assert desk.states() == ["done", "done", "done"]


def test_a_key_that_may_not_write_is_the_same(desk: Desk, polyai: Simulator, names: list[str]):
    polyai.faults.add(Fault("error", {"status": 403}, call="annotation"))
    desk.annotate(names[0])
    published = desk.publish()[HOTEL.key]
    assert (published.pending, published.key_trouble) == (1, True)
    assert "may not write to the conversations of us-1/acme/hotel-bot" in str(published.why_pending)


def test_without_a_key_nothing_is_called_and_the_requests_wait(desk: Desk, names: list[str], calls: Calls):
    desk.note(names[0])
    published = desk.publish(desk.configured(key=None))[HOTEL.key]
    assert (published.pending, published.key_trouble, calls()) == (1, True, [])
    assert "KEY_OF_HOTEL_BOT is not set" in str(published.why_pending)


def test_requests_that_come_while_the_project_waits_wait_with_it(desk: Desk, names: list[str], calls: Calls):
    wrong = desk.configured(key="wrong-key")
    desk.note(names[0])
    desk.publish(wrong)
    desk.note(names[1])
    calls()
    desk.publish(wrong, later=MINUTE / 2, only_due=True)
    assert calls() == []
    assert [row["next_attempt_at"] for row in desk.notes()] == [NOW + MINUTE] * 2


def test_what_a_person_wrote_is_in_no_log_even_if_the_server_quotes_it(
    desk: Desk, names: list[str], caplog: pytest.LogCaptureFixture
):
    secret = "her name is Rosalind"
    with ScriptedServer() as server:
        server.will(error(503, "BUSY", f"not now: {secret}"), error(422, "BAD", f"not like this: {secret}"))
        desk.note(names[0], secret)
        with caplog.at_level(logging.DEBUG):
            desk.publish(desk.configured(agents_base_url=server.url))
    assert "Attempt 1 of 4 failed" in caplog.text
    assert "refused: The Agents API did not take what was written" in caplog.text
    assert secret not in caplog.text
    assert secret in desk.notes()[0]["error"]
