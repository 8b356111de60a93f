from datetime import UTC, datetime

import dagster as dg
import pytest

from polyai_assets.configuration.searches import SearchConfig
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY2, DAY3, HOTEL, Deployment

pytestmark = pytest.mark.usefixtures("no_facts")

NIGHT = datetime(2025, 3, 4, 2, 45, tzinfo=UTC)
SEARCH = SearchConfig(name="parking", type="transcript", query="park")


def tick(deployment: Deployment, time: datetime = NIGHT) -> tuple[list[dg.RunRequest], str | None]:
    """What the schedule asks for, and why for nothing."""
    schedule = deployment.definitions.resolve_schedule_def("nightly_retrieval")
    context = dg.build_schedule_context(instance=deployment.instance, scheduled_execution_time=time)
    evaluated = schedule.evaluate_tick(context)
    return list(evaluated.run_requests or []), evaluated.skip_message


def requests_at(deployment: Deployment, time: datetime = NIGHT) -> list[dg.RunRequest]:
    return tick(deployment, time)[0]


def wanted(requests: list[dg.RunRequest]) -> list[tuple[str, str, str]]:
    return [
        (
            ",".join(key.to_user_string() for key in request.asset_selection or []),
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in requests
    ]


def test_searches_are_asked_up_to_today_and_samples_drawn_up_to_yesterday(
    deploy: Deploy, configure: Configure
):
    hotel = configure(HOTEL, lookback_days=1, searches=[SEARCH], samples=2)
    bank = configure(BANK, lookback_days=0, samples=1)
    assert wanted(requests_at(deploy(hotel, bank))) == [
        ("search_hits", f"2025-03-02|{HOTEL.key}", f"2025-03-04|{HOTEL.key}"),
        ("qa_samples", f"2025-03-02|{HOTEL.key}", f"2025-03-03|{HOTEL.key}"),
        ("qa_samples", f"2025-03-03|{BANK.key}", f"2025-03-03|{BANK.key}"),
    ]


def test_on_the_first_day_nothing_can_be_drawn(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(samples=2), start_date=NIGHT.date())
    assert tick(deployment) == ([], "no project has searches or samples that are due")


def test_each_night_has_runs_of_its_own(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(searches=[SEARCH], samples=2))
    keys = [[one.run_key for one in requests_at(deployment, time)] for time in (NIGHT, NIGHT)]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 2
    later = [one.run_key for one in requests_at(deployment, NIGHT.replace(day=5))]
    assert not set(keys[0]) & set(later)


def test_its_runs_can_be_run_under_a_prefix_too(deploy: Deploy, configure: Configure):
    deployment = deploy(
        configure(searches=[SEARCH], samples=2, lookback_days=0), key_prefix=("eu",), start_date=DAY2
    )
    schedule = deployment.definitions.resolve_schedule_def("eu_nightly_retrieval")
    context = dg.build_schedule_context(instance=deployment.instance, scheduled_execution_time=NIGHT)
    for request in schedule.evaluate_tick(context).run_requests or []:
        assert deployment.request(request).success
    assert deployment.statuses("search_hits", [DAY2, DAY3]) == ["-", "MATERIALIZED"]
    assert deployment.statuses("qa_samples", [DAY2, DAY3]) == ["-", "MATERIALIZED"]


def test_it_asks_the_api_for_nothing(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(searches=[SEARCH], samples=2))
    requests_at(deployment)
    assert deployment.simulator.requests == []
