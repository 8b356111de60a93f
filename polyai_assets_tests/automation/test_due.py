"""Which days want their details fetched, decided without a store."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from polyai_assets.automation.decide import LONGEST_WAIT, TRY_AGAIN_AFTER
from polyai_assets.automation.due import (
    ConversationsState,
    DayState,
    Decision,
    DetailsState,
    Request,
    decide_details,
)

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def day(
    details: dict[str, Any] | None = None,
    *,
    on: date = DAY,
    records: str = "abc",
    rows: int = 3,
    running: int = 0,
) -> DayState:
    """A day of three conversations, by default without details."""
    conversations = ConversationsState(records, rows, {f"CA{n}": NOW for n in range(running)})
    given = {"of_records_sha256": "abc", "not_asked": 0, "next_due_at": NOW + timedelta(days=5)}
    return DayState(on, conversations, None if details is None else DetailsState(**{**given, **details}))


def decided(*days: DayState, memory: dict[date, Request] | None = None, now: datetime = NOW) -> Decision:
    return decide_details(days, frozenset(), memory or {}, now)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (day(), "its details were never fetched"),
        (day(running=2), "its details were never fetched"),
        (day({"of_records_sha256": "old"}), "its conversations have changed"),
        (day({"not_asked": 1}), "conversations could not be asked for"),
        (day({"next_due_at": NOW}), "its conversations are due by age"),
    ],
)
def test_a_day_is_wanted_for_a_reason(state: DayState, reason: str) -> None:
    assert decided(state).wishes == {DAY: reason}


@pytest.mark.parametrize(
    "state",
    [
        day(rows=0),
        day(running=3),
        day({}),
        day({"next_due_at": None}),
        day({"next_due_at": NOW + timedelta(seconds=1)}),
    ],
)
def test_a_day_on_which_nothing_is_due_is_left_alone_and_forgotten(state: DayState) -> None:
    known = {DAY: Request("abc", NOW)}
    assert decided(state, memory=known) == Decision()


def test_a_day_that_a_run_is_on_is_left_to_it() -> None:
    found = decide_details([day(), day(on=NEXT)], {DAY}, {}, NOW)
    assert list(found.wishes) == [NEXT]


def test_a_run_that_brought_nothing_is_asked_for_again_ever_later() -> None:
    memory: dict[date, Request] = {}
    asked = []
    for minute in range(0, 60 * 48, 5):
        now = NOW + timedelta(minutes=minute)
        found = decided(day({"not_asked": 1}), memory=memory, now=now)
        memory = found.memory
        asked += [now] if found.wishes else []
    waits = [later - earlier for earlier, later in pairwise(asked)]
    assert waits[:3] == [TRY_AGAIN_AFTER, 2 * TRY_AGAIN_AFTER, 4 * TRY_AGAIN_AFTER]
    assert max(waits) == LONGEST_WAIT


def test_what_is_remembered_outlasts_a_run_in_flight() -> None:
    first = decided(day())
    meanwhile = decide_details([day()], {DAY}, first.memory, NOW)
    assert (meanwhile.wishes, meanwhile.memory) == ({}, first.memory)
    assert decided(day(), memory=meanwhile.memory).wishes == {}


def test_conversations_that_change_again_are_asked_for_at_once() -> None:
    first = decided(day({"of_records_sha256": "old"}))
    assert decided(day({"of_records_sha256": "old"}), memory=first.memory).wishes == {}
    changed = day({"of_records_sha256": "old"}, records="new")
    assert list(decided(changed, memory=first.memory).wishes) == [DAY]
