"""Figures of calls that are out of bounds: by PolyAI's thresholds, of days that are whole, and by enough calls."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from polyai_assets.alerts.block import block_of
from polyai_assets.alerts.finding import KPI, Finding
from polyai_assets.alerts.gather import gather
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.contract.tables import CONVERSATION_DETAILS, CONVERSATION_FACTS, FUNCTION_EVENTS, LOADS
from polyai_assets_tests.looking import own_duckdb

pytestmark = pytest.mark.slow

PROJECT = "us-1/acme/hotel-bot"
NEWEST = date(2026, 11, 26)
LOADED = datetime(2026, 11, 29, 3, tzinfo=UTC)
Fired = set[tuple[str, str]]


class Warehouse:
    """A warehouse in memory to which days of calls are added."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._calls = 0
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("ATTACH ':memory:' AS warehouse")
        for table in (CONVERSATION_FACTS, CONVERSATION_DETAILS, FUNCTION_EVENTS, LOADS):
            connection.execute(table.create("warehouse.main"))

    def add(self, day: date, calls: int, handoffs: int = 0, **given: Any) -> None:
        """Add a day of calls, with `latency`, `errors` of 60 function calls, `deployment` and others if given."""
        loaded_at = given.get("loaded_at", LOADED)
        deployment = given.get("deployment", "")
        self.connection.execute(
            "INSERT INTO warehouse.main.conversation_facts BY NAME SELECT $project AS project, $day AS date, "
            "'c' || ($first + n) AS conversation_id, $day AS business_date, $zone AS timezone, "
            "CAST($day AS TIMESTAMP) AT TIME ZONE 'UTC' + INTERVAL 12 HOUR AS started_at, $test AS is_test, "
            "false AS in_progress, n < $handoffs AS handoff, $latency * 4 AS latency_sum, 4 AS measured_turns, "
            "'live' AS environment, $loaded_at AS loaded_at FROM range($calls) t(n)",
            {
                "project": PROJECT,
                "day": day,
                "first": self._calls,
                "zone": given.get("zone", "UTC"),
                "test": given.get("test", False),
                "handoffs": handoffs,
                "latency": given.get("latency", 1.0),
                "loaded_at": loaded_at,
                "calls": calls,
            },
        )
        if deployment:
            self.connection.execute(
                "INSERT INTO warehouse.main.conversation_details BY NAME SELECT project, date, conversation_id, "
                "$deployment AS deployment_id FROM warehouse.main.conversation_facts WHERE date = $day",
                {"deployment": deployment, "day": day},
            )
        if "errors" in given:
            self.connection.execute(
                "INSERT INTO warehouse.main.function_events BY NAME SELECT $project AS project, $day AS date, "
                "'c' || $first AS conversation_id, n AS position, CASE WHEN n < $errors THEN 'x' ELSE '' END AS error "
                "FROM range(60) t(n)",
                {"project": PROJECT, "day": day, "first": self._calls, "errors": given["errors"]},
            )
        self._calls += calls

    def weeks(self, calls: int, handoffs: int = 0, **given: Any) -> None:
        """Add the same weekday of four weeks."""
        for week in range(1, 5):
            self.add(NEWEST - timedelta(weeks=week), calls, handoffs, **given)

    def found(self) -> list[Finding]:
        """Give the findings."""
        return [
            finding for finding in gather(self.connection, [PROJECT], lambda _: {}) if finding.check == KPI
        ]

    def fired(self) -> Fired:
        return {(finding.path, finding.kind) for finding in self.found()}


@pytest.fixture
def house() -> Iterator[Warehouse]:
    with own_duckdb() as connection:
        yield Warehouse(connection)
        connection.execute("DETACH warehouse")


ABOVE, USUAL = ("handoff rate", "above 50 %"), ("handoff rate", "20 % above the same weekdays")
FEWER, SLOW = ("calls", "30 % below the same weekdays"), ("latency", "mean above 3 s")


@pytest.mark.parametrize(
    ("before", "today", "expected"),
    [
        ((100, 40), (100, 51), {ABOVE, USUAL}),
        ((100, 50), (100, 50), set()),
        ((300, 60), (300, 80), {USUAL}),
        ((300, 60), (300, 71), set()),  # less than 20 % above
        ((60, 12), (60, 16), set()),  # no more than chance
        ((100, 0), (71, 0), set()),
        ((100, 0), (69, 0), {FEWER}),
        ((100, 0), (5, 5), {FEWER}),  # too few calls for a rate
        ((40, 0), (5, 0), set()),  # too few calls to miss any
    ],
)
def test_a_day_is_compared_with_the_thresholds_and_with_its_weekday(
    house: Warehouse, before: tuple[int, int], today: tuple[int, int], expected: Fired
):
    house.weeks(*before)
    house.add(NEWEST, *today)
    assert house.fired() == expected


def test_a_mean_latency_above_three_seconds_is_a_finding(house: Warehouse):
    house.add(NEWEST, 60, latency=3.1)
    assert house.fired() == {SLOW}


@pytest.mark.parametrize(("errors", "expected"), [(3, set()), (4, {("function errors", "above 5 %")})])
def test_functions_that_fail_in_more_than_five_of_a_hundred_calls_are_a_finding(
    house: Warehouse, errors: int, expected: Fired
):
    house.add(NEWEST, 60, errors=errors)
    assert house.fired() == expected


def test_a_release_that_fails_or_hands_off_twice_as_often_asks_for_a_rollback(house: Warehouse):
    house.add(NEWEST - timedelta(days=2), 100, 10, deployment="old", errors=0)
    house.add(NEWEST, 100, 21, deployment="new", errors=7)
    found = {finding.kind: finding for finding in house.found() if finding.path == "release new"}
    assert found.keys() == {"errors above 10 %", "handoffs doubled"}
    assert {finding.severity for finding in found.values()} == {"ERROR"}
    assert found["handoffs doubled"].example == (
        "21 % of 100 calls have been handed off since, 10 % before: roll back?"
    )


def test_a_release_of_long_ago_is_no_finding(house: Warehouse):
    house.add(NEWEST - timedelta(days=20), 100, 5, deployment="old")
    house.add(NEWEST - timedelta(days=9), 100, 40, deployment="new")
    house.add(NEWEST, 100, 40, deployment="new")
    assert not any(path.startswith("release") for path, _ in house.fired())


@pytest.mark.parametrize(
    ("zone", "loaded_at", "is_judged"),
    [
        ("UTC", datetime(2026, 11, 26, 23, 59, tzinfo=UTC), False),
        ("UTC", datetime(2026, 11, 27, tzinfo=UTC), True),
        (
            "America/New_York",
            datetime(2026, 11, 27, tzinfo=UTC),
            False,
        ),  # its last hours are in the next UTC day
    ],
)
def test_a_day_is_judged_once_all_of_it_is_loaded(
    house: Warehouse, zone: str, loaded_at: datetime, is_judged: bool
):
    house.weeks(100, zone=zone)
    house.add(NEWEST, 20, zone=zone, loaded_at=loaded_at)
    assert (FEWER in house.fired()) == is_judged


@pytest.mark.parametrize("dataset", ["conversations", "details"])
def test_a_day_without_calls_is_known_by_the_load_of_its_conversations(house: Warehouse, dataset: str):
    house.weeks(100, zone="America/New_York")
    house.add(NEWEST, 20, zone="America/New_York", loaded_at=LOADED)
    house.connection.execute("DELETE FROM warehouse.main.loads")
    house.connection.execute(
        "INSERT INTO warehouse.main.loads BY NAME SELECT DISTINCT project, date, $dataset AS dataset, "
        "loaded_at FROM warehouse.main.conversation_facts UNION ALL "
        "SELECT DISTINCT project, date + 1, $dataset, $loaded_at FROM warehouse.main.conversation_facts",
        {"dataset": dataset, "loaded_at": LOADED},
    )
    assert (FEWER in house.fired()) == (dataset == "conversations")


def test_a_table_of_loads_that_names_no_datasets_is_read(house: Warehouse):
    house.connection.execute("ALTER TABLE warehouse.main.loads DROP COLUMN dataset")
    house.weeks(100)
    house.add(NEWEST, 20)
    assert FEWER in house.fired()


def test_tests_do_not_count(house: Warehouse):
    house.add(NEWEST, 100, 90, test=True)
    house.add(NEWEST, 60, 6)
    assert house.fired() == set()


def test_days_in_a_row_are_one_finding_and_a_good_day_ends_it(house: Warehouse):
    for back in (2, 1, 0):
        house.add(NEWEST - timedelta(days=back), 100, 60)
    (finding,) = house.found()
    assert (finding.began, finding.last_seen, finding.days) == (NEWEST - timedelta(days=2), NEWEST, 3)
    house.add(NEWEST + timedelta(days=1), 100, 10)
    assert house.found() == []


def test_it_is_off_by_a_line(house: Warehouse):
    house.add(NEWEST, 100, 60)
    assert gather(house.connection, [PROJECT], lambda _: {}, kpis=False) == []


def test_a_message_says_what_is_out_of_bounds_and_whom_to_ask(house: Warehouse):
    house.weeks(300, 60)
    house.add(NEWEST, 300, 80)
    (finding,) = house.found()
    text = block_of(finding, AlertSettings(dagster_url="http://dagster")).text
    assert text == (
        "WARN: 1 figure out of bounds: handoff rate: 20 % above the same weekdays\n"
        "  Cause: 27 % of 300 calls were handed off, 20 % on the same weekdays of 4 weeks before, on 2026-11-26\n"
        "  Effect on the tables: none; the data are as they are, and calls were not as usual\n"
        "  Next: polyai ask by-site --project us-1/acme/hotel-bot --since 2026-11-26 --until 2026-11-26\n"
        "  Look: http://dagster/assets/read_only_copy"
    )
