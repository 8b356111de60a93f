"""A tick of the sensor over 100 projects of which every day is settled."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polyai_assets.simulator import Clock, SimulatedProject, Simulator
from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.project import days_of, make_project, work
from polyai_assets_tests.bench.served_day import KEY, Served

_PROJECTS = 100


def measure(port: int) -> list[Goal]:
    """Fetch three days of each project, which settles them, and count the calls of a tick."""
    served = Served(port, 3, days=3, projects=_PROJECTS)
    end = datetime.combine(served.last + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    simulator = Simulator(
        [
            SimulatedProject(
                "us-1", "acme", served.project_id(number), KEY, "hotel", 3, steady=True, since=served.first
            )
            for number in range(_PROJECTS)
        ],
        clock=Clock(end),
    )
    with simulator.running(port), tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
        folder = make_project(Path(name), served)
        work(folder, "ingest", *days_of(served))
        before = len(simulator.requests)
        ticked = work(folder, "tick")
        calls = len(simulator.requests) - before
    if ticked.said["requests"]:
        raise RuntimeError(f"the tick asks for {ticked.said['requests']} runs: the days are not settled")
    how = f"{_PROJECTS * 3} settled days"
    return [
        Goal(f"calls of a tick over {_PROJECTS} settled projects", calls, 0, "calls", how=how),
        Goal(f"tick over {_PROJECTS} settled projects", ticked.said["seconds"], 1, "s", how=how),
    ]
