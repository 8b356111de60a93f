from datetime import UTC, datetime

import dagster as dg

from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, HOTEL


def test_every_project_that_has_it_is_read_once_a_day(deploy: Deploy, configure: Configure) -> None:
    deployment = deploy(configure(HOTEL), configure(BANK, reference=True))
    schedule = deployment.definitions.resolve_schedule_def("daily_reference")
    context = dg.build_schedule_context(
        instance=deployment.instance,
        repository_def=deployment.definitions.get_repository_def(),
        scheduled_execution_time=datetime(2025, 3, 4, 3, 30, tzinfo=UTC),
    )
    (request,) = schedule.evaluate_tick(context).run_requests or []
    assert (request.tags["dagster/partition"], request.run_key) == (
        BANK.key,
        f"daily_reference|2025-03-04|{BANK.key}",
    )
    assert schedule.job_name == "reference"
    assert deployment.simulator.requests == []
