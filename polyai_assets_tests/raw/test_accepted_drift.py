"""Decisions on drift: what they stand for, and how they are kept."""

import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from polyai_assets.raw.accepted_drift import (
    AcceptedDrift,
    accepting,
    delete_accepted,
    read_accepted,
    write_accepted,
)
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import HOTEL, project_of

DAY = date(2026, 11, 3)
WHEN = datetime(2026, 11, 4, 9, tzinfo=UTC)
PROJECT = HOTEL.key


def decided(path: str = "mood", kind: str = "added", *types: str, until: date | None = None) -> AcceptedDrift:
    return AcceptedDrift(path, kind, "ada", WHEN, "we do not need it", types, until)


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(str(tmp_path / "raw"))


@pytest.mark.parametrize(
    ("decision", "path", "kind", "example", "covered"),
    [
        (decided("mood", "added", "text"), "mood", "added", "text like 'xx'", True),
        (decided("mood", "added", "text"), "mood", "added", "empty text", True),
        (decided("mood", "added", "text"), "mood", "added", "a number", False),
        (decided("mood", "added", "text"), "mood", "added", "text like 'x'; null", True),
        (decided("mood", "added"), "mood", "added", "text like 'x'", False),
        (decided("mood", "added", "text"), "mood", "added", "text like 'x'; a number", False),
        (decided("mood", "added", "number", "text"), "mood", "added", "text like 'x'; a number", True),
        (decided("mood", "added", "text"), "moods", "added", "text like 'xx'", False),
        (decided("mood", "added", "text"), "mood", "type changed", "text like 'x' instead of number", False),
        (
            decided("x", "type changed", "text"),
            "x",
            "type changed",
            "text like 'x' instead of list of text",
            True,
        ),
        (decided("x", "type changed", "text"), "x", "type changed", "a list of 3 instead of text", False),
        (decided("x", "type changed", "text"), "x", "type changed", "2 of the name instead of one", False),
        (decided("x", "gone"), "x", "gone", "70 of 70 in the week before", True),
        (decided("x", "missing"), "x", "missing", "v1 leaves out what is not named", True),
        (decided("(page).total"), "(page).total", "added", "", True),
        (decided("x", "gone", until=DAY), "x", "gone", "", True),
        (decided("x", "gone", until=date(2026, 11, 2)), "x", "gone", "", False),
    ],
)
def test_a_decision_stands_for_its_path_its_kind_and_its_types(
    decision: AcceptedDrift, path: str, kind: str, example: str, covered: bool
):
    assert accepting([decided("another"), decision], path, kind, example, DAY) is (
        decision if covered else None
    )


def test_two_decisions_on_two_types_accept_days_that_have_both():
    decisions = [decided("mood", "added", "text"), decided("mood", "added", "number")]
    assert accepting(decisions, "mood", "added", "text like 'x'; a number", DAY) in decisions
    assert accepting(decisions, "mood", "added", "text like 'x'; a list of 1", DAY) is None


def test_decisions_are_kept_beside_the_days_of_their_project(store: RawStore):
    one, other = decided("mood", "added", "text"), decided("mood", "added", "number")
    for decision in (one, other, one):
        write_accepted(store, PROJECT, decision)
    assert sorted(read_accepted(store, PROJECT), key=lambda each: each.types) == [other, one]
    assert read_accepted(store, "uk-1/acme/bank") == []
    assert store.days(project_of(HOTEL)) == []


def test_a_decision_is_taken_back_alone(store: RawStore):
    one, other = decided("mood"), decided("tags")
    for decision in (one, other):
        write_accepted(store, PROJECT, decision)
    delete_accepted(store, PROJECT, one)
    assert read_accepted(store, PROJECT) == [other]


def test_a_damaged_decision_is_named_and_the_others_stand(store: RawStore, caplog: pytest.LogCaptureFixture):
    write_accepted(store, PROJECT, decided())
    name = f"us-1/acme/hotel-bot/accepted_drift/{'0' * 32}.json"
    store.write(name, b'{"path": "tags"')
    with caplog.at_level(logging.WARNING):
        assert read_accepted(store, PROJECT) == [decided()]
    (said,) = caplog.messages
    assert said.startswith(f"{store.url}/{name} cannot be read (")
    assert said.endswith("delete it, and decide once more with `polyai drift us-1/acme/hotel-bot`")


def test_a_decision_says_who_made_it_when_and_why():
    assert decided().summary == "accepted by ada on 2026-11-04: we do not need it"
