from datetime import UTC, datetime, timedelta, timezone

import dagster as dg
import pytest

from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, HOTEL, Deployment

pytestmark = pytest.mark.usefixtures("no_facts")

NIGHT = datetime(2025, 3, 4, 2, 15, tzinfo=UTC)


def requests_at(deployment: Deployment, time: datetime = NIGHT) -> list[dg.RunRequest]:
    schedule = deployment.definitions.resolve_schedule_def("nightly_refresh")
    context = dg.build_schedule_context(instance=deployment.instance, scheduled_execution_time=time)
    return list(schedule.evaluate_tick(context).run_requests or [])


def ranges(requests: list[dg.RunRequest]) -> list[tuple[str, str]]:
    return [
        (
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in requests
    ]


def test_each_project_has_one_run_over_its_lookback_days_yesterday_and_today(
    deploy: Deploy, configure: Configure
):
    deployment = deploy(configure(HOTEL, lookback_days=2), configure(BANK, lookback_days=0))
    assert ranges(requests_at(deployment)) == [
        (f"2025-03-01|{HOTEL.key}", f"2025-03-04|{HOTEL.key}"),
        (f"2025-03-03|{BANK.key}", f"2025-03-04|{BANK.key}"),
    ]


def test_no_day_before_the_first_is_asked_for(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(lookback_days=60), start_date=DAY2)
    assert ranges(requests_at(deployment)) == [(f"2025-03-02|{HOTEL.key}", f"2025-03-04|{HOTEL.key}")]


def test_on_the_first_day_it_fetches_what_there_is_of_it(deploy: Deploy):
    deployment = deploy(start_date=NIGHT.date())
    assert ranges(requests_at(deployment)) == [(f"2025-03-04|{HOTEL.key}", f"2025-03-04|{HOTEL.key}")]


def test_before_the_first_day_there_is_nothing_to_refresh(deploy: Deploy):
    assert requests_at(deploy(start_date=NIGHT.date() + timedelta(days=1))) == []


def test_the_day_counts_in_utc(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(lookback_days=0))
    there = NIGHT.astimezone(timezone(timedelta(hours=-8)))
    assert there.date() == DAY3
    assert ranges(requests_at(deployment, there)) == [(f"2025-03-03|{HOTEL.key}", f"2025-03-04|{HOTEL.key}")]


def test_each_night_has_a_run_of_its_own_and_a_tick_that_comes_twice_has_none_more(deployment: Deployment):
    first, again = (requests_at(deployment)[0].run_key for _ in range(2))
    next_night = requests_at(deployment, NIGHT + timedelta(days=1))[0].run_key
    assert first is not None
    assert first == again != next_night


def test_it_asks_the_api_for_nothing(deployment: Deployment):
    requests_at(deployment)
    assert deployment.simulator.requests == []


def test_its_runs_can_be_run(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(lookback_days=1))
    (request,) = requests_at(deployment)
    assert deployment.request(request).success
    assert deployment.statuses("metrics", [DAY1, DAY2, DAY3]) == ["-", "MATERIALIZED", "MATERIALIZED"]


def test_it_runs_every_night_after_midnight_utc(deployment: Deployment):
    schedule = deployment.definitions.resolve_schedule_def("nightly_refresh")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("15 2 * * *", "UTC")
