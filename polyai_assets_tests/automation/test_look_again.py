"""What is asked for again by itself, decided without a store."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from polyai_assets.automation.decide import LONGEST_WAIT, TRY_AGAIN_AFTER
from polyai_assets.automation.look_again import (
    MOST_DAYS,
    DuePartition,
    LastRequest,
    RunsDue,
    request_due,
)
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.deployment import BANK, HOTEL, project_of

DAY1, DAY2, DAY3 = (date(2026, 3, day) for day in (1, 2, 3))
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOTEL_PROJECT, BANK_PROJECT = project_of(HOTEL), project_of(BANK)


def due(
    day: date = DAY1, at: datetime = NOW, project=HOTEL_PROJECT, state: str = "as it was"
) -> DuePartition:
    return DuePartition(Partition(project, day), at, "it is due", state)


def requested(
    *due: DuePartition, memory: dict[str, LastRequest] | None = None, now: datetime = NOW
) -> RunsDue:
    return request_due(due, {}, memory or {}, now)


def days(found: RunsDue) -> list[tuple[str, date]]:
    return [(partition.project.key, partition.date) for partition in found.reasons]


def minutes(found: Iterable[datetime]) -> list[float]:
    return [(later - earlier) / timedelta(minutes=1) for earlier, later in pairwise(found)]


def test_what_is_due_is_asked_for_with_its_reason_and_what_is_not_waits() -> None:
    found = requested(due(DAY1), due(DAY2, NOW + HOUR), due(DAY3, NOW - HOUR, BANK_PROJECT))
    assert days(found) == [(HOTEL.key, DAY1), (BANK.key, DAY3)]
    assert {*found.reasons.values()} == {"it is due"}


def test_a_day_that_a_run_is_on_is_left_to_it() -> None:
    found = request_due([due(DAY1), due(DAY2)], {HOTEL.key: {DAY1}}, {}, NOW)
    assert days(found) == [(HOTEL.key, DAY2)]
    assert days(request_due([due(DAY1)], {BANK.key: {DAY1}}, {}, NOW)) == [(HOTEL.key, DAY1)]


def test_what_a_run_changed_nothing_about_is_asked_for_again_ever_later() -> None:
    memory: dict[str, LastRequest] = {}
    asked_at = []
    for minute in range(0, 60 * 48, 5):
        now = NOW + timedelta(minutes=minute)
        found = requested(due(), memory=memory, now=now)
        memory = found.memory
        asked_at += [now] if found.reasons else []
    waits = minutes(asked_at)
    shortest, longest = (pause / timedelta(minutes=1) for pause in (TRY_AGAIN_AFTER, LONGEST_WAIT))
    assert waits[:3] == [shortest, 2 * shortest, 4 * shortest]
    assert max(waits) == longest


def test_what_is_due_for_another_reason_is_asked_for_at_once() -> None:
    memory = requested(due()).memory
    minute = timedelta(minutes=1)
    assert days(requested(due(), memory=memory, now=NOW + minute)) == []
    again = requested(due(state="changed"), memory=memory, now=NOW + minute)
    assert days(again) == [(HOTEL.key, DAY1)]


def test_what_is_due_no_more_is_forgotten() -> None:
    assert requested(memory=requested(due()).memory).memory == {}


def test_what_is_remembered_outlasts_a_run_in_flight() -> None:
    first = requested(due())
    meanwhile = request_due([due()], {HOTEL.key: {DAY1}}, first.memory, NOW)
    assert (meanwhile.reasons, meanwhile.memory) == ({}, first.memory)
    assert requested(due(), memory=meanwhile.memory).reasons == {}


def test_a_tick_asks_for_a_bounded_number_of_days_and_the_next_for_the_rest() -> None:
    many = [due(DAY1 + timedelta(days=number)) for number in range(MOST_DAYS + 10)]
    first = requested(*many)
    assert len(first.reasons) == MOST_DAYS
    assert len(requested(*many, memory=first.memory).reasons) == 10
