"""From days that were compared to "ready", or to what to look at."""

from datetime import UTC, date, datetime, timedelta

import pytest

from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import DayParity, Parity, ParityVerdict
from polyai_assets.migration.readiness import Readiness, days_to_compare, readiness
from polyai_assets.migration.versions import Versions
from polyai_assets.raw.windows import midnight

V1_V3 = Versions("v1", "v3")
PROJECT = "us-1/acme/hotel-bot"
D1, D2, D3 = (date(2026, 1, day) for day in (1, 2, 3))
DAYS = (D1, D2, D3)
EQUAL = Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 4, 5)
TIME = Parity("started_at", ParityVerdict.TIME_FORMAT, 1, 5, "CA1", "9999 in v1, 99 in v3")
DIFFERS = Parity("handoff", ParityVerdict.DIFFERS, 2, 5, "CA1", "true in v1, false in v3")


def day(one: date, *rows: Parity, after: timedelta = timedelta(days=2)) -> DayParity:
    return DayParity(V1_V3, one, midnight(one) + after, [EQUAL, *rows])


def judged(*parities: DayParity) -> Readiness:
    return readiness(PROJECT, V1_V3, DAYS, parities)


def test_days_that_differ_as_polyai_says_are_ready():
    found = judged(day(D1, TIME), day(D2), day(D3, TIME))
    assert found.ready
    assert (found.days_compared, found.conversations, found.equal, found.in_flight) == (3, 15, 12, 0)
    assert (found.first, found.last, found.days_not_compared, found.to_look_at) == (D1, D3, [], [])
    (expected,) = found.expected
    assert (expected.path, expected.verdict, expected.count, expected.severity) == (
        "started_at",
        "timestamp format",
        2,
        None,
    )


def test_a_difference_is_told_with_how_many_of_how_many_when_and_an_example():
    equal = Parity("handoff", ParityVerdict.EQUAL, 5, 5)
    found = judged(
        day(D1, DIFFERS, Parity("handoff", ParityVerdict.EQUAL, 3, 5)), day(D2, DIFFERS), day(D3, equal)
    )
    assert not found.ready
    (one,) = found.to_look_at
    assert (one.path, one.verdict, one.severity, one.count, one.total) == (
        "handoff",
        "differs",
        "ERROR",
        4,
        15,
    )
    assert (one.first, one.last) == (D1, D2)
    assert (one.example_conversation_id, one.example) == ("CA1", "true in v1, false in v3")


def test_errors_come_first_and_conversations_before_fields():
    rows = [
        Parity("mood", ParityVerdict.ONLY_IN_NEW, 5, 5),
        DIFFERS,
        Parity(WHOLE_RECORD, ParityVerdict.ONLY_IN_OLD, 1, 5),
    ]
    found = judged(day(D1, *rows), day(D2), day(D3))
    assert [(one.path, one.severity) for one in found.to_look_at] == [
        (WHOLE_RECORD, "ERROR"),
        ("handoff", "ERROR"),
        ("mood", "WARN"),
    ]


def test_a_day_that_was_not_compared_is_not_ready():
    found = judged(day(D1), day(D3))
    assert not found.ready
    assert found.days_not_compared == [D2]


def test_a_day_that_was_not_over_when_it_was_compared_does_not_count():
    found = judged(day(D1), day(D2), day(D3, DIFFERS, after=timedelta(hours=23)))
    assert (found.days_compared, found.days_not_compared, found.to_look_at) == (2, [D3], [])


def test_without_a_conversation_nothing_is_ready():
    nothing = [Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 0, 0)]
    empty = [DayParity(V1_V3, one, datetime(2026, 2, 1, tzinfo=UTC), nothing) for one in DAYS]
    found = judged(*empty)
    assert (found.ready, found.days_compared) == (False, 3)


def test_what_is_in_flight_is_told_and_holds_up_nothing():
    found = judged(day(D1), day(D2), day(D3, Parity(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, 2, 5)))
    assert (found.ready, found.in_flight) == (True, 2)


@pytest.mark.parametrize(
    ("start", "days", "wanted"),
    [(D1, 30, [D1, D2, D3]), (D1, 1, [D3]), (D3, 30, [D3]), (date(2026, 1, 4), 30, [])],
)
def test_the_days_to_compare_are_those_that_are_over(start: date, days: int, wanted: list[date]):
    assert days_to_compare(start, date(2026, 1, 4), days) == wanted
