"""A run whose process was killed is recognised, and is not taken for one that works."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.assets.liveness import forget_ended, has_died, show_alive
from polyai_assets.automation.runs import RANGE_END, RANGE_START, mark_dead_runs_failed
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, HOTEL, partition, platform_in

pytestmark = pytest.mark.slow

WORK = """
import sys, time
from pathlib import Path
from polyai_assets.assets.liveness import show_alive
show_alive(Path(sys.argv[1]), sys.argv[2])
print("working", flush=True)
time.sleep(float(sys.argv[3]))
"""


def killed_run(spool: Path, run_id: str) -> None:
    """Let a process work on a run, and kill it: it makes no difference whether in its step or after that."""
    command = [sys.executable, "-c", WORK, str(spool), run_id, "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        assert not has_died(spool, run_id)
        os.kill(process.pid, signal.SIGKILL)


def locks_in(spool: Path) -> list[str]:
    return [path.stem for path in (spool / "runs").iterdir()]


def test_a_killed_run_has_died(tmp_path: Path) -> None:
    killed_run(tmp_path, "run")
    assert has_died(tmp_path, "run")


def test_a_process_that_ends_by_itself_leaves_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", WORK, str(tmp_path), "run", "0"], check=True, capture_output=True)
    assert locks_in(tmp_path) == []
    assert not has_died(tmp_path, "run")


def test_a_run_shows_that_it_is_worked_on_until_its_process_turns_to_another(tmp_path: Path) -> None:
    for _ in range(2):  # of its step
        show_alive(tmp_path, "one")
        assert not has_died(tmp_path, "one")
    show_alive(tmp_path, "other")
    assert not has_died(tmp_path, "one")
    assert locks_in(tmp_path) == ["other"]


def test_traces_of_runs_that_are_over_are_removed(tmp_path: Path) -> None:
    killed_run(tmp_path, "over")
    killed_run(tmp_path, "unfinished")
    show_alive(tmp_path, "worked on")
    forget_ended(tmp_path, {"unfinished"})
    assert sorted(locks_in(tmp_path)) == ["unfinished", "worked on"]


def test_a_killed_run_is_marked_as_failed_and_others_are_left_alone(tmp_path: Path) -> None:
    @dg.job
    def nothing() -> None:
        pass

    with dg.DagsterInstance.ephemeral() as instance:
        killed, working = (
            instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED).run_id for _ in range(2)
        )
        killed_run(tmp_path, killed)
        show_alive(tmp_path, working)
        assert mark_dead_runs_failed(instance, platform_in(tmp_path), tmp_path, datetime.now(UTC)) == [killed]
        assert mark_dead_runs_failed(instance, platform_in(tmp_path), tmp_path, datetime.now(UTC)) == []
        statuses = {run.run_id: run.status for run in instance.get_runs()}
        assert statuses == {killed: dg.DagsterRunStatus.FAILURE, working: dg.DagsterRunStatus.STARTED}
        assert locks_in(tmp_path) == [working]


@pytest.mark.parametrize(
    ("said", "quiet", "is_buried"),
    [
        (["RUN_START"], 4, True),
        (["RUN_START"], 2, False),
        (["RUN_START", "STEP_START"], 600, False),
        (["RUN_START", "STEP_START", "STEP_UP_FOR_RETRY"], 4, True),
        ([], 600, False),
    ],
)
def test_a_run_that_was_killed_outside_of_its_step_is_known_by_its_silence(
    tmp_path: Path, said: list[str], quiet: int, is_buried: bool
) -> None:
    now = datetime.now(UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        ours, others = (
            instance.create_run_for_job(
                dg.define_asset_job("job", dg.AssetSelection.all()).resolve(
                    asset_graph=dg.Definitions([one]).resolve_asset_graph()
                ),
                status=dg.DagsterRunStatus.STARTED,
                asset_selection=frozenset({one.key}),
                tags={RANGE_START: partition(DAY1), RANGE_END: partition(DAY1)} if one is our_asset else {},
            )
            for one in (our_asset, their_asset)
        )
        for run in (ours, others):
            for kind in said:
                step = "step" if kind.startswith("STEP") else None
                event = dg.DagsterEvent(dg.DagsterEventType[kind].value, "job", step_key=step)
                instance.report_dagster_event(event, run.run_id, timestamp=now.timestamp() - quiet * 60)
        marked = mark_dead_runs_failed(instance, platform_in(tmp_path), tmp_path, now)
    assert marked == ([ours.run_id] if is_buried else [])


def test_so_is_one_over_a_project_without_days(tmp_path: Path, configure: Configure) -> None:
    now = datetime.now(UTC)
    job = dg.define_asset_job("job", dg.AssetSelection.all())
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(
            job.resolve(asset_graph=dg.Definitions([undated_asset]).resolve_asset_graph()),
            status=dg.DagsterRunStatus.STARTED,
            asset_selection=frozenset({undated_asset.key}),
            tags={"dagster/partition": HOTEL.key},
        )
        event = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, "job")
        instance.report_dagster_event(event, run.run_id, timestamp=now.timestamp() - 4 * 60)
        for options, marked in (({}, []), ({"reference": True}, [run.run_id])):
            platform = platform_in(tmp_path, configure(**options))
            assert mark_dead_runs_failed(instance, platform, tmp_path, now) == marked


@dg.asset(name="conversations")
def our_asset() -> None:
    """Stand for an asset of a platform."""


@dg.asset(name="variants")
def undated_asset() -> None:
    """Stand for an asset of a platform that is partitioned by project alone."""


@dg.asset(name="orders")
def their_asset() -> None:
    """Stand for an asset of somebody else."""
