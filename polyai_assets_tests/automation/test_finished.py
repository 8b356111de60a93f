"""The sensor: what it asks, and the runs it asks for."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import dagster as dg
import pytest

from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, SimulatedProject
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    DAY5,
    HOTEL,
    Deployment,
    partition,
)

NAME = "finished_conversations"
RAW = ["raw_conversations"]
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
    deployment.run(DAY1, DAY3, assets=RAW)
    found = tick(deployment)
    assert not found.run_requests
    assert found.skip_message == "no conversation was in progress when its day was fetched"
    assert deployment.simulator.requests == []


def test_nothing_is_asked_before_anything_was_fetched(deployment: Deployment):
    assert not tick(deployment).run_requests
    assert deployment.simulator.requests == []


def test_while_the_conversation_goes_on_the_project_is_asked_once_a_tick(deployment: Deployment, talk: Talk):
    talk(DAY2)
    deployment.run(DAY1, DAY3, assets=RAW)
    found = tick(deployment)
    assert not found.run_requests
    assert "none of the conversations in progress has finished (1 open day)" in found.skip_message
    (request,) = deployment.simulator.requests
    assert request.query["in_progress"] == ["true"]


def test_when_it_has_finished_its_day_is_fetched_and_no_other(deployment: Deployment, talk: Talk):
    talk(DAY2)
    talk(DAY3, name="goes on")
    deployment.run(DAY1, DAY4, assets=RAW)
    talk(DAY2, running=False)
    found = tick(deployment)
    assert ranges(found) == [one_day(DAY2)]
    assert len(deployment.simulator.requests) == 1


def test_days_side_by_side_are_one_run(deployment: Deployment, talk: Talk):
    for day in (DAY1, DAY2, DAY4):
        talk(day)
    deployment.run(DAY1, DAY5, assets=RAW)
    for day in (DAY1, DAY2, DAY4):
        talk(day, running=False)
    assert ranges(tick(deployment)) == [(partition(DAY1), partition(DAY2)), one_day(DAY4)]


def test_the_run_brings_what_the_conversation_became_and_then_nothing_is_open(deployment: Deployment):
    first, *_ = deployment.simulator.conversations(HOTEL.key, midnight(DAY2), midnight(DAY3))
    began = datetime.fromisoformat(first["started_at"])
    deployment.simulator.clock.stop_at(began + timedelta(seconds=2))
    deployment.run(DAY2)
    where = f"SELECT in_progress, num_turns FROM conversations WHERE conversation_id = '{first['id']}'"
    assert deployment.ask(where)[0][0] is True
    assert not tick(deployment).run_requests

    deployment.simulator.clock.advance(timedelta(hours=2))
    (request,) = tick(deployment).run_requests or []
    assert deployment.request(request).success
    assert deployment.ask(where) == [(False, first["num_turns"])]
    assert deployment.verdicts("raw_conversations", "complete", [DAY2]) == ["SUCCEEDED"]
    assert not tick(deployment).run_requests
    assert deployment.simulator.requests == []


def test_a_conversation_that_is_no_longer_there_counts_as_finished(deployment: Deployment, talk: Talk):
    talk(DAY2)
    deployment.run(DAY2, assets=RAW)
    deployment.simulator.remove(HOTEL.key, f"talk of {DAY2}")
    assert ranges(tick(deployment)) == [one_day(DAY2)]


def test_each_project_with_open_days_is_asked_once(deploy: Deploy, configure: Configure, talk: Talk):
    deployment = deploy(configure(HOTEL), configure(BANK))
    for project in (HOTEL, BANK):
        talk(DAY1, project)
        talk(DAY3, project)
    deployment.run(DAY1, DAY3, assets=RAW, projects=(HOTEL, BANK))
    talk(DAY3, BANK, running=False)
    assert ranges(tick(deployment)) == [one_day(DAY3, BANK)]
    paths = sorted(request.path for request in deployment.simulator.requests)
    assert paths == ["/v3/acme/card-support/conversations", "/v3/acme/hotel-bot/conversations"]


def test_every_client_environment_is_asked(deploy: Deploy, configure: Configure, talk: Talk):
    deployment = deploy(configure(client_env=("live", "sandbox")))
    talk(DAY2)
    deployment.run(DAY2, assets=RAW)
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
        talk(DAY1, project)
    good.run(DAY1, DAY2, assets=RAW, projects=(HOTEL, BANK))
    for project in (HOTEL, BANK):
        talk(DAY1, project, running=False)
    key = {"wrong key": WRONG, "no key": None, "error": ""}[trouble]
    deployment = deploy(configure(HOTEL, key=key), configure(BANK))
    if trouble == "error":
        deployment.simulator.faults.add(Fault("error", {"status": 418}, times=None, project=HOTEL.key))
    assert ranges(tick(deployment)) == [one_day(DAY1, BANK)]
    said = caplog.text + "".join(capfd.readouterr())
    assert HOTEL.key in said
    for secret in (WRONG, HOTEL.api_key, BANK.api_key):
        assert secret not in said


def test_a_request_is_not_repeated_while_its_run_may_still_come(deployment: Deployment, talk: Talk):
    talk(DAY2)
    deployment.run(DAY2, assets=RAW)
    talk(DAY2, running=False)
    first = tick(deployment)
    assert ranges(first) == [one_day(DAY2)]
    again = tick(deployment, first.cursor)
    assert ranges(again) == []
    assert ranges(tick(deployment, again.cursor)) == []
    assert ranges(tick(deployment, None)) == [one_day(DAY2)]


def test_another_day_is_asked_for_meanwhile(deployment: Deployment, talk: Talk):
    talk(DAY2)
    talk(DAY4)
    deployment.run(DAY1, DAY5, assets=RAW)
    talk(DAY2, running=False)
    first = tick(deployment)
    talk(DAY4, running=False)
    assert ranges(tick(deployment, first.cursor)) == [one_day(DAY4)]


def test_what_was_asked_for_is_remembered_through_a_tick_that_could_not_ask(
    deploy: Deploy, configure: Configure, talk: Talk
):
    deployment = deploy(configure(HOTEL))
    talk(DAY2)
    deployment.run(DAY2, assets=RAW)
    talk(DAY2, running=False)
    first = tick(deployment)
    failing = tick(deploy(configure(HOTEL, key=WRONG)), first.cursor)
    assert ranges(failing) == []
    assert ranges(tick(deployment, failing.cursor)) == []


def test_the_cursor_forgets_what_is_settled(deployment: Deployment, talk: Talk):
    talk(DAY2)
    deployment.run(DAY2, assets=RAW)
    talk(DAY2, running=False)
    first = tick(deployment)
    assert "2025-03-02" in (first.cursor or "")
    (request,) = first.run_requests or []
    deployment.request(request)
    assert tick(deployment, first.cursor).cursor == "{}"


def test_a_day_that_a_run_is_fetching_is_left_to_it(deployment: Deployment, talk: Talk):
    talk(DAY2)
    deployment.run(DAY2, assets=RAW)
    talk(DAY2, running=False)
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
    assert ranges(tick(deployment)) == [one_day(DAY2)]


def test_filters_of_the_project_hold_for_the_sensor_too(deploy: Deploy, configure: Configure, talk: Talk):
    talk(DAY2)
    deploy().run(DAY2, assets=RAW)
    tick(deploy(configure(channels=("chat",), variant_name="Harbour House")))
    (request,) = deploy().simulator.requests
    assert request.query["channel"] == ["chat"]
    assert request.query["variant_name"] == ["Harbour House"]
