"""Days that are published in Dagster: by the asset, and by the sensor once runs have ended."""

from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.assets.publishing_days import PublishDays, PublishOutcome
from polyai_assets.delivery.settings import PublishSettings
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.conftest import Deploy, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    DETAILS,
    TABLES,
    Deployment,
    partition,
    partitions_of,
)
from polyai_assets_tests.steps import Steps


def tick(deployment: Deployment, cursor: str | None = None) -> tuple[list[dg.RunRequest], str | None]:
    sensor = deployment.definitions.resolve_sensor_def("publish_due")
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        data = sensor.evaluate_tick(context)
    return list(data.run_requests or []), data.cursor


def publishing(steps: Steps) -> list[PublishOutcome]:
    """Publish the first three days of the hotel."""
    platform = steps.platform
    assert platform.publish is not None
    work = PublishDays(
        RawStore(platform.raw_store),
        Warehouse(platform.warehouse),
        steps.root / "spool",
        connect,
        settings=platform.publish,
    )
    (config,) = platform.projects
    return list(work.run(config, partitions_of(config.project, (DAY1, DAY2, DAY3))))


def test_a_day_that_was_never_fetched_is_left_out_with_the_reason(
    prepare_steps: PrepareSteps, tmp_path: Path
):
    steps = prepare_steps(publish=PublishSettings(str(tmp_path / "published")))
    assert [outcome.metadata("published")["reason"] for outcome in publishing(steps)] == [
        "it was never fetched"
    ] * 3


def test_published_days_come_from_the_assets_of_the_tables_that_may_be_published(
    deploy: Deploy, tmp_path: Path
):
    definitions = deploy(publish=PublishSettings(str(tmp_path / "published"))).definitions
    (spec,) = [spec for spec in definitions.resolve_all_asset_specs() if spec.key.path == ["published"]]
    assert {dep.asset_key.path[-1] for dep in spec.deps} == {*TABLES, *DETAILS[1:], "conversation_facts"}


@pytest.mark.slow
@pytest.mark.usefixtures("no_facts")
def test_days_that_a_run_worked_on_are_published_when_it_has_ended_and_not_for_ever(
    prepare_steps: PrepareSteps, in_dagster: InDagster, tmp_path: Path
):
    steps = prepare_steps(publish=PublishSettings(str(tmp_path / "published")))
    deployment = in_dagster(steps)
    assert deployment.run(DAY1, DAY2).success
    (request,), cursor = tick(deployment)
    assert (request.tags["dagster/asset_partition_range_start"], request.job_name) == (
        partition(DAY1),
        "publish_days",
    )
    assert deployment.request(request).success
    assert deployment.statuses("published", (DAY1, DAY2, DAY3)) == ["MATERIALIZED", "MATERIALIZED", "-"]
    assert tick(deployment, cursor)[0] == []
    assert [outcome.metadata("published").get("version") for outcome in publishing(steps)] == [1, 1, None]
