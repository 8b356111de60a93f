"""Loading the definitions, which every process of Dagster does first."""

import sys
import tempfile
from pathlib import Path

from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.measure import middle, run
from polyai_assets_tests.bench.project import make_project, work
from polyai_assets_tests.bench.served_day import Served

_ROUNDS = 5


def measure(port: int) -> list[Goal]:
    """Load the definitions of a project and import Dagster, in turn."""
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
        folder = make_project(Path(name), Served(port, 1))
        for _ in range(_ROUNDS + 1):  # the first compiles
            bare.append(run([sys.executable, "-c", "import dagster"], folder))
            ours.append(work(folder, "definitions"))
    dagster, loaded = middle(bare[1:]), middle(ours[1:])
    how = f"{loaded.seconds:.2f} s of {dagster.seconds:.2f} s; CPU {loaded.cpu:.2f} s of {dagster.cpu:.2f} s"
    return [Goal("definitions, of `import dagster`", loaded.seconds / dagster.seconds, 1.5, how=how)]
