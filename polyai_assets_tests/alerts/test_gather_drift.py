"""Drift that is gathered: one finding for all its days, without what was accepted."""

from datetime import date, timedelta

import pytest

from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import (
    DAY,
    NOW,
    PROJECT,
    ask,
    drift,
    finding,
)
from polyai_assets_tests.alerts.gathering import gathered
from polyai_assets_tests.deployment import BANK

NEXT_DAY = DAY + timedelta(days=1)


def test_drift_of_several_days_is_one_finding(warehouse: Warehouse):
    drift(warehouse, DAY, count=60, example="text like '9'")
    drift(warehouse, NEXT_DAY, count=120)
    assert gathered(warehouse) == [finding(last_seen=NEXT_DAY, days=2, count=180, share=0.75)]


def test_paths_and_kinds_are_told_apart(warehouse: Warehouse):
    drift(warehouse)
    drift(warehouse, path="channel", kind="new value", severity="WARN")
    drift(warehouse, kind="missing")
    found = {(one.path, one.kind, one.severity) for one in gathered(warehouse)}
    assert found == {
        ("num_turns", "type changed", "ERROR"),
        ("num_turns", "missing", "ERROR"),
        ("channel", "new value", "WARN"),
    }


def accepting(path: str, kind: str, *types: str, until: date | None = None) -> AcceptedDrift:
    return AcceptedDrift(path, kind, "ada", NOW, "we do not need it", types, until)


@pytest.mark.parametrize("table", ["schema_drift", "detail_drift"])
def test_what_was_accepted_is_no_finding_until_values_of_another_type_come(warehouse: Warehouse, table: str):
    drift(warehouse, table=table, path="details.a", kind="added", example="text like 'xx'")
    drift(warehouse, table=table, path="details.b", kind="added", example="a number")
    drift(warehouse, NEXT_DAY, table=table, path="details.a", kind="gone", example="")
    accepted = [accepting("details.a", "added", "text"), accepting("details.a", "gone")]
    assert [one.path for one in gathered(warehouse, accepted=accepted)] == ["details.b"]
    assert len(gathered(warehouse, accepted=accepted[:1])) == 2
    drift(warehouse, NEXT_DAY, table=table, path="details.a", kind="added", example="a list of 2")
    found, other = gathered(warehouse, accepted=accepted)
    assert (found.path, found.kind, found.first_seen, other.path) == (
        "details.a",
        "added",
        NEXT_DAY,
        "details.b",
    )


def test_a_decision_on_some_days_says_nothing_of_later_ones(warehouse: Warehouse):
    drift(warehouse, DAY, NEXT_DAY, path="conversations by hour", kind="gone")
    accepted = [accepting("conversations by hour", "gone", until=DAY)]
    (found,) = gathered(warehouse, accepted=accepted)
    assert (found.first_seen, found.days) == (NEXT_DAY, 1)


def test_the_decisions_of_a_project_are_its_own(warehouse: Warehouse):
    drift(warehouse, project=BANK.key, path="mood", kind="added", example="a number")
    assert [
        one.project for one in gathered(warehouse, BANK.key, accepted=[accepting("mood", "added", "number")])
    ] == [BANK.key]


def test_the_share_is_that_of_the_last_week_that_has_it(warehouse: Warehouse):
    drift(warehouse, *(DAY - timedelta(days=back) for back in range(40, 0, -1)), count=1)
    drift(warehouse, DAY, count=120)
    (found,) = gathered(warehouse)
    assert (found.days, found.count, found.share) == (41, 160, 126 / 840)


def test_drift_without_records_has_no_share(warehouse: Warehouse):
    drift(warehouse, count=0, total=0)
    assert gathered(warehouse)[0].share is None


def loaded_on(warehouse: Warehouse, *days: int) -> None:
    ask(
        warehouse,
        "INSERT INTO warehouse.main.day_profiles SELECT ?, unnest(?), 'filled', 'turns', '', 1, 1",
        PROJECT,
        [DAY + timedelta(days=number) for number in days],
    )


def test_the_last_stretch_begins_after_three_loaded_days_without_it(warehouse: Warehouse):
    loaded_on(warehouse, *range(12))
    drift(warehouse, *(DAY + timedelta(days=number) for number in (0, 1, 4, 8, 9)))
    (found,) = gathered(warehouse)
    assert (found.first_seen, found.began) == (DAY, DAY + timedelta(days=8))


def test_days_that_were_never_loaded_end_no_stretch(warehouse: Warehouse):
    loaded_on(warehouse, 0, 9)
    drift(warehouse, DAY, DAY + timedelta(days=9))
    assert [one.began for one in gathered(warehouse)] == [DAY]


def test_drift_of_details_is_drift_too(warehouse: Warehouse):
    drift(warehouse)
    drift(warehouse, table="detail_drift", path="details.polyScore")
    assert gathered(warehouse) == [finding(), finding(path="details.polyScore")]


def test_the_last_stretch_of_details_is_counted_by_the_days_that_have_any(warehouse: Warehouse):
    loaded_on(warehouse, *range(30))
    days = [DAY + timedelta(days=number) for number in (0, 9, 18)]
    drift(warehouse, *days, table="detail_drift", path="details.polyScore")
    ask(
        warehouse,
        "INSERT INTO warehouse.main.conversation_details BY NAME SELECT ? AS project, unnest(?) AS date",
        PROJECT,
        days,
    )
    assert [one.began for one in gathered(warehouse)] == [DAY]
