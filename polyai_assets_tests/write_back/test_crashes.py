"""Publishers that are killed: a note is sent again, an annotation is never repeated without a person's decision."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES
from polyai_assets.simulator import Fault, Simulator
from polyai_assets.write_back.tables import LEASE
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.tiers import LONG
from polyai_assets_tests.write_back import publishing
from polyai_assets_tests.write_back.conftest import Desk, annotated, noted

KILLS = 10
PATIENCE = 60.0


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A desk whose clock agrees with that of the processes."""
    desk.now = datetime.now(UTC)
    return desk


def wait_for(what: Callable[[], Any]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def caught_in_the_act(desk: Desk, polyai: Simulator, call: str) -> Iterator[Any]:
    """A publisher in a process of its own, whose call was processed and gets no answer."""
    polyai.faults.add(Fault("stall", {"seconds": PATIENCE}, call=call))
    before = len(annotated(polyai)) + len(noted(polyai))
    arguments = (desk.warehouse.target, None, desk.folder, desk.url)
    process = PROCESSES.Process(target=publishing.publish_once, args=arguments)
    process.start()
    try:
        wait_for(lambda: len(annotated(polyai)) + len(noted(polyai)) > before)
        yield process
    finally:
        process.kill()
        process.join(PATIENCE)


def test_an_annotation_whose_publisher_was_killed_is_unknown_and_not_repeated(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.annotate(names[0])
    with caught_in_the_act(desk, polyai, "annotation"):
        pass
    published = desk.publish()
    desk.publish(later=timedelta(days=1))
    (row,) = desk.annotations()
    assert (row["state"], published[HOTEL.key].unknown, len(annotated(polyai))) == ("unknown", 1, 1)
    assert row["error"].startswith("the publisher ended while it was sending this; look at the conversation")


def test_a_note_whose_publisher_was_killed_is_sent_again(desk: Desk, polyai: Simulator, names: list[str]):
    desk.note(names[0], "text")
    with caught_in_the_act(desk, polyai, "note"):
        pass
    desk.publish()
    (row,) = desk.notes()
    assert (row["state"], row["attempts"], row["error"]) == ("done", 2, None)
    assert noted(polyai) == [(names[0], "text")] * 2


def test_a_newer_note_supersedes_one_whose_publisher_was_killed(
    desk: Desk, polyai: Simulator, names: list[str]
):
    desk.note(names[0], "first")
    with caught_in_the_act(desk, polyai, "note"):
        desk.note(names[0], "second")
    desk.publish()
    assert desk.states() == ["refused", "done"]
    assert noted(polyai) == [(names[0], "first"), (names[0], "second")]


@pytest.mark.parametrize("call", ["annotation", "note"])
def test_what_a_live_publisher_is_sending_is_left_to_it(
    desk: Desk, polyai: Simulator, names: list[str], call: str
):
    desk.annotate(names[0]) if call == "annotation" else desk.note(names[0])
    with caught_in_the_act(desk, polyai, call):
        published = desk.publish()[HOTEL.key]
        assert desk.states() == ["sending"]
        assert (published.pending, published.why_pending) == (1, "another publisher is sending them")
        desk.publish(later=timedelta(days=9999))  # however long it takes
        assert desk.states() == ["sending"]
    assert len(annotated(polyai)) + len(noted(polyai)) == 1


def test_a_note_waits_while_an_older_one_is_being_sent(desk: Desk, polyai: Simulator, names: list[str]):
    desk.note(names[0], "first")
    with caught_in_the_act(desk, polyai, "note"):
        desk.note(names[0], "second")
        desk.note(names[1], "other")
        desk.publish()
        assert desk.states() == ["sending", "pending", "done"]


def test_a_publisher_on_another_machine_is_dead_when_its_lease_is_over(
    desk: Desk, polyai: Simulator, names: list[str]
):
    elsewhere = replace(desk, folder=desk.folder / "elsewhere")
    desk.annotate(names[0])
    with caught_in_the_act(desk, polyai, "annotation"):
        elsewhere.publish()
        assert desk.states() == ["sending"]
    elsewhere.publish()
    assert desk.states() == ["sending"]
    elsewhere.publish(later=LEASE + timedelta(minutes=1))
    assert desk.states() == ["unknown"]


def test_what_a_publisher_was_sending_that_was_interrupted_is_judged_by_the_next_one(
    desk: Desk, polyai: Simulator, names: list[str]
):
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    polyai.faults.add(Fault("error", {"status": 503}, call="note"))
    desk.note(names[0])
    with pytest.raises(KeyboardInterrupt):
        desk.publish(sleep=interrupt)
    assert desk.states() == ["sending"]
    desk.publish()
    assert (desk.states(), noted(polyai)) == (["done"], [(names[0], "x")])


def test_the_traces_of_publishers_are_removed(desk: Desk, polyai: Simulator, names: list[str]):
    desk.annotate(names[0])
    with caught_in_the_act(desk, polyai, "annotation"):
        pass
    desk.publish()
    assert list(desk.leases.folder.iterdir()) == []


@LONG
def test_publishers_that_are_killed_at_any_instant_repeat_no_annotation_and_lose_no_note(
    desk: Desk, polyai: Simulator, names: list[str]
):
    wanted = product(names, range(2), ROLES, ANNOTATION_TYPES)

    def request(number: int) -> None:
        for name in names[:2]:
            desk.note(name, f"{name} {number}")
            conversation, turn, role, kind = next(wanted)
            desk.annotate(conversation, turn, role=role, annotation_type=kind)

    request(0)
    calls = PROCESSES.Value("i", 0)
    counted = PROCESSES.Process(
        target=publishing.publish_and_count, args=(desk.warehouse.target, desk.folder, desk.url, calls)
    )
    counted.start()
    counted.join(PATIENCE)
    assert (counted.exitcode, desk.states()) == (0, ["done"] * 4)

    killed = 0
    for number in range(1, KILLS + 1):
        request(number)
        last = max(1, 2 * calls.value * number // (KILLS + 1))
        arguments = (desk.warehouse.target, desk.folder, desk.url, last)
        process = PROCESSES.Process(target=publishing.publish_until, args=arguments)
        process.start()
        process.join(PATIENCE)
        killed += process.exitcode == -9
        desk.publish()
        assert {row["state"] for row in desk.annotations()} <= {"done", "unknown"}
        newest = {row["conversation_id"]: row for row in desk.notes()}
        assert {row["state"] for row in newest.values()} == {"done"}
        assert dict(noted(polyai)) == {name: f"{name} {number}" for name in names[:2]}
    assert killed >= KILLS - 1

    arrived = Counter(annotated(polyai))
    assert set(arrived.values()) == {1}
    for row in desk.annotations():
        key = (row["conversation_id"], row["turn_index"], row["role"], row["annotation_type"])
        assert row["state"] == "unknown" or key in arrived
    assert "unknown" in desk.states()
