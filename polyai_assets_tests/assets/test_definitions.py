"""What Dagster shows of the platform before anything has run."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from polyai_assets.assets.details import RAW_DETAIL_COLUMNS
from polyai_assets.assets.details import TABLES as DETAIL_TABLES
from polyai_assets.assets.specs import RAW_COLUMNS
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.contract.tables import (
    AUDIO,
    CONVERSATIONS,
    METRICS,
    QA_SAMPLES,
    SEARCH_HITS,
    TURNS,
    Table,
)
from polyai_assets.raw.conversations.records import SCHEMA
from polyai_assets.raw.details import files as details
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY1, DETAILS, HOTEL, INGEST, RETRIEVAL, TABLES, Deployment
from polyai_assets_tests.tiers import LONG

ASSETS = (*INGEST, *DETAILS, *RETRIEVAL, "audio")


EVERYTHING: dict[str, Any] = {
    "audio": wanting(),
    "searches": [SearchConfig(name="parking", type="transcript", query="park")],
    "samples": 2,
    "write_back": True,
}
"""Every option of a project with assets of its own."""


@pytest.fixture(scope="module")
def deployment(deploy_once: Deploy) -> Deployment:
    """A platform that uses every option with assets of its own."""
    return deploy_once(**EVERYTHING)


def spec_of(deployment: Deployment, name: str) -> dg.AssetSpec:
    specs = [spec for spec in deployment.definitions.resolve_all_asset_specs() if spec.key.path[-1] == name]
    (spec,) = specs
    return spec


def columns_of(spec: dg.AssetSpec) -> list[dg.TableColumn]:
    schema = spec.metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    return list(schema.columns)


@pytest.mark.parametrize("name", ASSETS)
def test_every_asset_is_described_owned_and_grouped(deployment: Deployment, name: str):
    spec = spec_of(deployment, name)
    assert (spec.description or "").startswith("One ")  # the grain
    assert spec.group_name == "polyai"
    assert list(spec.owners) == ["team:data-platform"]
    assert spec.kinds


@pytest.mark.parametrize("name", ASSETS)
def test_every_column_of_every_asset_is_described(deployment: Deployment, name: str):
    columns = columns_of(spec_of(deployment, name))
    assert columns
    assert all(column.type and column.description for column in columns)


@pytest.mark.parametrize(
    "table", [CONVERSATIONS, TURNS, METRICS, *DETAIL_TABLES, SEARCH_HITS, QA_SAMPLES, AUDIO]
)
def test_the_columns_of_a_table_are_those_of_the_contract(deployment: Deployment, table: Table):
    shown = [(column.name, column.type) for column in columns_of(spec_of(deployment, table.name))]
    assert shown == [(one.name, one.kind.sql_type) for one in table.fields]


def test_the_columns_of_the_raw_store_are_those_of_its_files():
    assert [(one.name, one.type) for one in RAW_COLUMNS] == [(one.name, str(one.type)) for one in SCHEMA]
    shown = [(one.name, one.type) for one in RAW_DETAIL_COLUMNS]
    assert shown == [(one.name, str(one.type)) for one in details.SCHEMA]


@pytest.mark.parametrize("table", TABLES)
def test_the_tables_come_from_the_raw_store(deployment: Deployment, table: str):
    assert [dep.asset_key for dep in spec_of(deployment, table).deps] == [dg.AssetKey("raw_conversations")]


def test_details_come_from_the_details_in_the_raw_store_and_these_from_the_conversations(
    deployment: Deployment,
):
    for table in DETAIL_TABLES:
        assert [dep.asset_key for dep in spec_of(deployment, table.name).deps] == [dg.AssetKey("raw_details")]
    (dep,) = spec_of(deployment, "raw_details").deps
    assert dep.asset_key == dg.AssetKey("raw_conversations")


def test_recordings_come_from_the_conversations_and_from_the_api(deployment: Deployment):
    spec = spec_of(deployment, "audio")
    assert {dep.asset_key.path[-1] for dep in spec.deps} == {"raw_conversations", "conversations"}
    assert spec.kinds == {"api", "wav", "duckdb"}
    lineage = spec.metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    assert list(lineage.deps_by_column) == [one.name for one in AUDIO.fields]
    (dep,) = lineage.deps_by_column["conversation_id"]
    assert (dep.asset_key.path[-1], dep.column_name) == ("raw_conversations", "conversation_id")


@pytest.mark.parametrize("table", RETRIEVAL)
def test_what_is_searched_and_drawn_comes_from_the_api_itself(deployment: Deployment, table: str):
    assert list(spec_of(deployment, table).deps) == []
    assert spec_of(deployment, table).kinds == {"api", "duckdb"}


@pytest.mark.parametrize(("warehouse", "kind"), [("x.duckdb", "duckdb"), ("ducklake:x.ducklake", "ducklake")])
def test_the_kind_says_what_the_warehouse_is(deploy: Deploy, warehouse: str, kind: str):
    assert spec_of(deploy(warehouse=warehouse), "turns").kinds == {kind}


def test_every_check_is_judged_per_partition(deployment: Deployment):
    checks = {
        spec.key: spec
        for asset in deployment.definitions.assets or []
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    }
    assert {(key.asset_key.path[-1], key.name) for key in checks} == {
        ("raw_conversations", "complete"),
        ("conversations", "no_schema_drift"),
        ("conversations", "v3_guarantees"),
        ("turns", "v3_guarantees"),
        ("conversation_details", "details_complete"),
        ("conversation_details", "no_schema_drift"),
        ("audio", "recordings"),
    }
    for spec in checks.values():
        assert spec.partitions_def is not None
        assert spec.description
        assert not spec.blocking


def test_a_partition_is_a_day_of_a_project(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(HOTEL), configure(BANK))
    definition = deployment.definitions.resolve_asset_graph().get(dg.AssetKey("turns")).partitions_def
    keys = definition.get_partition_keys()
    assert keys[0].startswith("2025-03-01|")
    assert {key.partition("|")[2] for key in keys} == {HOTEL.key, BANK.key}


def test_a_backfill_is_one_run_unless_it_is_to_be_cut(deploy: Deploy):
    def policy(deployment: Deployment) -> dg.BackfillPolicy | None:
        return deployment.definitions.resolve_asset_graph().get(dg.AssetKey("turns")).backfill_policy

    assert policy(deploy()) == dg.BackfillPolicy.single_run()
    assert policy(deploy(backfill_days_per_run=31)) == dg.BackfillPolicy.multi_run(31)


def test_names_carry_the_prefix(deploy: Deploy, configure: Configure):
    definitions = deploy(configure(**EVERYTHING), key_prefix=("eu", "calls")).definitions
    names = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    own = ("conversation_facts", "read_only_copy", "report")
    assert names == {f"eu/calls/{name}" for name in (*ASSETS, *own)}
    assert definitions.resolve_sensor_def("eu_calls_finished_conversations")
    assert definitions.resolve_schedule_def("eu_calls_nightly_refresh")


@LONG
@pytest.mark.usefixtures("no_facts")
def test_a_project_keeps_its_own_resources_and_its_executor(deploy: Deploy, instance: dg.DagsterInstance):
    @dg.asset
    def orders(duckdb: dg.ResourceParam[str]) -> str:
        return duckdb

    own = dg.Definitions(
        assets=[orders], resources={"duckdb": "the shop's"}, executor=dg.multiprocess_executor
    )
    one, other = deploy(), deploy(key_prefix=("emea",))
    merged = dg.Definitions.merge(own, one.definitions, other.definitions)
    dg.Definitions.validate_loadable(merged)
    job = merged.resolve_implicit_global_asset_job_def()
    assert job.executor_def is dg.multiprocess_executor
    result = job.execute_in_process(instance=instance, asset_selection=[orders.key])
    assert result.output_for_node("orders") == "the shop's"
    assert [run.success for run in (replace(one, definitions=merged).run(DAY1), other.run(DAY1))] == [
        True,
        True,
    ]


def test_jobs_of_ours_are_started_in_their_own_process(deployment: Deployment):
    for name in ("accept_partition", "publish_write_backs"):
        job = deployment.definitions.resolve_job_def(name)
        assert job.executor_def is dg.in_process_executor


def test_sensor_and_schedule_run_from_the_start(deployment: Deployment):
    sensor = deployment.definitions.resolve_sensor_def("finished_conversations")
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING
    for name in ("nightly_refresh", "nightly_retrieval"):
        schedule = deployment.definitions.resolve_schedule_def(name)
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


LOAD = """
import json, os, sys
from dataclasses import replace
from pathlib import Path
from typing import Any
import dagster as dg
from polyai_assets.component import PolyAIConversations
tree = dg.ComponentTree.for_project(Path(sys.argv[1]))
dg.Definitions.validate_loadable(tree.build_defs())
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.slow
def test_loading_the_definitions_imports_nothing_heavy():
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert "polyai_assets.assets.ingest" in modules
    heavy = {"pandas", "pandera", "pyarrow", "polars", "s3fs", "starlette", "uvicorn"}
    assert not modules & (heavy | {"fsspec", "requests", "urllib3"})
