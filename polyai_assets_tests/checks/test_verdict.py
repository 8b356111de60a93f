import dagster as dg
import pytest

from polyai_assets.checks.verdict import MAX_ROWS, Failure, Verdict, failed, overall

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def bad(name: str, cause: str = "", severity: dg.AssetCheckSeverity = ERROR) -> Verdict:
    return failed(name, Failure(cause, "all", "some", "polyai status"), severity=severity)


def verdicts(*passed: bool) -> list[Verdict]:
    return [
        Verdict(f"day {n}", "fine") if good else bad(f"day {n}", f"because {n}")
        for n, good in enumerate(passed)
    ]


def listed(verdict: Verdict) -> list[str]:
    return [str(record.data["partition"]) for record in verdict.metadata["failed_partitions"].records]


def test_a_run_whose_partitions_all_passed_has_passed():
    whole = overall(verdicts(True, True, True))
    assert (whole.passed, whole.description) == (True, "all 3 partitions passed")


def test_one_failed_partition_fails_the_run_and_is_named_with_its_reason():
    whole = overall(verdicts(True, False, True, False))
    assert not whole.passed
    assert whole.description == "2 of 4 partitions failed, first day 1: because 1"
    assert listed(whole) == ["day 1", "day 3"]
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
    worse = [bad(f"bad {n}", severity=severity) for n, severity in enumerate(severities)]
    assert overall([*verdicts(True), *worse]).severity is expected


def test_the_severity_of_partitions_that_passed_does_not_count():
    whole = overall([Verdict("good", "", severity=ERROR), bad("bad", severity=WARN)])
    assert whole.severity is WARN


def test_the_verdict_on_one_partition_stands_for_the_run():
    (only,) = verdicts(False)
    assert overall([only]) == only
