"""The sensor `alerts`: what runs could not tell themselves, and what could not be delivered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import msgspec
import pytest
from pydantic import SecretStr

from polyai_assets.alerts.keys import ExpiringKey
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.automation import alerts as sensor_module
from polyai_assets.automation.runs import RANGE_END, RANGE_START
from polyai_assets.raw.conversations.unsettled import note_failed
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import Webhook
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    RAW,
    Deployment,
    broken,
    partition,
    project_of,
)
from polyai_assets_tests.looking import looking

pytestmark = pytest.mark.usefixtures("no_facts")

NAME = "alerts"


@pytest.fixture
def alerting(deploy: Deploy, configure: Configure, webhook: Webhook) -> Deployment:
    """The hotel and the bank, with alerts."""
    settings = AlertSettings((SecretStr(webhook.url),), "http://127.0.0.1:3000")
    return deploy(configure(HOTEL), configure(BANK), alerts=settings)


@dataclass(frozen=True)
class Tick:
    """What a tick said, and the cursor that it left."""

    said: str
    cursor: str | None


def tick(deployment: Deployment, cursor: str | None = None) -> Tick:
    """Evaluate the sensor once, as the daemon does."""
    sensor = deployment.definitions.resolve_sensor_def(NAME)
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        data = sensor.evaluate_tick(context)
    return Tick(data.skip_message or "", data.cursor)


def start_run(deployment: Deployment) -> dg.DagsterRun:
    """Let a run over two days of the hotel start."""
    return deployment.instance.create_run_for_job(
        deployment.definitions.resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        tags={RANGE_START: partition(DAY1), RANGE_END: partition(DAY2)},
        asset_selection=frozenset([deployment.key("raw_conversations")]),
    )


def kill(deployment: Deployment) -> dg.DagsterRun:
    """Let a run fail without a trace."""
    run = start_run(deployment)
    deployment.instance.report_run_failed(run, "the process that worked on this run is gone")
    return run


def fail(deployment: Deployment, problem: str = "the key was refused") -> None:
    """Make a day red without a run that could say so."""
    note_failed(
        RawStore(deployment.platform.raw_store),
        Partition(project_of(HOTEL), DAY1),
        problem,
        datetime.now(UTC),
    )


def test_where_nothing_was_ever_loaded_nothing_is_done(alerting: Deployment):
    first = tick(alerting)
    assert first.said == "nothing has changed"
    assert tick(alerting, first.cursor).said == "nothing has changed"
    assert not Path(alerting.platform.warehouse).exists()


def test_a_tick_without_news_leaves_the_warehouse_alone(alerting: Deployment):
    alerting.run(DAY1, assets=RAW)
    fail(alerting)
    second = tick(alerting, tick(alerting).cursor)
    with duckdb.connect(alerting.platform.warehouse):  # whoever needed it would wait
        assert tick(alerting, second.cursor).said == "nothing has changed"


def test_a_red_day_is_told_once_and_when_it_is_green_again(alerting: Deployment, webhook: Webhook):
    fault = broken(DAY2)
    alerting.simulator.faults.add(fault)
    alerting.run(DAY1, DAY3, assets=RAW)
    first = tick(alerting)
    second = tick(alerting, first.cursor)
    assert [body.partition(", since")[0] for body in webhook.bodies] == ["ERROR: 1 day red: 2025-03-02"]
    alerting.simulator.faults.clear()
    alerting.run(DAY2, assets=RAW)
    third = tick(alerting, second.cursor)
    tick(alerting, third.cursor)
    assert webhook.bodies[1:] == ["resolved: 1 day red: 2025-03-02"]
    assert "/assets/raw_conversations?view=checks&checkDetail=complete" in webhook.bodies[0]


def test_a_key_that_ends_is_looked_at_when_that_is_nearer_and_not_at_every_tick(
    deploy: Deploy, configure: Configure, webhook: Webhook
):
    today = datetime.now(UTC).date()

    def ending_in(days: int) -> Deployment:
        key = ExpiringKey(HOTEL.key, "a variable", today + timedelta(days=days))
        return deploy(configure(HOTEL), alerts=AlertSettings((SecretStr(webhook.url),), keys=(key,)))

    far, soon = ending_in(20), ending_in(3)
    first = tick(far)
    assert tick(far, first.cursor).said == "nothing has changed"
    tick(soon, first.cursor)
    assert [one[:15] for one in webhook.titles] == ["polyai warning:", "polyai failure:"]


def test_a_run_that_was_killed_is_told_and_resolved_once_its_days_are_dealt_with(
    alerting: Deployment,
    webhook: Webhook,
):
    run = kill(alerting)
    first = tick(alerting)
    assert webhook.titles == [f"polyai failure: 1 run failed — {HOTEL.key}"]
    assert webhook.bodies[0].startswith("ERROR: 1 run failed: 2025-03-01 to 2025-03-02\n")
    assert webhook.bodies[0].endswith(f"/runs/{run.run_id}")
    assert f"polyai backfill {HOTEL.key} --since 2025-03-01 --until 2025-03-02" in webhook.bodies[0]
    alerting.run(DAY1, assets=RAW)
    second = tick(alerting, first.cursor)
    assert len(webhook.messages) == 1
    alerting.run(DAY2, assets=RAW)
    tick(alerting, second.cursor)
    assert webhook.titles[1:] == [f"polyai resolved: 1 run failed — {HOTEL.key}"]


def test_a_replay_that_failed_is_told_although_no_day_turned_red(alerting: Deployment, webhook: Webhook):
    alerting.run(DAY1, assets=["conversations", "turns", "metrics"])  # it was never fetched
    tick(alerting)
    assert [body.partition("\n")[0] for body in webhook.bodies] == ["ERROR: 1 run failed: 2025-03-01"]


def test_a_run_that_dagster_tries_again_is_told_only_if_it_changes_its_mind(
    alerting: Deployment,
    webhook: Webhook,
):
    run = kill(alerting)
    alerting.instance.add_run_tags(run.run_id, {"dagster/will_retry": "true"})
    first = tick(alerting)
    assert webhook.messages == []
    alerting.instance.add_run_tags(run.run_id, {"dagster/will_retry": "false"})
    tick(alerting, first.cursor)
    assert len(webhook.messages) == 1


def test_runs_of_another_instance_of_the_component_are_its_own_concern(
    alerting: Deployment,
    deploy: Deploy,
    configure: Configure,
    webhook: Webhook,
):
    kill(deploy(configure(HOTEL), key_prefix=("eu",)))
    assert tick(alerting).said == "nothing has changed"
    assert webhook.messages == []


def test_a_red_day_is_told_once_its_run_is_over(alerting: Deployment, webhook: Webhook):
    run = start_run(alerting)
    fail(alerting)
    first = tick(alerting)
    assert webhook.messages == []
    # a run that is cancelled says nothing either
    alerting.instance.report_run_canceled(run)
    tick(alerting, first.cursor)
    assert len(webhook.messages) == 1


def test_a_message_is_sent_again_when_it_is_due(alerting: Deployment, webhook: Webhook):
    webhook.status = 500
    fail(alerting)
    first = tick(alerting)
    assert first.said == ("findings: 1 opened, 0 worse, 0 resolved; messages: 0 delivered, 1 failed")
    webhook.status = 200
    early = tick(alerting, first.cursor)
    assert (early.said, webhook.messages) == ("nothing has changed", [])
    due = datetime.now(UTC) - timedelta(seconds=1)
    with duckdb.connect(alerting.platform.warehouse) as connection:
        connection.execute("UPDATE alert_outbox SET next_attempt_at = ?", [due])
    memory = msgspec.json.decode(early.cursor, type=sensor_module.AlertMemory)
    memory.due_at = due
    tick(alerting, msgspec.json.encode(memory).decode())
    assert len(webhook.messages) == 1


def test_a_lost_cursor_loses_no_message(alerting: Deployment, webhook: Webhook):
    webhook.status = 500
    fail(alerting)
    tick(alerting)
    webhook.status = 200
    with duckdb.connect(alerting.platform.warehouse) as connection:
        connection.execute("UPDATE alert_outbox SET next_attempt_at = created_at")
    tick(alerting)
    assert len(webhook.messages) == 1


def test_a_warehouse_that_is_held_is_waited_for_until_the_next_tick(
    alerting: Deployment,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
):
    with looking() as connection, Warehouse(alerting.platform.warehouse).attached(connection):
        pass
    before = tick(alerting)
    monkeypatch.setattr(sensor_module, "WAIT", 0.0)
    fail(alerting)
    with duckdb.connect(alerting.platform.warehouse):
        held = tick(alerting, before.cursor)
    assert "alerts wait for the next tick" in held.said
    assert held.cursor == before.cursor
    tick(alerting, held.cursor)
    assert len(webhook.messages) == 1


def test_what_a_run_has_told_the_sensor_does_not_tell_again(alerting: Deployment, webhook: Webhook):
    record = {
        "id": "drifted",
        "started_at": f"{DAY1}T10:00:00Z",
        "in_progress": False,
        "account_id": HOTEL.account_id,
        "project_id": HOTEL.project_id,
        "environment": "live",
        "num_turns": "7 for Ann",
        "new_field": {"asked_by": "Ann"},
    }
    alerting.simulator.put(HOTEL.key, record)
    assert alerting.run(DAY1).success
    (told,) = webhook.bodies
    assert "ERROR: 1 drift: num_turns: type changed" in told
    assert "WARN: 1 drift: new_field: added" in told
    assert told.count("in 1 of 4 conversations since 2025-03-01") >= 2
    assert "Ann" not in told
    tick(alerting)
    assert len(webhook.messages) == 1
