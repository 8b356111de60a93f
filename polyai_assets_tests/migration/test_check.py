from datetime import UTC, date, datetime

import dagster as dg
import pytest

from polyai_assets.api.errors import Unauthorized
from polyai_assets.checks.verdict import Verdict
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.check import judge
from polyai_assets.migration.parity import DayParity, Parity, ParityVerdict
from polyai_assets.migration.versions import Versions
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.checks.test_failed import read_as_typed

PARTITION = Partition.parse("2026-01-05|us-1/acme/hotel-bot")
FETCH = "polyai backfill us-1/acme/hotel-bot --since 2026-01-05 --until 2026-01-05"
DAY = date(2026, 1, 5)
LATER = datetime(2026, 1, 6, 12, tzinfo=UTC)
EQUAL = Parity(WHOLE_RECORD, ParityVerdict.EQUAL, 6, 9)
EXPECTED = [
    EQUAL,
    Parity("started_at", ParityVerdict.TIME_FORMAT, 9, 9),
    Parity("handoff_reason", ParityVerdict.NULL_BECAME_EMPTY, 9, 9),
    Parity("turns[].barge_in", ParityVerdict.ONLY_IN_NEW, 60, 60),
]
DIFFERS = Parity("handoff", ParityVerdict.DIFFERS, 2, 9, "CA1", "false in v1, true in v3")
NEW = Parity("mood", ParityVerdict.ONLY_IN_NEW, 9, 9, "CA1", "text like 'xxxx'")


def parity(*rows: Parity, at: datetime = LATER) -> DayParity:
    return DayParity(Versions("v1", "v3"), DAY, at, list(rows))


def test_a_day_that_differs_as_polyai_says_is_ready():
    verdict = judge(PARTITION, parity(*EXPECTED), None)
    assert verdict.passed
    assert verdict.description == "9 conversations are the same in v1 and v3, as far as they can be"
    assert verdict.metadata == {"conversations": 9, "equal": 6, "in_flight": 0}


def test_it_says_how_many_were_not_judged():
    flying = Parity(WHOLE_RECORD, ParityVerdict.IN_FLIGHT, 2, 9)
    verdict = judge(PARTITION, parity(*EXPECTED, flying), None)
    assert verdict.passed
    assert verdict.description.endswith("; 2 in flight are not judged")


def test_a_difference_is_an_error_with_what_to_look_at():
    verdict = judge(PARTITION, parity(*EXPECTED, NEW, DIFFERS), None)
    assert not verdict.passed
    assert verdict.severity is dg.AssetCheckSeverity.ERROR
    assert verdict.description == (
        "handoff: differs, 2 of 9 values (false in v1, true in v3; CA1); "
        "mood: only in v3, 9 of 9 values (text like 'xxxx'; CA1)"
    )
    assert [record.data["path"] for record in verdict.metadata["to_look_at"].records] == ["handoff", "mood"]


def test_a_new_field_alone_is_a_warning():
    verdict = judge(PARTITION, parity(*EXPECTED, NEW), None)
    assert not verdict.passed
    assert verdict.severity is dg.AssetCheckSeverity.WARN


def test_of_many_differences_three_are_named():
    many = [Parity(f"metrics.{letter}", ParityVerdict.DIFFERS, 1, 9) for letter in "edcba"]
    verdict = judge(PARTITION, parity(*many), None)
    assert verdict.description.endswith("metrics.c: differs, 1 of 9 values; and 2 more")


def test_a_day_that_is_not_over_is_provisional():
    verdict = judge(PARTITION, parity(*EXPECTED, at=datetime(2026, 1, 5, 12, tzinfo=UTC)), None)
    assert verdict.passed
    assert verdict.metadata["provisional"] is True
    assert verdict.description.startswith("provisional, the day is not over: 9 conversations")


def test_a_difference_on_a_day_that_is_not_over_is_an_error_all_the_same():
    verdict = judge(PARTITION, parity(EQUAL, DIFFERS, at=datetime(2026, 1, 5, 12, tzinfo=UTC)), None)
    assert verdict.severity is dg.AssetCheckSeverity.ERROR


def test_a_day_that_was_not_compared_has_failed():
    verdict = judge(PARTITION, None, Unauthorized("the key was refused"))
    assert not verdict.passed
    assert verdict.severity is dg.AssetCheckSeverity.ERROR
    assert "not compared: the key was refused" in verdict.description


@pytest.mark.parametrize(
    ("verdict", "next_step"),
    [
        (judge(PARTITION, None, Unauthorized("the key was refused")), f"{FETCH} --compare"),
        (judge(PARTITION, parity(DIFFERS), None), "polyai migration us-1/acme/hotel-bot"),
    ],
)
def test_the_next_step_is_whole_and_can_be_typed(verdict: Verdict, next_step: str):
    assert verdict.failure is not None
    assert verdict.failure.next_step == next_step
    assert all([verdict.failure.cause, verdict.failure.expected, verdict.failure.found])
    read_as_typed(next_step)
