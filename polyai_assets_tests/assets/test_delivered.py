"""Published days that are delivered in Dagster: the asset of a target, its check, and the sensor that compares."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from pydantic import SecretStr

from polyai_assets.alerts.late import LateDelivery
from polyai_assets.assets.delivering_days import DeliverDays, DeliverOutcome
from polyai_assets.automation.delivery_due import ASK_AGAIN, TargetMemory, is_to_be_asked
from polyai_assets.checks import delivered
from polyai_assets.delivery.deliver import DayDelivered
from polyai_assets.delivery.settings import DeliverySettings, PublishSettings
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.conftest import InDagster, PrepareSteps
from polyai_assets_tests.delivery.published import Published
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, Deployment, partition, partitions_of

NOW = datetime(2026, 3, 9, tzinfo=UTC)
PARTITION = Partition.parse(partition(DAY1))


def tick(deployment: Deployment, cursor: str | None = None) -> tuple[list[dg.RunRequest], str | None]:
    sensor = deployment.definitions.resolve_sensor_def("delivery_due")
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        data = sensor.evaluate_tick(context)
    for event in data.asset_events:  # as the daemon does
        deployment.instance.report_runless_asset_event(event)
    return list(data.run_requests or []), data.cursor


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


def settings(tmp_path: Path, connection: SecretStr | None = None) -> DeliverySettings:
    place = connection or SecretStr(str(tmp_path / "mine.duckdb"))
    return DeliverySettings("mine", "duckdb", place, tables=("conversations", "turns"))


@pytest.mark.slow
def test_published_days_are_delivered_once_and_again_when_they_change(
    prepare_steps: PrepareSteps, in_dagster: InDagster, tmp_path: Path, published: Published
):
    steps = prepare_steps(publish=PublishSettings(str(published.place)), deliveries=(settings(tmp_path),))
    deployment = in_dagster(steps)
    project = steps.platform.projects[0].project
    assert tick(deployment)[0] == []
    for day in (DAY1, DAY2):
        published.put(project=project, day=day, conversations=[{"conversation_id": f"C{day}"}])
    (request,), cursor = tick(deployment)
    assert (request.tags["dagster/asset_partition_range_start"], request.job_name) == (
        partition(DAY1),
        "deliver_mine",
    )
    assert deployment.request(request).success
    assert deployment.statuses("delivered_mine", (DAY1, DAY2)) == ["MATERIALIZED", "MATERIALIZED"]
    assert tick(deployment, None)[0] == []
    published.put(2, project=project, day=DAY2)
    (request,), _ = tick(deployment, cursor)
    assert request.tags["dagster/asset_partition_range_start"] == partition(DAY2)


@pytest.mark.slow
def test_a_target_that_is_behind_is_an_alert_and_a_failed_check_until_it_has_the_day(
    prepare_steps: PrepareSteps, in_dagster: InDagster, tmp_path: Path, published: Published
):
    delivery = replace(settings(tmp_path), behind_after=timedelta(0))
    steps = prepare_steps(publish=PublishSettings(str(published.place)), deliveries=(delivery,))
    deployment = in_dagster(steps)
    duckdb.connect(steps.platform.warehouse).close()  # something was loaded
    published.put(project=steps.platform.projects[0].project, day=DAY1)
    (request,), cursor = tick(deployment)
    open_findings = "SELECT kind, path FROM findings WHERE resolved_at IS NULL"
    assert deployment.ask(open_findings) == [("behind", "mine")]
    assert deployment.history("delivered_mine", "delivered", DAY1) == ["FAILED"]
    again, cursor = tick(deployment, cursor)
    assert again == []
    assert deployment.request(request).success
    assert deployment.verdicts("delivered_mine", "delivered", [DAY1]) == ["SUCCEEDED"]
    tick(deployment, None)
    assert deployment.ask(open_findings) == []


def test_a_target_without_a_connection_is_red_with_the_variable(
    prepare_steps: PrepareSteps, published: Published
):
    steps = prepare_steps()
    delivery = DeliverySettings("mine", "duckdb", None, problem="NOT_SET is not set")
    work = DeliverDays(
        RawStore(steps.platform.raw_store),
        Warehouse(steps.platform.warehouse),
        steps.root / "spool",
        connect,
        delivery=delivery,
        publish=PublishSettings(str(published.place)),
    )
    (config,) = steps.platform.projects
    (outcome,) = work.run(config, partitions_of(config.project, (DAY1,)))
    assert str(outcome.error) == "the delivery mine cannot connect: NOT_SET is not set"
    verdict = outcome.judge(dg.AssetCheckKey(dg.AssetKey("delivered_mine"), "delivered"))
    assert verdict is not None
    assert verdict.failure is not None
    assert (
        verdict.failure.next_step == f"polyai deliver --target mine {HOTEL.key} --since {DAY1} --until {DAY1}"
    )


def test_a_day_that_is_not_published_passes_with_the_reason():
    day = DayDelivered(PARTITION, reason="it is not published")
    outcome = DeliverOutcome(PARTITION, "mine", day)
    assert outcome.metadata("delivered_mine") == {
        "dagster/partition_row_count": 0,
        "new_version": False,
        "reason": "it is not published",
    }
    assert delivered.judge(PARTITION, "mine", day).description == "it is not published"


@pytest.mark.parametrize(
    ("memory", "after", "asked"),
    [
        (TargetMemory(), timedelta(0), True),
        (TargetMemory("other", NOW, False), timedelta(0), True),
        (TargetMemory("this", NOW, False), timedelta(days=9), False),
        (TargetMemory("this", NOW, True), ASK_AGAIN / 2, False),
        (TargetMemory("this", NOW, True), ASK_AGAIN, True),
    ],
)
def test_a_target_is_asked_only_where_something_was_published_or_is_lacking(
    memory: TargetMemory, after: timedelta, asked: bool
):
    assert is_to_be_asked(memory, "this", NOW + after) is asked


def test_the_oldest_day_that_is_behind_fails_with_the_command_that_delivers_it():
    late = LateDelivery(
        delivery="mine", project=HOTEL.key, since=NOW, oldest=PARTITION.date, days=1, refused=0
    )
    failure = delivered.judge_late(PARTITION, late).failure
    assert failure is not None
    assert failure.cause == f"oldest day that it lacks as published: {DAY1}, since 2026-03-09 00:00 UTC"
    assert failure.next_step == f"polyai deliver --target mine {HOTEL.key} --since {DAY1} --until {DAY1}"
