"""A run whose process was killed is recognised, and is not taken for one that works."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg

from polyai_assets.assets.liveness import alive, has_died
from polyai_assets.automation.runs import bury_dead_runs

WORK = """
import sys, time
from pathlib import Path
from polyai_assets.assets.liveness import alive
with alive(Path(sys.argv[1]), sys.argv[2]):
    print("working", flush=True)
    time.sleep(60)
"""


def killed_run(spool: Path, run_id: str) -> None:
    """Let a process work on a run, and kill it."""
    command = [sys.executable, "-c", WORK, str(spool), run_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        assert not has_died(spool, run_id)
        os.kill(process.pid, signal.SIGKILL)


def test_a_killed_run_has_died(tmp_path: Path) -> None:
    killed_run(tmp_path, "run")
    assert has_died(tmp_path, "run")


def test_a_run_that_ended_or_never_began_has_not_died(tmp_path: Path) -> None:
    assert not has_died(tmp_path, "never")
    with alive(tmp_path, "ended"):
        assert not has_died(tmp_path, "ended")
    assert not has_died(tmp_path, "ended")


def test_a_killed_run_is_marked_as_failed_and_others_are_left_alone(tmp_path: Path) -> None:
    @dg.job
    def nothing() -> None:
        pass

    with dg.DagsterInstance.ephemeral() as instance:
        killed, working = (
            instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED).run_id for _ in range(2)
        )
        killed_run(tmp_path, killed)
        with alive(tmp_path, working):
            assert bury_dead_runs(instance, tmp_path) == [killed]
        assert bury_dead_runs(instance, tmp_path) == []
        statuses = {run.run_id: run.status for run in instance.get_runs()}
        assert statuses == {killed: dg.DagsterRunStatus.FAILURE, working: dg.DagsterRunStatus.STARTED}
