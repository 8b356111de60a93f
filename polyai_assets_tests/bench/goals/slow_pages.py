"""An API that takes 300 ms for a page: what eight windows bring."""

import tempfile
from pathlib import Path

from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.project import days_of, make_project, work
from polyai_assets_tests.bench.served_day import Served

_SECONDS = 0.3
_WINDOWS = 8


def measure(port: int) -> list[Goal]:
    """Ingest eight days of 2,000 conversations, 160 pages, in one window and in eight."""
    served = Served(port, 2_000, days=8, seconds_a_call=_SECONDS)
    seconds, cpu = {}, 0.0
    with served.running(), tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
        for windows in (1, _WINDOWS):
            folder = make_project(Path(name, str(windows)), served, page_size=100, parallel_windows=windows)
            said = work(folder, "ingest", *days_of(served)).said
            seconds[windows], cpu = said["seconds"], said["cpu"]
    how = (
        f"{seconds[1]:.1f} s in one window, {seconds[_WINDOWS]:.1f} s in {_WINDOWS}, load and proof included; "
        f"CPU {cpu:.1f} s"
    )
    return [
        Goal(f"{_WINDOWS} windows at 300 ms a page", seconds[1] / seconds[_WINDOWS], 6, at="least", how=how)
    ]
