"""Old runs of Dagster: which go, and which stay because Dagster would show their partitions as missing."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.automation.runs import RANGE_END, RANGE_START
from polyai_assets.configuration import PlatformConfig
from polyai_assets.retention.run_logs import delete_runs, find_old_runs, old_requests
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, HOTEL, QUIET, configured, partition, platform_in

URL = "http://127.0.0.1:1"
TODAY = datetime.now(UTC).date()
TOMORROW = TODAY + timedelta(days=1)
BOTH = {HOTEL.key: TOMORROW, BANK.key: TOMORROW}


@pytest.fixture
def platform(tmp_path: Path) -> PlatformConfig:
    return platform_in(tmp_path, configured(HOTEL, URL), configured(BANK, URL))


def made(instance: dg.DagsterInstance, name: str, *partitions: str) -> str:
    """A run that has made partitions of an asset; gives its id."""
    of = dg.StaticPartitionsDefinition([partition(day, of) for day in (DAY1, DAY2) for of in (HOTEL, BANK)])

    @dg.multi_asset(
        specs=[dg.AssetSpec(name)],
        partitions_def=of if partitions else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def make(context: dg.AssetExecutionContext) -> None:
        context.log.debug("made")

    tags = {RANGE_START: partitions[0], RANGE_END: partitions[-1]} if partitions else {}
    job = dg.define_asset_job("copy" if name == "read_only_copy" else "other", selection=[name])
    made_of = dg.Definitions(assets=[make], jobs=[job]).resolve_job_def(job.name)
    return made_of.execute_in_process(instance=instance, tags=tags, run_config=QUIET).run_id


def old(instance: dg.DagsterInstance, platform: PlatformConfig, before: dict[str, date]) -> set[str]:
    return {*find_old_runs(instance, platform, before, {}).runs}


def test_a_run_goes_unless_it_made_the_newest_state_of_a_partition(
    platform: PlatformConfig, instance: dg.DagsterInstance
):
    first, newest = (made(instance, "conversations", partition(DAY1)) for _ in range(2))
    bank = made(instance, "conversations", partition(DAY1, BANK))
    earlier, copy = (made(instance, "read_only_copy") for _ in range(2))
    stranger = made(instance, "of_other_people")
    found = find_old_runs(instance, platform, BOTH, {})
    assert ({*found.runs}, {*found.printed}) == ({first, earlier}, {newest, bank, copy})
    assert old(instance, platform, {HOTEL.key: TOMORROW}) == {first}
    assert old(instance, platform, dict.fromkeys(BOTH, TODAY)) == set()
    assert find_old_runs(instance, platform, BOTH, BOTH).printed == [copy]
    for _ in range(2):
        delete_runs(instance, found.runs, found.printed)
    left = {run.run_id for run in instance.get_runs()}
    assert left == {newest, bank, copy, stranger}
    shown = instance.get_materialized_partitions(dg.AssetKey("conversations"))
    assert shown == {partition(DAY1), partition(DAY1, BANK)}


def test_files_of_requests_go_when_no_project_keeps_its_logs_for_longer(
    platform: PlatformConfig, tmp_path: Path
):
    done = tmp_path / "data" / "outbox" / "done"
    done.mkdir(parents=True)
    waiting = done.parent / "notes.csv"
    for file in (done / "old.csv", done / "new.csv", waiting):
        file.touch()
    for file in (done / "old.csv", waiting):
        os.utime(file, (0, 0))
    assert list(old_requests(platform, tmp_path, {HOTEL.key: TODAY})) == []
    assert list(old_requests(platform, tmp_path, dict.fromkeys(BOTH, TODAY))) == [done / "old.csv"]
