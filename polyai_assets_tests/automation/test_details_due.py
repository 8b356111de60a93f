"""The sensor of details: what it reads, and the runs it asks for. It goes by the machine's clock."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import msgspec
import pytest

from polyai_assets.assets.specs import ingest_keys
from polyai_assets.automation.runs import days_in_flight
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DETAILS, HOTEL, RAW, Deployment, partition, project_of
from polyai_assets_tests.steps import steps_of

pytestmark = pytest.mark.usefixtures("no_facts")

TODAY = datetime.now(UTC).date()
D1, D2, D3 = (TODAY - timedelta(days=back) for back in (5, 4, 3))
OLD = TODAY - timedelta(days=30)
NAME = "details_due"
FETCHED = (*RAW, "raw_details")


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    polyai.clock.follow_the_machine()
    return polyai


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure) -> Deployment:
    return deploy(configure(details=True))


def tick(deployment: Deployment, cursor: str | None = None):
    """Evaluate the sensor once, as the daemon does; it must ask PolyAI for nothing."""
    deployment.simulator.requests.clear()
    sensor = deployment.definitions.resolve_sensor_def(NAME)
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        found = sensor.evaluate_tick(context)
    assert deployment.simulator.requests == []
    return found


def ranges(found) -> list[tuple[str, str]]:
    return [
        (
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in found.run_requests or []
    ]


def remember_as_asked(deployment: Deployment, day: date, asked_ago: timedelta) -> None:
    """Let the details of a day have been asked for some time ago, as far as the sensor reads."""
    store = RawStore(deployment.platform.raw_store)
    known = DETAIL_FILES.read(store, Partition(project_of(HOTEL), day))
    assert known is not None
    due = datetime.now(UTC) - asked_ago
    changed = msgspec.structs.replace(known, next_due_at=due)
    store.write(DETAIL_FILES.name(Partition(project_of(HOTEL), day)), msgspec.json.encode(changed))


def test_days_without_details_are_asked_for_in_ranges_and_then_left_alone(deployment: Deployment) -> None:
    steps_of(deployment).run(D1, D3, assets=RAW)
    found = tick(deployment)
    assert ranges(found) == [(partition(D1), partition(D3))]
    (request,) = found.run_requests
    assert {key.path[-1] for key in request.asset_selection} == set(DETAILS)
    assert request.tags["polyai/reason"] == "its details were never fetched"
    assert deployment.request(request).success
    assert deployment.ask("SELECT count(*) FROM conversation_details WHERE status = 'found'") == [(9,)]
    after = tick(deployment, found.cursor)
    assert (ranges(after), after.skip_message) == ([], "nothing is due")
    assert after.cursor == "{}"


def test_nothing_is_asked_for_before_there_are_conversations(deployment: Deployment) -> None:
    assert ranges(tick(deployment)) == []


def test_a_project_that_does_not_want_it_is_left_alone(deploy: Deploy, configure: Configure) -> None:
    deployment = deploy(configure(HOTEL), configure(BANK, details=True))
    steps_of(deployment).run(D1, assets=RAW, projects=(HOTEL, BANK))
    assert ranges(tick(deployment)) == [(partition(D1, BANK), partition(D1, BANK))]


def test_a_day_is_asked_for_when_its_conversations_have_changed(deployment: Deployment) -> None:
    steps_of(deployment).run(D1, D2, assets=FETCHED)
    assert ranges(tick(deployment)) == []
    deployment.simulator.put(
        HOTEL.key, {"id": "late", "started_at": f"{D2}T10:00:00Z", "environment": "live"}
    )
    steps_of(deployment).run(D2, assets=RAW)
    assert ranges(tick(deployment)) == [(partition(D2), partition(D2))]


def test_a_day_is_asked_for_when_it_is_due_by_age(deployment: Deployment) -> None:
    steps_of(deployment).run(D1, D2, assets=FETCHED)
    remember_as_asked(deployment, D1, timedelta(minutes=1))
    found = tick(deployment)
    assert ranges(found) == [(partition(D1), partition(D1))]
    assert found.run_requests[0].tags["polyai/reason"] == "its conversations are due by age"


def test_days_of_long_ago_are_left_to_people(deployment: Deployment) -> None:
    steps_of(deployment).run(OLD, assets=RAW)
    assert ranges(tick(deployment)) == []


def test_a_day_that_a_run_is_on_is_left_to_it(deployment: Deployment) -> None:
    steps_of(deployment).run(D1, assets=RAW)
    (request,) = tick(deployment).run_requests
    job = deployment.definitions.resolve_implicit_global_asset_job_def()
    run = deployment.instance.create_run_for_job(
        job,
        status=dg.DagsterRunStatus.STARTED,
        tags=request.tags,
        asset_selection=frozenset(request.asset_selection),
    )
    assert ranges(tick(deployment)) == []
    deployment.instance.report_run_failed(run)
    assert ranges(tick(deployment)) == [(partition(D1), partition(D1))]


def test_a_day_that_stays_red_is_not_asked_for_in_every_tick(deploy: Deploy, configure: Configure) -> None:
    deployment = deploy(configure(details=True, max_attempts=1))
    steps_of(deployment).run(D1, assets=RAW)
    deployment.simulator.faults.add(Fault("error", {"status": 418}, call="detail", times=None))
    found = tick(deployment)
    assert not deployment.request(found.run_requests[0]).success
    assert ranges(tick(deployment, found.cursor)) == []
    assert ranges(tick(deployment)) == [(partition(D1), partition(D1))]


def test_a_run_of_details_does_not_keep_conversations_from_being_followed(deployment: Deployment) -> None:
    steps_of(deployment).run(D1, assets=RAW)
    (request,) = tick(deployment).run_requests
    deployment.instance.create_run_for_job(
        deployment.definitions.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        tags=request.tags,
        asset_selection=frozenset(request.asset_selection),
    )
    assert days_in_flight(deployment.instance, deployment.platform) == {HOTEL.key: {D1}}
    assert days_in_flight(deployment.instance, deployment.platform, ingest_keys(deployment.platform)) == {}


def test_a_damaged_certificate_does_not_stop_the_sensor(deployment: Deployment) -> None:
    steps_of(deployment).run(D1, D2, assets=FETCHED)
    store = RawStore(deployment.platform.raw_store)
    store.write(DETAIL_FILES.name(Partition(project_of(HOTEL), D1)), b"{")
    found = tick(deployment)
    assert ranges(found) == [(partition(D1), partition(D1))]
    run = deployment.request(found.run_requests[0])
    assert "is no certificate that we can read" in run.failure
