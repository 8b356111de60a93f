"""Replay: the tables again, from the raw store, without a call to the API; and other selections."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.contract import tables as contract
from polyai_assets_tests.conftest import Configure, Deploy, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    INGEST,
    RAW,
    TABLES,
    Deployed,
    Deployment,
    partition,
)
from polyai_assets_tests.steps import Steps, steps_of

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = (DAY1, DAY2, DAY3)
ALL_TABLES = tuple(table.name for table in contract.TABLES)


def everything(deployed: Deployed) -> dict[str, list[tuple[object, ...]]]:
    return {table: deployed.ask(f"SELECT * FROM {table} ORDER BY ALL") for table in ALL_TABLES}


def test_replay_makes_the_same_tables_without_a_call_and_needs_no_key(
    fetched: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    before = everything(fetched)
    Path(fetched.platform.warehouse).unlink()
    fetched.simulator.requests.clear()
    assert prepare_steps(configure(key=None)).run(DAY1, DAY3, assets=TABLES).success
    assert everything(fetched) == before
    assert fetched.simulator.requests == []


def test_replay_checks_the_tables_again_and_leaves_the_raw_store_alone(deployment: Deployment):
    deployment.run(DAY2, assets=(*RAW, "turns"))
    before = deployment.certificate(DAY2)
    deployment.run(DAY2, assets=["turns"])
    assert deployment.history("turns", "v3_guarantees", DAY2) == ["SUCCEEDED", "SUCCEEDED"]
    assert deployment.history("raw_conversations", "complete", DAY2) == ["SUCCEEDED"]
    assert deployment.verdicts("raw_conversations", "complete", DAYS) == ["-", "SUCCEEDED", "-"]
    assert deployment.certificate(DAY2) == before


def test_replay_names_the_days_that_were_never_fetched(steps: Steps):
    steps.run(DAY2, assets=RAW)
    steps.simulator.requests.clear()
    run = steps.run(DAY1, DAY3, assets=TABLES)
    assert run.red == [partition(DAY1), partition(DAY3)]
    assert f"- {partition(DAY1)}: never fetched: materialize raw_conversations first" in run.failure
    assert steps.statuses("turns", DAYS) == ["FAILED", "MATERIALIZED", "FAILED"]
    assert steps.simulator.requests == []


def test_raw_alone_fetches_and_touches_no_warehouse(deployment: Deployment):
    assert deployment.run(DAY1, DAY3, assets=RAW).success
    assert deployment.statuses("raw_conversations", DAYS) == ["MATERIALIZED"] * 3
    assert deployment.statuses("conversations", DAYS) == ["-"] * 3
    assert deployment.verdicts("raw_conversations", "complete", DAYS) == ["SUCCEEDED"] * 3
    assert deployment.verdicts("turns", "v3_guarantees", DAYS) == ["-"] * 3
    assert not Path(deployment.platform.warehouse).exists()


def test_raw_first_and_the_tables_later_is_as_good_as_both_at_once(steps: Steps):
    steps.run(DAY1, DAY2, assets=RAW)
    assert steps.run(DAY1, DAY2, assets=TABLES).success
    assert steps.ask("SELECT count(*) FROM conversations") == [(6,)]
    assert steps.verdicts("conversations", "v3_guarantees", DAYS) == ["SUCCEEDED", "SUCCEEDED", "-"]


def test_one_table_alone_is_shown_as_materialized_alone(deployment: Deployment):
    steps_of(deployment).run(DAY1, DAY3, RAW)
    for day, table in zip(DAYS, TABLES, strict=True):
        assert deployment.run(day, assets=[table]).success
    for shown, table in enumerate(TABLES):
        assert deployment.statuses(table, DAYS) == ["MATERIALIZED" if n == shown else "-" for n in range(3)]


def test_a_single_partition_is_materialized_and_checked_as_one_and_again_shows_its_newest_verdict(
    deployment: Deployment,
):
    assert deployment.run_day(DAY2).success
    assert deployment.statuses("metrics", DAYS) == ["-", "MATERIALIZED", "-"]
    assert deployment.verdicts("raw_conversations", "complete", DAYS) == ["-", "SUCCEEDED", "-"]
    assert deployment.verdicts("turns", "v3_guarantees", DAYS) == ["-", "SUCCEEDED", "-"]
    assert deployment.metadata("raw_conversations", DAY2)["dagster/partition_row_count"] == 3
    assert deployment.history("raw_conversations", "complete", DAY2) == ["SUCCEEDED"]
    assert deployment.run_day(DAY2).success
    assert deployment.verdicts("raw_conversations", "complete", [DAY2]) == ["SUCCEEDED"]
    assert deployment.history("raw_conversations", "complete", DAY2) == ["SUCCEEDED"] * 2


def test_the_first_partition_is_the_first_day_and_the_last_is_today(deployment: Deployment):
    before = datetime.now(UTC).date()
    found = deployment.definitions.resolve_asset_graph().get(deployment.key("turns")).partitions_def
    assert found is not None
    first, *_, last = found.get_partition_keys()
    assert first == partition(deployment.platform.start_date)
    assert last in {partition(before), partition(datetime.now(UTC).date())}  # it may be midnight meanwhile
    with pytest.raises(dg.DagsterUnknownPartitionError):
        deployment.run_day(before + timedelta(days=2))


def test_two_platforms_with_prefixes_of_their_own_live_side_by_side(deploy: Deploy, tmp_path: Path):
    plain = deploy()
    eu = deploy(
        key_prefix=("eu", "calls"), raw_store=str(tmp_path / "eu"), warehouse=str(tmp_path / "eu.duckdb")
    )
    both = dg.Definitions.merge(plain.definitions, eu.definitions)
    of_one = plain.definitions.resolve_asset_graph().get_all_asset_keys()
    assert len(both.resolve_asset_graph().get_all_asset_keys()) == 2 * len(of_one)
    assert plain.run(DAY1, assets=RAW).success
    assert eu.run(DAY2, assets=RAW).success
    assert plain.statuses("raw_conversations", [DAY1, DAY2]) == ["MATERIALIZED", "-"]
    assert eu.statuses("raw_conversations", [DAY1, DAY2]) == ["-", "MATERIALIZED"]
    assert plain.verdicts("raw_conversations", "complete", [DAY1, DAY2]) == ["SUCCEEDED", "-"]
    assert eu.verdicts("raw_conversations", "complete", [DAY1, DAY2]) == ["-", "SUCCEEDED"]


def test_a_plain_materialize_works_too(deployment: Deployment):
    result = dg.materialize(
        list(deployment.definitions.assets or []),
        partition_key=partition(DAY1),
        instance=deployment.instance,
        resources=dict(deployment.definitions.resources or {}),
        selection=[deployment.key(name) for name in INGEST],
    )
    assert result.success
    assert deployment.ask("SELECT count(*) FROM conversations") == [(3,)]
