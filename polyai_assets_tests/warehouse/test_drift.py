"""Drift and profiles in the warehouse: partitions compared with those before them."""

from datetime import timedelta

import pytest

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.replace import TooManyViolations
from polyai_assets_tests.contract.records import CLEAN, FULL, payload
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, elsewhere, everything, ids, loaded


def on_day(number: int) -> Load:
    return elsewhere(PARTITION, date=PARTITION.date + timedelta(days=number))


def load_day(warehouse: Warehouse, number: int, record: dict[str, object], count: int = 20) -> Staged:
    day = on_day(number)
    bodies = [
        payload(record, id=f"CA{number}-{one}", started_at=f"{day.date}T10:00:00Z") for one in range(count)
    ]
    return loaded(warehouse, *bodies, partition=day)


def found(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return [
        tuple(row.values())
        for row in ask(warehouse, "SELECT date, path, kind FROM schema_drift ORDER BY ALL")
    ]


def test_a_clean_day_has_a_profile_and_no_drift(warehouse: Warehouse):
    load_day(warehouse, 0, FULL)
    assert found(warehouse) == []
    facts = ask(warehouse, "SELECT aspect, path, value, count, total FROM day_profiles ORDER BY ALL")
    told = {(row["aspect"], row["path"], row["value"]): (row["count"], row["total"]) for row in facts}
    assert told["filled", "from_number", ""] == (20, 20)
    assert told["filled", "turns[].user_input", ""] == (20, 20)
    assert told["filled", "turns[].translated_user_input", ""] == (0, 20)
    assert told["filled", "turns", ""] == (20, 20)
    assert told["word", "channel", "VOICE-SIP"] == (20, 20)
    assert told["metric", "metrics", "STEP"] == (20, 20)
    assert told["hour", "", "10"] == (20, 20)


def test_transcripts_and_numbers_that_stop_are_found(warehouse: Warehouse):
    load_day(warehouse, 0, FULL)
    load_day(warehouse, 1, FULL | {"turns": [], "from_number": ""})
    assert found(warehouse) == [(on_day(1).date, "from_number", "gone"), (on_day(1).date, "turns", "gone")]


def test_a_metric_that_stops_is_found(warehouse: Warehouse):
    load_day(warehouse, 0, FULL)
    load_day(warehouse, 1, FULL | {"metrics": {"STEP": "a"}})
    assert found(warehouse) == [(on_day(1).date, "metrics.CALL_DURATION", "gone")]


def test_a_new_metric_is_found_once(warehouse: Warehouse):
    load_day(warehouse, 0, CLEAN | {"metrics": {"A": "1"}})
    for number in (1, 2):
        load_day(warehouse, number, CLEAN | {"metrics": {"A": "1", "B": "1"}})
    assert found(warehouse) == [(on_day(1).date, "metrics.B", "new metric")]


def test_a_metric_is_forgotten_after_thirty_days(warehouse: Warehouse):
    load_day(warehouse, 0, CLEAN | {"metrics": {"A": "1"}})
    load_day(warehouse, 29, CLEAN | {"metrics": {"B": "1"}})
    load_day(warehouse, 31, CLEAN | {"metrics": {"A": "1", "B": "1"}})
    assert found(warehouse) == [
        (on_day(29).date, "metrics.B", "new metric"),
        (on_day(31).date, "metrics.A", "new metric"),
    ]


def test_the_metrics_of_another_project_are_not_known(warehouse: Warehouse):
    loaded(warehouse, payload(metrics={"A": "1"}), partition=elsewhere(PARTITION, project="us-1/acme/other"))
    load_day(warehouse, 1, CLEAN | {"metrics": {"A": "1"}})
    load_day(warehouse, 2, CLEAN | {"metrics": {"A": "1", "C": "1"}})
    assert found(warehouse) == [(on_day(2).date, "metrics.C", "new metric")]


def test_loading_a_day_again_finds_the_same(warehouse: Warehouse):
    load_day(warehouse, 0, CLEAN | {"metrics": {"A": "1"}})
    for _ in range(2):
        staged = load_day(warehouse, 1, CLEAN | {"metrics": {"B": "1"}, "mood": "x"})
        assert [one.path for one in staged.drift] == ["mood", "metrics.B", "metrics.A"]
    assert len(found(warehouse)) == 3


def test_a_day_with_too_many_violations_keeps_its_tables(warehouse: Warehouse):
    loaded(warehouse, payload(FULL))
    before = everything(warehouse)
    bodies = [payload(id="CA8", from_number=None), payload(id="CA9"), payload(id="")]
    with pytest.raises(TooManyViolations, match="2 of 3 records"):
        loaded(warehouse, *bodies, max_violation_ratio=0.6)
    assert everything(warehouse) == before
    loaded(warehouse, *bodies, max_violation_ratio=0.7)
    assert ids(warehouse) == ["CA8", "CA9"]


def test_drift_is_no_violation(warehouse: Warehouse):
    staged = loaded(warehouse, payload(mood=1, num_turns="7"), max_violation_ratio=0.0)
    assert staged.records_in_breach == 0
