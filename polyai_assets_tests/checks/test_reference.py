"""`reference_current`: a verdict on the last look at each project."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from polyai_assets.checks.reference import judge
from polyai_assets.checks.verdict import Verdict
from polyai_assets.raw.reference import LatestLook

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
READ = LatestLook(checked_at=NOW - timedelta(hours=35))
REFUSED = LatestLook(checked_at=READ.checked_at, failed_at=NOW, error="The key may not read the variants.")
OLD = LatestLook(checked_at=NOW - timedelta(hours=37))


def judged(*looks: LatestLook) -> Verdict:
    return judge({f"us-1/acme/{number}": look for number, look in enumerate(looks)}, NOW, "variants")


def test_it_passes_where_every_project_was_read_lately() -> None:
    found = judged(READ, READ)
    assert (found.passed, found.description) == (True, "2 of 2 projects are current")


@pytest.mark.parametrize(
    ("look", "severity", "cause"),
    [
        (REFUSED, "ERROR", "could not be read at 2026-06-03 12:00 UTC: The key may not read the variants."),
        (OLD, "ERROR", "was last read at 2026-06-01 23:00 UTC: does the schedule run?"),
        (LatestLook(), "WARN", "was never read"),
        (LatestLook(checked_at=NOW, left_out=2), "WARN", "has 2 objects that are no rows"),
    ],
)
def test_it_names_the_projects_that_are_not_current(look: LatestLook, severity: str, cause: str) -> None:
    found = judged(READ, look)
    assert found.failure is not None
    assert found.severity is dg.AssetCheckSeverity[severity]
    assert found.failure.cause.startswith(f"us-1/acme/1 {cause}")
    assert found.failure.found.startswith("1 of 2 projects are current")
    assert found.failure.next_step.startswith("dg launch --assets variants --partition us-1/acme/1 ")


def test_one_error_among_warnings_is_an_error() -> None:
    assert judged(LatestLook(), OLD).severity is dg.AssetCheckSeverity.ERROR
