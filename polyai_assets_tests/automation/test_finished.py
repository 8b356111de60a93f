"""The sensor: what it asks, and the runs it asks for.

It goes by the machine's clock, and these tests by days before today: long over, so that a fetch in which nothing
is in progress settles them.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from polyai_assets.raw.conversations.unsettled import note_fetching
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, SimulatedProject, Simulator
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, HOTEL, RAW, Deployment, partition, partitions_of, project_of
from polyai_assets_tests.steps import steps_of

pytestmark = pytest.mark.usefixtures("no_facts")

TODAY = datetime.now(UTC).date()
D1, D2, D3, D4, D5 = (TODAY - timedelta(days=back) for back in range(7, 2, -1))
NAME = "finished_conversations"
WRONG = "wrong-key-c0ffee42"


def tick(deployment: Deployment, cursor: str | None = None):
    """Evaluate the sensor once, as the daemon does; counts only its own requests."""
    deployment.simulator.requests.clear()
    sensor = deployment.definitions.resolve_sensor_def(NAME)
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        return sensor.evaluate_tick(context)


def ranges(found) -> list[tuple[str, str]]:
    return [
        (
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in found.run_requests or []
    ]


def one_day(day: date, project: SimulatedProject = HOTEL) -> tuple[str, str]:
    return partition(day, project), partition(day, project)


Talk = Callable[..., None]


@pytest.fixture
def configure(configure: Configure) -> Configure:
    """Configure a project whose conversations may be open for weeks and whose days settle soon."""

    def patient(simulated: SimulatedProject = HOTEL, **options: Any):
        return configure(simulated, **{"max_open_hours": 720, "lookback_days": 0, **options})

    return patient


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    polyai.clock.follow_the_machine()
    return polyai


@pytest.fixture
def talk(deployment: Deployment) -> Talk:
    """Let a conversation of a day run, or have ended."""

    def talk(day: date, project: SimulatedProject = HOTEL, *, running: bool = True, name: str = "") -> None:
        record = {
            "id": name or f"talk of {day}",
            "started_at": f"{day}T23:00:00Z",
            "in_progress": running,
            "account_id": project.account_id,
            "project_id": project.project_id,
            "environment": "live",
            "channel": "CHAT",
        }
        deployment.simulator.put(project.key, record)

    return talk


def test_nothing_is_asked_when_nothing_was_in_progress(deployment: Deployment):
    steps_of(deployment).run(D1, D3, assets=RAW)
    found = tick(deployment)
    assert not found.run_requests
    assert found.skip_message == "every partition that was fetched is settled"
    assert deployment.simulator.requests == []


def test_nothing_is_asked_before_anything_was_fetched(deployment: Deployment):
    assert not tick(deployment).run_requests
    assert deployment.simulator.requests == []


def test_while_the_conversation_goes_on_the_project_is_asked_once_a_tick(deployment: Deployment, talk: Talk):
    talk(D2)
    steps_of(deployment).run(D1, D3, assets=RAW)
    found = tick(deployment)
    assert not found.run_requests
    assert found.skip_message == "following 1 unsettled day; nothing to fetch now"
    (request,) = deployment.simulator.requests
    assert request.query["in_progress"] == ["true"]


def test_when_it_has_finished_its_day_is_fetched_and_no_other(deployment: Deployment, talk: Talk):
    talk(D2)
    talk(D3, name="goes on")
    steps_of(deployment).run(D1, D4, assets=RAW)
    talk(D2, running=False)
    found = tick(deployment)
    assert ranges(found) == [one_day(D2)]
    assert len(deployment.simulator.requests) == 1


def test_days_that_were_interrupted_side_by_side_are_one_run(deployment: Deployment):
    store = RawStore(deployment.platform.raw_store)
    note_fetching(store, partitions_of(project_of(HOTEL), [D1, D2, D4]), midnight(D5))
    assert ranges(tick(deployment)) == [(partition(D1), partition(D2)), one_day(D4)]
    assert deployment.simulator.requests == []


def test_the_run_brings_what_the_conversation_became_and_a_last_look_settles_the_day_which_is_then_forgotten(
    deployment: Deployment,
):
    first, *_ = deployment.simulator.conversations(HOTEL.key, midnight(D2), midnight(D3))
    began = datetime.fromisoformat(first["started_at"])
    deployment.simulator.clock.stop_at(began + timedelta(seconds=2))
    steps_of(deployment).run(D2)
    where = f"SELECT in_progress, num_turns FROM conversations WHERE conversation_id = '{first['id']}'"
    assert deployment.ask(where)[0][0] is True
    assert not tick(deployment).run_requests

    deployment.simulator.clock.follow_the_machine()
    first_tick = tick(deployment)
    assert str(D2) in (first_tick.cursor or "")
    (topped_up,) = first_tick.run_requests or []
    assert topped_up.tags["polyai/reason"] == "a conversation ended"
    assert deployment.request(topped_up).success
    assert deployment.ask(where) == [(False, first["num_turns"])]
    second_tick = tick(deployment, first_tick.cursor)
    (last_look,) = second_tick.run_requests or []
    assert last_look.tags["polyai/reason"] == "a last look before it is settled"
    assert deployment.request(last_look).success
    assert deployment.verdicts("raw_conversations", "complete", [D2]) == ["SUCCEEDED"]
    third_tick = tick(deployment, second_tick.cursor)
    assert (third_tick.run_requests or [], third_tick.cursor) == ([], "{}")
    assert deployment.simulator.requests == []


def test_a_top_up_asks_for_narrow_windows_only(deploy: Deploy, configure: Configure, talk: Talk):
    deployment = deploy(configure(parallel_windows=1))
    talk(D2)
    steps_of(deployment).run(D2, assets=RAW)
    talk(D2, running=False)
    (request,) = tick(deployment).run_requests or []
    deployment.simulator.requests.clear()
    assert deployment.request(request).success
    (asked,) = deployment.simulator.requests
    assert asked.query["start_time"] == [f"{D2}T22:59:59Z"]
    assert asked.query["end_time"] == [f"{D2}T23:00:01.000001Z"]
    assert deployment.ask("SELECT count(*) FROM conversations") == [(4,)]


def test_a_conversation_that_is_no_longer_there_counts_as_finished(deployment: Deployment, talk: Talk):
    talk(D2)
    steps_of(deployment).run(D2, assets=RAW)
    deployment.simulator.remove(HOTEL.key, f"talk of {D2}")
    assert ranges(tick(deployment)) == [one_day(D2)]


def test_each_project_with_open_days_is_asked_once(deploy: Deploy, configure: Configure, talk: Talk):
    deployment = deploy(configure(HOTEL), configure(BANK))
    for project in (HOTEL, BANK):
        talk(D1, project)
        talk(D3, project)
    steps_of(deployment).run(D1, D3, assets=RAW, projects=(HOTEL, BANK))
    talk(D3, BANK, running=False)
    assert ranges(tick(deployment)) == [one_day(D3, BANK)]
    paths = sorted(request.path for request in deployment.simulator.requests)
    assert paths == ["/v3/acme/card-support/conversations", "/v3/acme/hotel-bot/conversations"]


def test_every_client_environment_is_asked(deploy: Deploy, configure: Configure, talk: Talk):
    deployment = deploy(configure(client_env=("live", "sandbox")))
    talk(D2)
    steps_of(deployment).run(D2, assets=RAW)
    tick(deployment)
    asked = sorted(request.query["client_env"][0] for request in deployment.simulator.requests)
    assert asked == ["live", "sandbox"]


@pytest.mark.parametrize("trouble", ["wrong key", "no key", "error"])
def test_a_project_that_cannot_be_asked_does_not_stop_the_others(
    deploy: Deploy,
    configure: Configure,
    talk: Talk,
    trouble: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    good = deploy(configure(HOTEL), configure(BANK))
    for project in (HOTEL, BANK):
        talk(D1, project)
    steps_of(good).run(D1, D2, assets=RAW, projects=(HOTEL, BANK))
    for project in (HOTEL, BANK):
        talk(D1, project, running=False)
    key = {"wrong key": WRONG, "no key": None, "error": ""}[trouble]
    deployment = deploy(configure(HOTEL, key=key), configure(BANK))
    if trouble == "error":
        deployment.simulator.faults.add(Fault("error", {"status": 418}, times=None, project=HOTEL.key))
    assert ranges(tick(deployment)) == [one_day(D1, BANK)]
    said = caplog.text + "".join(capfd.readouterr())
    assert HOTEL.key in said
    for secret in (WRONG, HOTEL.api_key, BANK.api_key):
        assert secret not in said


def test_a_request_is_not_repeated_while_its_run_may_still_come(deployment: Deployment, talk: Talk):
    talk(D2)
    steps_of(deployment).run(D2, assets=RAW)
    talk(D2, running=False)
    first = tick(deployment)
    assert ranges(first) == [one_day(D2)]
    again = tick(deployment, first.cursor)
    assert ranges(again) == []
    assert ranges(tick(deployment, again.cursor)) == []
    assert ranges(tick(deployment, None)) == [one_day(D2)]


def test_another_day_is_asked_for_meanwhile(deployment: Deployment, talk: Talk):
    talk(D2)
    talk(D4)
    steps_of(deployment).run(D1, D5, assets=RAW)
    talk(D2, running=False)
    first = tick(deployment)
    talk(D4, running=False)
    assert ranges(tick(deployment, first.cursor)) == [one_day(D4)]


def test_what_was_asked_for_is_remembered_through_a_tick_that_could_not_ask(
    deploy: Deploy, configure: Configure, talk: Talk
):
    deployment = deploy(configure(HOTEL))
    talk(D2)
    steps_of(deployment).run(D2, assets=RAW)
    talk(D2, running=False)
    first = tick(deployment)
    failing = tick(deploy(configure(HOTEL, key=WRONG)), first.cursor)
    assert ranges(failing) == []
    assert ranges(tick(deployment, failing.cursor)) == []


def test_a_day_that_a_run_is_fetching_is_left_to_it(deployment: Deployment, talk: Talk):
    talk(D2)
    steps_of(deployment).run(D2, assets=RAW)
    talk(D2, running=False)
    (request,) = tick(deployment).run_requests or []
    job = deployment.definitions.resolve_implicit_global_asset_job_def()
    run = deployment.instance.create_run_for_job(
        job,
        status=dg.DagsterRunStatus.STARTED,
        tags=request.tags,
        asset_selection=frozenset(request.asset_selection or []),
    )
    assert ranges(tick(deployment)) == []
    deployment.instance.report_run_failed(run)
    assert ranges(tick(deployment)) == [one_day(D2)]


def test_filters_of_the_project_hold_for_the_sensor_too(deploy: Deploy, configure: Configure, talk: Talk):
    talk(D2)
    steps_of(deploy()).run(D2, assets=RAW)
    tick(deploy(configure(channels=("chat",), variant_name="Harbour House")))
    (request,) = deploy().simulator.requests
    assert request.query["channel"] == ["chat"]
    assert request.query["variant_name"] == ["Harbour House"]
