"""Searches that are listed again from the raw store, without a call."""

from datetime import date
from pathlib import Path

import pytest

from polyai_assets_tests.assets.searching import ASSET, HITS, MEANING, PARKING
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    QUIET,
    Deployment,
    Run,
    partition,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


def replayed(deployment: Deployment, first: date, last: date) -> Run:
    job = deployment.definitions.resolve_implicit_global_asset_job_def()
    tags = {
        "dagster/asset_partition_range_start": partition(first),
        "dagster/asset_partition_range_end": partition(last),
    }
    config = {"ops": {"search_hits": {"config": {"replay": True}}}}
    result = job.execute_in_process(
        instance=deployment.instance,
        tags=tags,
        asset_selection=[deployment.key("search_hits")],
        run_config={**QUIET, **config},
        raise_on_error=False,
    )
    return Run(result)


def forget_the_warehouse(steps: Steps) -> None:
    Path(steps.platform.warehouse).unlink()
    steps.simulator.requests.clear()


def test_the_table_is_rebuilt_from_the_raw_store_without_a_call(searching: Steps, in_dagster: InDagster):
    searching.run(DAY1, DAY3, ASSET)
    everything = searching.ask("FROM search_hits ORDER BY ALL")
    forget_the_warehouse(searching)
    assert replayed(in_dagster(searching), DAY1, DAY3).success
    assert searching.ask("FROM search_hits ORDER BY ALL") == everything
    assert searching.simulator.requests == []


def test_what_was_never_asked_cannot_be_listed_again(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    run = searching.run(DAY1, DAY2, ASSET, replay=True)
    assert (
        f"- {partition(DAY2)}: its searches were never asked. First: `polyai backfill {HOTEL.key} "
        f"--since {DAY2} --until {DAY2} --searches`" in run.failure
    )
    assert searching.statuses("search_hits", [DAY1, DAY2]) == ["MATERIALIZED", "FAILED"]


def test_a_rebuilt_day_tells_which_searches_were_added_or_changed_since(
    searching: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    searching.run(DAY1, assets=ASSET)
    changed = MEANING.model_copy(update={"query": "steam bath"})
    other = prepare_steps(configure(searches=[changed, PARKING.model_copy(update={"name": "new"})]))
    assert other.run(DAY1, assets=ASSET, replay=True).success
    assert other.metadata("search_hits", DAY1)["added_or_changed_since"] == ["new", "sauna"]
    assert {search for _, search, *_ in other.ask(HITS)} == {"sauna"}


def test_a_damaged_file_is_told_and_asking_anew_mends_it(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    (file,) = Path(searching.platform.raw_store, "searches").rglob("*.json")
    file.write_bytes(b"{")
    told = f"{file} is no file of answers that we can read"
    assert told in searching.run(DAY1, assets=ASSET, replay=True).failure
    assert searching.run(DAY1, assets=ASSET).success
    assert searching.run(DAY1, assets=ASSET, replay=True).success
