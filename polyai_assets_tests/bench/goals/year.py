"""A year of a small project in one run: 365 days of 20 conversations."""

import tempfile
from datetime import date
from pathlib import Path

from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.project import ASSETS, days_of, make_project, work
from polyai_assets_tests.bench.served_day import Served


def measure(port: int) -> list[Goal]:
    """Ingest the year without Dagster; and with it, to say what its bookkeeping of so many partitions costs."""
    served = Served(port, 20, first=date(2025, 11, 3), days=365)
    with served.running(), tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
        own = work(make_project(Path(name, "own"), served), "ingest", *days_of(served))
        run = work(make_project(Path(name, "run"), served), "step", ",".join(ASSETS), *days_of(served))
    how = f"CPU {own.said['cpu']:.1f} s; with Dagster's bookkeeping of 365 partitions {run.said['run']:.1f} s"
    return [Goal("a year of a small project, our own time", own.said["seconds"], 20, "s", how=how)]
