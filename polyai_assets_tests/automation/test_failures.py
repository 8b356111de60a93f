"""Runs that failed without a trace, followed until later runs have dealt with their days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.automation.failures import EndedRun, findings_of, follow, to_finding

NOW = datetime(2026, 11, 10, 3, tzinfo=UTC)
HOTEL, BANK = "us-1/acme/hotel", "uk-1/acme/bank"


def day(number: int) -> date:
    return date(2026, 11, number)


def run(first: int = 1, last: int | None = None, *, failed: bool = True, **changed: Any) -> EndedRun:
    given: dict[str, Any] = {
        "run_id": "3f2a",
        "project": HOTEL,
        "first": day(first),
        "last": day(last or first),
        "failed": failed,
        "ended_at": NOW,
    }
    return EndedRun(**given | changed)


def test_a_run_that_failed_without_a_trace_is_followed():
    (failure,) = follow([], [run(1, 3)], set())
    assert (failure.run_id, failure.open_days, failure.since, failure.times) == (
        "3f2a",
        [day(1), day(2), day(3)],
        NOW,
        1,
    )


def test_a_run_that_left_a_red_day_speaks_for_itself():
    assert follow([], [run(1, 3)], {(HOTEL, day(2))}) == []
    assert len(follow([], [run(1, 3)], {(HOTEL, day(4)), (BANK, day(2))})) == 1


def test_a_failure_ends_when_later_runs_have_dealt_with_all_of_its_days():
    known = follow([], [run(1, 3)], set())
    (partly,) = follow(known, [run(2, 9, failed=False)], set())
    assert partly.open_days == [day(1)]
    assert follow([partly], [run(1, failed=False)], set()) == []


def test_a_red_day_ends_a_failure_too():
    known = follow([], [run(1)], set())
    assert follow(known, [run(1)], {(HOTEL, day(1))}) == []


def test_runs_of_other_days_and_projects_change_nothing():
    known = follow([], [run(1, 3)], set())
    others = [run(4, 9, failed=False), run(1, 3, failed=False, project=BANK)]
    assert follow(known, others, set()) == known


def test_a_delivery_that_failed_is_repeated_by_its_own_command():
    (failure,) = follow([], [run(1, 3, assets="delivered_analytics")], set())
    assert to_finding(failure).next_step.endswith(
        f"polyai deliver --target analytics {HOTEL} --since 2026-11-01 --until 2026-11-03"
    )


def test_the_same_failure_again_is_counted():
    later = NOW + timedelta(hours=1)
    known = follow([], [run(1, 3)], set())
    (failure,) = follow(known, [run(1, 3, run_id="77e0", ended_at=later)], set())
    assert (failure.run_id, failure.times, failure.since, failure.ended_at) == ("77e0", 2, NOW, later)


def test_runs_are_taken_in_the_order_of_their_ends():
    earlier = run(1, failed=False, ended_at=NOW - timedelta(hours=1))
    assert len(follow([], [run(1), earlier], set())) == 1
    assert follow([], [run(1), run(1, failed=False, ended_at=NOW + timedelta(hours=1))], set()) == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "run 3f2a ended without saying how its days ended"),
        ("SOMETHING_NEW", "run 3f2a ended without saying how its days ended"),
        ("JOB_INITIALIZATION_FAILURE", "run 3f2a could not load its code"),
        ("START_TIMEOUT", "run 3f2a did not start in time"),
    ],
)
def test_a_failure_is_told_with_its_run_and_the_reason(reason: str, said: str):
    finding = to_finding(follow([], [run(1, 3, reason=reason)], set())[0])
    assert (finding.example, finding.path) == (said, "2026-11-01 to 2026-11-03")
    assert (finding.check, finding.severity, finding.days, finding.count) == ("run", "ERROR", 3, 1)


def test_a_failure_of_one_day_is_named_by_it_whatever_run_it_was():
    one = to_finding(follow([], [run(1)], set())[0])
    other = to_finding(follow([], [run(1, run_id="77e0")], set())[0])
    assert one.path == "2026-11-01"
    assert one.identity == other.identity


def test_only_failures_of_the_projects_asked_for_are_told():
    failures = follow([], [run(1), run(1, project=BANK)], set())
    assert [one.project for one in findings_of(failures, {BANK})] == [BANK]


RUNS = st.builds(
    lambda first, more, failed, minute: run(
        first, first + more, failed=failed, ended_at=NOW + timedelta(minutes=minute)
    ),
    st.integers(1, 20),
    st.integers(0, 8),
    st.booleans(),
    st.integers(0, 100),
)


@given(st.lists(RUNS, max_size=12))
def test_a_day_is_open_exactly_if_the_last_run_that_took_it_failed(runs: list[EndedRun]):
    open_days = {each for one in follow([], runs, set()) for each in one.open_days}
    last: dict[date, bool] = {}
    for one in sorted(runs, key=lambda one: one.ended_at):
        last |= dict.fromkeys(one.days, one.failed)
    assert open_days == {each for each, failed in last.items() if failed}


@pytest.mark.parametrize(
    ("assets", "again"),
    [
        ("", "polyai backfill us-1/acme/hotel --since 2026-11-01 --until 2026-11-03"),
        (
            "conversation_details, raw_details",
            "polyai backfill us-1/acme/hotel --since 2026-11-01 --until 2026-11-03 --details",
        ),
        ("audio", "polyai backfill us-1/acme/hotel --since 2026-11-01 --until 2026-11-03 --audio"),
        (
            "migration_parity",
            "polyai backfill us-1/acme/hotel --since 2026-11-01 --until 2026-11-03 --compare",
        ),
        ("search_hits", "materialize search_hits in Dagster's UI"),
    ],
)
def test_a_failure_names_its_run_and_the_command_that_does_what_it_was_to_do(assets: str, again: str):
    finding = to_finding(follow([], [run(1, 3, assets=assets)], set())[0])
    assert finding.run_id == "3f2a"
    assert finding.next_step == f"read the log of the run; when the cause is gone: {again}"


def test_a_run_of_other_assets_is_followed_by_itself():
    details = run(1, 3, assets="conversation_details, raw_details")
    (failure,) = follow([], [details], {("us-1/acme/hotel-bot", day(2))})
    assert to_finding(failure).path == "2026-11-01 to 2026-11-03 of conversation_details, raw_details"
    assert follow([failure], [run(1, 3, failed=False)], set()) == [failure]
    assert follow([failure], [replace(details, failed=False)], set()) == []
