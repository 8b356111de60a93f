"""The asset migration_parity, as Dagster shows it."""

from polyai_assets.configuration import ProjectConfig
from polyai_assets.simulator import Simulator
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    broken,
    partition,
)
from polyai_assets_tests.migration.comparing import DAYS, PARITY, V1


def test_dagster_shows_each_days_own_verdict(deploy: Deploy, configure: Configure, polyai: Simulator):
    deployment = deploy(configure(compare_with=V1))
    polyai.faults.add(broken(DAY2))
    failure = deployment.run(DAY1, DAY3, assets=[PARITY]).failure
    assert failure.startswith("1 of 3 partitions are red")
    assert deployment.statuses(PARITY, DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    assert deployment.verdicts(PARITY, "ready_to_migrate", DAYS) == ["SUCCEEDED", "FAILED", "SUCCEEDED"]
    polyai.faults.clear()
    assert deployment.run(DAY2, DAY2, assets=[PARITY]).success
    assert deployment.verdicts(PARITY, "ready_to_migrate", DAYS) == ["SUCCEEDED"] * 3
    metadata = deployment.metadata(PARITY, DAY2)
    assert (metadata["conversations"], metadata["to_look_at"]) == (3, 0)
    assert metadata["dagster/partition_row_count"] > 20
    assert (metadata["old_version"], metadata["new_version"]) == ("v1", "v3")


def test_a_project_that_has_one_version_is_told_so_plainly(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(compare_with=V1), configure(BANK))
    failure = deployment.run(DAY1, DAY2, assets=[PARITY], projects=(BANK, BANK)).failure
    assert (
        f"- {partition(DAY1, BANK)}, {partition(DAY2, BANK)}: {BANK.key} is fetched by v3 alone, so there is "
        "nothing to compare. To compare it with another version, give it the option compare_with, such as "
        "{api_version: v1}\n"
    ) in failure


def test_where_no_project_is_compared_there_is_no_such_asset(deploy: Deploy, configure: Configure):
    def names(*projects: ProjectConfig) -> set[str]:
        graph = deploy(*projects).definitions.resolve_asset_graph()
        return {key.path[-1] for key in graph.get_all_asset_keys()}

    assert names(configure(compare_with=V1), configure(BANK)) - names(configure()) == {PARITY}


def test_the_asset_is_described_as_the_others(deploy: Deploy, configure: Configure):
    definitions = deploy(configure(compare_with=V1), key_prefix=("eu",)).definitions
    (spec,) = [one for one in definitions.resolve_all_asset_specs() if one.key.path == ["eu", PARITY]]
    assert (spec.description or "").startswith("One row per path and verdict")
    assert (spec.group_name, spec.kinds, list(spec.deps)) == ("polyai", {"duckdb", "api"}, [])
