"""Drift and profiles in the warehouse: partitions compared with those before them."""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import pytest

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.replace import LoadRecords, TooManyViolations, replace_partitions
from polyai_assets_tests.contract.records import CLEAN, FULL, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import (
    PARTITION,
    ask,
    batch,
    elsewhere,
    everything,
    ids,
    loaded,
    start_on,
)

pytestmark = pytest.mark.usefixtures("no_facts")


def on_day(number: int) -> Load:
    return elsewhere(PARTITION, date=PARTITION.date + timedelta(days=number))


def load_days(warehouse: Warehouse, days: dict[int, dict[str, object]]) -> list[Staged]:
    """Load days at once, of twenty records each that are like the given one."""

    def read(load: Load) -> AbstractContextManager[LoadRecords]:
        number = (load.date - PARTITION.date).days
        started = f"{load.date}T10:00:00Z"
        bodies = [payload(days[number], id=f"CA{number}-{one}", started_at=started) for one in range(20)]
        return nullcontext(LoadRecords([batch(*bodies, start=start_on(load.date))]))

    with own_duckdb(memory_limit="200MB") as connection:
        return replace_partitions(connection, warehouse, [on_day(number) for number in days], read)


def found(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return [
        tuple(row.values())
        for row in ask(warehouse, "SELECT date, path, kind FROM schema_drift ORDER BY ALL")
    ]


def test_a_clean_day_has_a_profile_and_no_drift(warehouse: Warehouse):
    load_days(warehouse, {0: FULL})
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
    load_days(warehouse, {0: FULL, 1: FULL | {"turns": [], "from_number": ""}})
    assert found(warehouse) == [(on_day(1).date, "from_number", "gone"), (on_day(1).date, "turns", "gone")]


def test_a_metric_that_stops_is_found(warehouse: Warehouse):
    load_days(warehouse, {0: FULL, 1: FULL | {"metrics": {"STEP": "a"}}})
    assert found(warehouse) == [(on_day(1).date, "metrics.CALL_DURATION", "gone")]


def test_a_new_metric_is_found_once(warehouse: Warehouse):
    both = CLEAN | {"metrics": {"A": "1", "B": "1"}}
    load_days(warehouse, {0: CLEAN | {"metrics": {"A": "1"}}, 1: both})
    load_days(warehouse, {2: both})
    assert found(warehouse) == [(on_day(1).date, "metrics.B", "new metric")]


def test_a_metric_is_forgotten_after_thirty_days(warehouse: Warehouse):
    a, b, both = (CLEAN | {"metrics": dict.fromkeys(names, "1")} for names in ("A", "B", "AB"))
    load_days(warehouse, {0: a, 29: b, 31: both})
    assert found(warehouse) == [
        (on_day(29).date, "metrics.B", "new metric"),
        (on_day(31).date, "metrics.A", "new metric"),
    ]


def test_the_metrics_of_another_project_are_not_known(warehouse: Warehouse):
    loaded(warehouse, payload(metrics={"A": "1"}), partition=elsewhere(PARTITION, project="us-1/acme/other"))
    load_days(warehouse, {1: CLEAN | {"metrics": {"A": "1"}}, 2: CLEAN | {"metrics": {"A": "1", "C": "1"}}})
    assert found(warehouse) == [(on_day(2).date, "metrics.C", "new metric")]


def test_loading_a_day_again_finds_the_same(warehouse: Warehouse):
    other = CLEAN | {"metrics": {"B": "1"}, "mood": "x"}
    for days in ({0: CLEAN | {"metrics": {"A": "1"}}, 1: other}, {1: other}):
        *_, staged = load_days(warehouse, days)
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
