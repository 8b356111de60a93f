"""Asking for runs, and reading which days the unfinished ones take."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.project import Project
from polyai_assets.automation.decide import DayRequest
from polyai_assets.automation.runs import (
    PARTITION,
    RANGE_END,
    RANGE_START,
    UNFINISHED,
    days_in_flight,
    range_requests,
    requested_runs,
)
from polyai_assets.configuration import PlatformConfig
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    HOTEL,
    START,
    Deployment,
    configured,
    partition,
    project_of,
)

PROJECT = project_of(HOTEL)
PLATFORM = PlatformConfig("raw", "x.duckdb", None, START, ("eu",), None, ())
Began = Callable[..., dg.DagsterRun]


def requests_for(days: list[date], run_key: str | None = None) -> list[dg.RunRequest]:
    return list(range_requests(PLATFORM, PROJECT, days, reason="it is time", run_key=run_key))


def requested(*requests: DayRequest) -> list[dg.RunRequest]:
    config = configured(HOTEL, "http://127.0.0.1:1")
    return list(requested_runs(PLATFORM, [(config, request) for request in requests]))


def days_of(request: dg.RunRequest) -> list[date]:
    first, last = (
        date.fromisoformat(request.tags[tag].partition("|")[0]) for tag in (RANGE_START, RANGE_END)
    )
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@given(st.sets(st.dates(date(2025, 3, 1), date(2025, 4, 15))))
def test_the_runs_take_just_these_days_each_once(days: set[date]):
    asked = [day for request in requests_for(list(days)) for day in days_of(request)]
    assert asked == sorted(days)


@given(st.sets(st.dates(date(2025, 3, 1), date(2025, 4, 15))))
def test_there_is_one_run_for_each_stretch_of_days(days: set[date]):
    stretches = groupby(enumerate(sorted(days)), key=lambda item: item[1].toordinal() - item[0])
    assert len(requests_for(list(days))) == len(list(stretches))


def test_a_request_is_for_a_range_of_one_project_and_the_assets_of_its_platform():
    (request,) = requests_for([DAY2, DAY1])
    assert request.tags == {
        "dagster/asset_partition_range_start": "2025-03-01|us-1/acme/hotel-bot",
        "dagster/asset_partition_range_end": "2025-03-02|us-1/acme/hotel-bot",
        "polyai/project": "us-1/acme/hotel-bot",
        "polyai/reason": "it is time",
    }
    assert request.asset_selection is not None
    assert [key.to_user_string() for key in request.asset_selection] == [
        "eu/raw_conversations",
        "eu/conversations",
        "eu/turns",
        "eu/metrics",
    ]


def test_each_stretch_has_a_run_key_of_its_own_if_one_is_given():
    assert [one.run_key for one in requests_for([DAY1, DAY3], "night")] == [
        "night|2025-03-01",
        "night|2025-03-03",
    ]
    assert [one.run_key for one in requests_for([DAY1, DAY3])] == [None, None]


def test_days_to_fetch_whole_are_ranges_and_days_to_top_up_have_runs_of_their_own():
    moment = datetime(2025, 3, 2, 10, tzinfo=UTC)
    requests = requested(
        DayRequest(DAY1, "a last look"),
        DayRequest(DAY2, "one ended", (moment,)),
        DayRequest(DAY3, "new ones", ()),
        DayRequest(DAY4, "it failed"),
    )
    assert [(days_of(one), one.tags["polyai/reason"]) for one in requests] == [
        ([DAY2], "one ended"),
        ([DAY3], "new ones"),
        ([DAY1], "a last look; it failed"),
        ([DAY4], "a last look; it failed"),
    ]
    around = [one.run_config["ops"]["eu_ingest_step"]["config"]["top_up_around"] for one in requests[:2]]
    assert around == [["2025-03-02T10:00:00+00:00"], []]
    assert [one.run_config for one in requests[2:]] == [{}, {}]


@dg.job
def some_job() -> None:
    """Do nothing: only its runs are looked at."""


@pytest.fixture
def began(instance: dg.DagsterInstance) -> Began:
    def began(status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED, **tags: str) -> dg.DagsterRun:
        return instance.create_run_for_job(some_job, status=status, tags=tags)

    return began


def in_range(first: date, last: date, project: Project = PROJECT) -> dict[str, str]:
    return {RANGE_START: f"{first}|{project.key}", RANGE_END: f"{last}|{project.key}"}


@pytest.mark.parametrize("status", ["NOT_STARTED", "STARTING", "STARTED"])
def test_an_unfinished_run_takes_its_days(instance: dg.DagsterInstance, began: Began, status: str):
    began(dg.DagsterRunStatus(status), **in_range(DAY1, DAY3))
    assert days_in_flight(instance, PLATFORM) == {PROJECT.key: {DAY1, DAY2, DAY3}}


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", "CANCELED"])
def test_a_finished_run_takes_none(instance: dg.DagsterInstance, began: Began, status: str):
    began(dg.DagsterRunStatus(status), **in_range(DAY1, DAY3))
    assert days_in_flight(instance, PLATFORM) == {}


def test_a_run_in_the_queue_counts_as_unfinished():
    assert dg.DagsterRunStatus.QUEUED in UNFINISHED


def test_the_days_of_all_runs_of_a_project_are_joined(instance: dg.DagsterInstance, began: Began):
    began(**in_range(DAY1, DAY2))
    began(**in_range(DAY2, DAY3))
    began(**in_range(DAY4, DAY4, project_of(BANK)))
    assert days_in_flight(instance, PLATFORM) == {HOTEL.key: {DAY1, DAY2, DAY3}, BANK.key: {DAY4}}


def test_a_run_of_a_single_partition_takes_its_day(instance: dg.DagsterInstance, began: Began):
    began(**{PARTITION: partition(DAY2)})
    assert days_in_flight(instance, PLATFORM) == {HOTEL.key: {DAY2}}


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {PARTITION: "2025-03-01"},
        {PARTITION: "emea|apples"},
        {PARTITION: "|"},
        {RANGE_START: "a|2025-03-01", RANGE_END: "c|2025-03-04"},
        {RANGE_START: "2025-03-01-00:00", RANGE_END: "2025-03-01-05:00"},
    ],
)
def test_runs_of_other_assets_in_the_same_instance_are_none_of_ours(
    instance: dg.DagsterInstance, began: Began, tags: dict[str, str]
):
    began(**tags)
    began(**in_range(DAY1, DAY1))
    assert days_in_flight(instance, PLATFORM) == {HOTEL.key: {DAY1}}


def test_a_run_that_was_executed_is_no_longer_in_flight(deployment: Deployment):
    deployment.run(DAY1, DAY2, assets=["raw_conversations"])
    assert days_in_flight(deployment.instance, deployment.platform) == {}
