"""One request that fails keeps no other waiting; a project that is down is left alone after a few."""

import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets.write_back.ledger import CallOutcome
from polyai_assets.write_back.publish import MOST_IN_A_PASS, MOST_IN_A_ROW, Patience
from polyai_assets.write_back.tables import RequestState
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, error
from polyai_assets_tests.deployment import BANK, DAY1, HOTEL
from polyai_assets_tests.tiers import LONG
from polyai_assets_tests.write_back.conftest import (
    NOW,
    OUTLASTED,
    Calls,
    Desk,
    annotated,
    names_of,
    noted,
)

pytestmark = LONG

MINUTE = timedelta(minutes=1)
ATTEMPTS = 4
"""How often a call is made before it counts as one that failed."""


def always_failing(conversation: str) -> Fault:
    return Fault("error", {"status": 500}, call="note", times=None, conversation_id=conversation)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def crowd(desk: Desk) -> list[str]:
    """More conversations of the hotel than a pass takes trouble with."""
    ids = [f"CA{number:03}" for number in range(3 * MOST_IN_A_PASS)]
    desk.sql(
        "INSERT INTO conversations (project, date, conversation_id, num_turns) SELECT ?, ?, unnest(?), 4",
        HOTEL.key,
        DAY1,
        ids,
    )
    return ids


def note_all(desk: Desk, conversations: Sequence[str]) -> None:
    desk.sql(
        "INSERT INTO note_requests (project, conversation_id, note) SELECT ?, unnest(?), 'x'",
        HOTEL.key,
        conversations,
    )


def annotate_all(desk: Desk, conversations: Sequence[str]) -> None:
    desk.sql(
        "INSERT INTO annotation_requests (project, conversation_id, turn_index, role, annotation_type) "
        "SELECT ?, unnest(?), 1, 'agent', 'wrong_info'",
        HOTEL.key,
        conversations,
    )


def failing(these: Sequence[str]) -> Callable[[Asked], Answer]:
    """Take all notes but those for these conversations."""
    taken = Answer(201, b'{"success": true}')
    return lambda asked: error(500) if asked.path.split("/")[-2] in these else taken


def conversations(server: ScriptedServer) -> list[str]:
    """The conversations that were called for, attempt by attempt."""
    return [asked.path.split("/")[-2] for asked in server.asked]


def test_a_note_that_always_fails_keeps_no_other_request_of_its_project_waiting(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    polyai.faults.add(always_failing(names[0]))
    desk.note(names[0], requested_at=NOW - timedelta(days=1))
    desk.note(names[1])
    desk.annotate(names[0])
    desk.annotate(names[2])
    published = desk.publish(only_due=True)[HOTEL.key]
    assert noted(polyai) == [(names[1], "x")]
    assert [name for name, *_ in annotated(polyai)] == [names[0], names[2]]
    assert (published.done, published.pending) == (3, 1)
    assert len([call for call in calls() if call.endswith(f"{names[0]}/note")]) == ATTEMPTS
    failed, other = desk.notes()
    assert (failed["state"], failed["attempts"], failed["paused"]) == ("pending", 1, "request")
    assert (failed["next_attempt_at"], failed["result"][:3]) == (NOW + MINUTE, "500")
    assert f"Gave up after {ATTEMPTS} attempts" in failed["error"]
    assert (other["attempts"], other["next_attempt_at"], other["paused"]) == (1, None, None)


def test_a_note_that_always_fails_is_tried_in_later_passes_until_it_is_taken(
    desk: Desk, polyai: Simulator, names: list[str]
):
    polyai.faults.add(always_failing(names[0]))
    desk.note(names[0])
    waits = []
    for _ in range(4):
        desk.publish(later=OUTLASTED, only_due=True)
        (row,) = desk.notes()
        waits.append((row["attempts"], (row["next_attempt_at"] - desk.now) / MINUTE))
    assert waits == [(1, 1), (2, 2), (3, 4), (4, 8)]
    polyai.faults.clear()
    desk.publish(later=OUTLASTED, only_due=True)
    assert (noted(polyai), desk.states()) == ([(names[0], "x")], ["done"])


def test_what_comes_after_a_note_that_has_failed_often_does_not_wait_for_it(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    polyai.faults.add(always_failing(names[0]))
    desk.note(names[0])
    desk.publish(only_due=True)
    often, next_turn = 8, desk.now + timedelta(hours=1)
    desk.sql("UPDATE note_requests SET attempts = ?, next_attempt_at = ?", often, next_turn)
    calls()
    desk.note(names[1])
    desk.publish(later=MINUTE, only_due=True)
    assert [call.split("/")[-2] for call in calls()] == [names[1]]
    desk.note(names[2])
    desk.publish(later=OUTLASTED, only_due=True)
    assert [call.split("/")[-2] for call in calls()] == [names[2], *[names[0]] * ATTEMPTS]


def test_notes_that_fail_here_and_there_keep_no_other_waiting(
    desk: Desk, crowd: list[str], server: ScriptedServer
):
    good, bad = crowd[2:9:3], [*crowd[0:9:3], *crowd[1:9:3]]  # two that fail before each that does not
    server.serve(failing(bad))
    note_all(desk, crowd[:9])
    desk.publish(desk.configured(agents_base_url=server.url))
    assert [row["conversation_id"] for row in desk.notes() if row["state"] == "done"] == good
    assert {row["attempts"] for row in desk.notes()} == {1}


def test_of_a_project_that_fails_whatever_is_sent_a_few_requests_are_tried(
    desk: Desk, crowd: list[str], server: ScriptedServer
):
    server.serve(failing(crowd))
    note_all(desk, crowd)
    config = desk.configured(agents_base_url=server.url)
    published = desk.publish(config)[HOTEL.key]
    assert conversations(server) == [name for name in crowd[:MOST_IN_A_ROW] for _ in range(ATTEMPTS)]
    assert published.pending == len(crowd)
    assert [row["attempts"] for row in desk.notes()] == [1] * MOST_IN_A_ROW + [0] * (
        len(crowd) - MOST_IN_A_ROW
    )
    assert {row["next_attempt_at"] for row in desk.notes()} == {NOW + MINUTE}
    server.asked.clear()
    desk.publish(config, later=MINUTE / 2, only_due=True)
    assert server.asked == []


def test_what_was_not_tried_has_the_next_turn_so_that_none_is_held_up_for_ever(
    desk: Desk, crowd: list[str], server: ScriptedServer
):
    server.serve(failing(crowd[:MOST_IN_A_ROW]))
    note_all(desk, crowd[: MOST_IN_A_ROW + 2])
    config = desk.configured(agents_base_url=server.url)
    desk.publish(config)
    server.asked.clear()
    desk.publish(config, later=MINUTE, only_due=True)
    assert conversations(server)[:2] == crowd[MOST_IN_A_ROW : MOST_IN_A_ROW + 2]
    assert desk.states() == ["pending"] * MOST_IN_A_ROW + ["done"] * 2


def test_a_project_most_of_which_is_down_is_left_alone_after_some_failures_in_all(
    desk: Desk, crowd: list[str], server: ScriptedServer
):
    server.serve(failing(crowd[::2]))  # every second one: never several in a row
    note_all(desk, crowd)
    desk.publish(desk.configured(agents_base_url=server.url))
    tried = [row["state"] for row in desk.notes() if row["attempts"]]
    assert tried == (["pending", "done"] * MOST_IN_A_PASS)[:-1]


def test_a_host_that_nobody_answers_at_is_asked_a_few_times_and_nothing_becomes_unknown(
    desk: Desk, crowd: list[str]
):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    annotate_all(desk, crowd)
    note_all(desk, crowd)
    desk.publish(desk.configured(agents_base_url=url))
    assert len(desk.slept) == MOST_IN_A_ROW * (ATTEMPTS - 1)
    assert set(desk.states()) == {"pending"}
    rows = [*desk.annotations(), *desk.notes()]
    assert sum(row["attempts"] for row in rows) == MOST_IN_A_ROW
    assert {row["next_attempt_at"] for row in rows} == {NOW + MINUTE}


def test_a_project_that_fails_whatever_is_sent_makes_few_annotations_unknown(
    desk: Desk, crowd: list[str], server: ScriptedServer
):
    server.serve(lambda _: error(500))
    annotate_all(desk, crowd)
    published = desk.publish(desk.configured(agents_base_url=server.url))[HOTEL.key]
    assert conversations(server) == crowd[:MOST_IN_A_ROW]
    assert (published.unknown, published.pending) == (MOST_IN_A_ROW, len(crowd) - MOST_IN_A_ROW)
    rest = desk.annotations()[MOST_IN_A_ROW:]
    assert {(row["state"], row["next_attempt_at"]) for row in rest} == {("pending", NOW + MINUTE)}


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [(error(429, Retry_After="600"), 10 * MINUTE), (error(401), MINUTE), (error(403), MINUTE)],
)
def test_after_an_answer_that_goes_for_all_of_the_project_nothing_else_is_sent(
    desk: Desk, crowd: list[str], server: ScriptedServer, refusal: Answer, wait: timedelta
):
    server.serve(lambda _: refusal)
    note_all(desk, crowd)
    desk.publish(desk.configured(agents_base_url=server.url))
    assert conversations(server) == crowd[:1]
    assert {(row["next_attempt_at"], row["paused"]) for row in desk.notes()} == {(NOW + wait, "project")}


def test_a_project_in_which_something_failed_comes_after_the_others(
    desk: Desk, polyai: Simulator, names: list[str], calls: Calls
):
    bank = names_of(polyai, BANK)
    assert BANK.key < HOTEL.key
    polyai.faults.add(Fault("error", {"status": 500}, call="note", times=None, project=BANK.key))
    configs = desk.configured(BANK), desk.configured(HOTEL)
    desk.note(bank[0], of=BANK)
    desk.publish(*configs)
    desk.note(bank[1], of=BANK)
    desk.note(names[0])
    calls()
    desk.publish(*configs, later=MINUTE, only_due=True)
    assert [call.split("/")[-2] for call in calls()] == [
        names[0],
        *[bank[1]] * ATTEMPTS,
        *[bank[0]] * ATTEMPTS,
    ]


def test_an_answer_shows_that_the_project_is_up_and_a_request_that_was_not_sent_does_not():
    trouble = CallOutcome(state=RequestState.PENDING)
    fresh = CallOutcome(state=RequestState.PENDING, result="404", is_its_own=True)
    refused = CallOutcome(state=RequestState.REFUSED, result="422")
    not_sent = CallOutcome(state=RequestState.REFUSED)
    for between, is_over in ((refused, False), (fresh, False), (not_sent, True)):
        patience = Patience()
        for outcome in [trouble] * (MOST_IN_A_ROW - 1):
            assert not patience.is_over_after(outcome)
        assert not patience.is_over_after(between)
        assert patience.is_over_after(trouble) is is_over
