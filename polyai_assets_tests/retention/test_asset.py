"""The asset `retention`: what Dagster shows of a run."""

import pytest

from polyai_assets.automation.runs import RANGE_END, RANGE_START
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import DAY1, HOTEL, QUIET, Deployment, partition
from polyai_assets_tests.steps import steps_of


def retained(deployment: Deployment, *, dry_run: bool) -> dict[str, object]:
    """Run the job; gives the metadata of the asset."""
    job = deployment.definitions.resolve_job_def("retention")
    config = {"ops": {"retention_step": {"config": {"dry_run": dry_run}}}}
    result = job.execute_in_process(instance=deployment.instance, run_config={**QUIET, **config})
    (made,) = result.asset_materializations_for_node("retention_step")
    return {name: value.value for name, value in made.metadata.items()}


@pytest.mark.slow
def test_a_dry_run_shows_what_the_next_removes(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(retention=RetentionDays(raw=5, logs=5)))
    assert steps_of(deployment).run(DAY1).success
    shown = retained(deployment, dry_run=True)
    certificate = deployment.certificate(DAY1)
    assert certificate is not None
    assert not certificate.is_retired
    assert shown["days"] == {"raw": {HOTEL.key: 1}}
    done = retained(deployment, dry_run=False)
    assert done["removed"] == shown["would_be_removed"]
    assert str(done["receipt"]).endswith(".md")
    left = deployment.certificate(DAY1)
    assert left is not None
    assert left.is_retired
    day = {RANGE_START: partition(DAY1), RANGE_END: partition(DAY1)}
    assert deployment.run(DAY1, tags={**day, "polyai/retired": "fetch"}).success
    fetched = deployment.certificate(DAY1)
    assert fetched is not None
    assert (fetched.is_retired, fetched.rows) == (False, left.rows)
