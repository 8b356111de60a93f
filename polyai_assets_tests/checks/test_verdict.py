from datetime import date, timedelta

import dagster as dg
import pytest

from polyai_assets.api.project import Project
from polyai_assets.checks.verdict import MAX_ROWS, Failure, Verdict, failed, overall
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.deployment import project_of

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


HOTEL = Project("us-1", "acme", "hotel-bot")


def on(day: int) -> Partition:
    return Partition(project_of(HOTEL), date(2025, 3, 1) + timedelta(days=day - 1))


def bad(day: int, cause: str = "", severity: dg.AssetCheckSeverity = ERROR) -> Verdict:
    return failed(on(day), Failure(cause, "all", "some", "polyai status"), severity=severity)


def verdicts(*passed: bool) -> list[Verdict]:
    return [Verdict(on(n), "fine") if good else bad(n, f"because {n}") for n, good in enumerate(passed, 1)]


def listed(verdict: Verdict) -> list[str]:
    return [str(record.data["partition"]) for record in verdict.metadata["failed_partitions"].records]


def test_a_run_whose_partitions_all_passed_has_passed():
    whole = overall(verdicts(True, True, True))
    assert (whole.passed, whole.description) == (True, "all 3 partitions passed")


def test_one_failed_partition_fails_the_run_and_is_named_with_its_reason():
    whole = overall(verdicts(True, False, True, False))
    assert not whole.passed
    assert whole.description == "2 of 4 partitions failed, first 2025-03-02|us-1/acme/hotel-bot: because 2"
    assert listed(whole) == [on(2).key, on(4).key]
    assert (whole.metadata["partitions"], whole.metadata["failed"]) == (4, 2)


def test_many_failed_partitions_are_counted_and_not_all_listed():
    whole = overall(verdicts(*[False] * 100))
    assert whole.metadata["failed"] == 100
    assert len(listed(whole)) == MAX_ROWS


@pytest.mark.parametrize(
    ("severities", "expected"),
    [([WARN, WARN], WARN), ([WARN, ERROR], ERROR), ([ERROR, WARN], ERROR), ([ERROR], ERROR)],
)
def test_the_run_is_as_severe_as_its_worst_failed_partition(
    severities: list[dg.AssetCheckSeverity], expected: dg.AssetCheckSeverity
):
    worse = [bad(n, severity=severity) for n, severity in enumerate(severities, 1)]
    assert overall([*verdicts(True), *worse]).severity is expected


def test_the_severity_of_partitions_that_passed_does_not_count():
    whole = overall([Verdict(on(1), "", severity=ERROR), bad(2, severity=WARN)])
    assert whole.severity is WARN


def test_the_verdict_on_one_partition_stands_for_the_run():
    (only,) = verdicts(False)
    assert overall([only]) == only
