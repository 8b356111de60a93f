"""What a run cannot judge keeps its last verdict: a red run says nothing of other days, projects and checks."""

import dagster as dg
import pytest

from polyai_assets.checks.freshness import check_name
from polyai_assets_tests.deployment import DAY1, INGEST, QUIET, Deployment, broken, partition

pytestmark = pytest.mark.usefixtures("no_facts")

GUARANTEES = ("turns", "v3_guarantees")


def freshness(deployment: Deployment) -> dg.AssetCheckKey:
    return dg.AssetCheckKey(deployment.key("raw_conversations"), check_name(deployment.platform.projects[0]))


def run_with_freshness(deployment: Deployment) -> dg.ExecuteInProcessResult:
    """Materialize a day and judge freshness in one run, as the UI does with all that is selected."""
    job = deployment.definitions.resolve_implicit_global_asset_job_def().get_subset(
        asset_selection={deployment.key(name) for name in INGEST},
        asset_check_selection={freshness(deployment)},
    )
    return job.execute_in_process(
        instance=deployment.instance, partition_key=partition(DAY1), run_config=QUIET, raise_on_error=False
    )


def test_a_red_run_leaves_the_verdict_on_freshness_as_it_was(deployment: Deployment):
    assert run_with_freshness(deployment).success
    before = deployment.newest("raw_conversations", freshness(deployment).name)
    deployment.simulator.faults.add(broken(DAY1))
    assert not run_with_freshness(deployment).success
    after = deployment.newest("raw_conversations", freshness(deployment).name)
    assert before is not None
    assert after is not None
    assert (after.passed, after.description) == (before.passed, before.description)


def test_what_was_never_judged_says_so_as_a_warning(deployment: Deployment):
    deployment.simulator.faults.add(broken(DAY1))
    assert not run_with_freshness(deployment).success
    evaluation = deployment.newest("raw_conversations", freshness(deployment).name)
    assert evaluation is not None
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert evaluation.description == "not judged yet: the run failed before"
