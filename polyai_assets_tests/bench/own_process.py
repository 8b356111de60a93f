"""What the platform does, in a process of its own, in the folder of a project. The last line printed is JSON.

    python own_process.py step ASSET,ASSET,… FIRST_DAY LAST_DAY   as a step of Dagster: its seconds
    python own_process.py ingest|replay|details|recordings FIRST_DAY LAST_DAY   the same without Dagster
    python own_process.py definitions                             loads the definitions
    python own_process.py tick                                    evaluates the sensor finished_conversations

The seconds are those of the work, without imports and without loading the definitions.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path.cwd()
INGEST_STEP = "ingest_step"


def main(action: str, *arguments: str) -> None:
    """Do what is asked for, and print how long it took."""
    said = {"step": step, "definitions": definitions, "tick": tick}.get(action, partial(work, action))(
        *arguments
    )
    print(json.dumps(said))  # noqa: T201


@contextmanager
def timed(said: dict[str, Any]) -> Iterator[None]:
    """Note the wall time and the CPU time of a block."""
    start, cpu = time.perf_counter(), time.process_time()
    yield
    said |= {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}


def step(assets: str, first: str, last: str) -> dict[str, Any]:
    """Materialize assets in days as a run of Dagster; the seconds are those of its step."""
    import dagster as dg

    from polyai_assets.automation.runs import RANGE_END, RANGE_START
    from polyai_assets.component import definitions_of

    (platform,) = _platforms()
    project = platform.projects[0].project.key
    job = definitions_of(platform, ROOT).resolve_implicit_global_asset_job_def()
    said: dict[str, Any] = {}
    with dg.DagsterInstance.get() as instance, timed(said):
        result = job.execute_in_process(
            instance=instance,
            tags={RANGE_START: f"{first}|{project}", RANGE_END: f"{last}|{project}"},
            asset_selection=[dg.AssetKey(asset) for asset in assets.split(",")],
        )
    (ended,) = result.filter_events(lambda event: event.is_step_success and event.step_key == INGEST_STEP)
    return said | {"run": said["seconds"], "seconds": ended.step_success_data.duration_ms / 1e3}


def work(action: str, first: str, last: str) -> dict[str, Any]:
    """Work through days of all projects without Dagster."""
    from polyai_assets.assets.connection import connect, duckdb_resource
    from polyai_assets.assets.days import Ingest
    from polyai_assets.assets.detail_days import Details
    from polyai_assets.assets.recordings import Recordings
    from polyai_assets.raw.partition import Partition
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse

    (platform,) = _platforms()
    spool = ROOT / "data" / "spool"
    places = (RawStore(platform.raw_store), Warehouse(platform.warehouse), spool)
    opened = partial(connect, duckdb_resource(spool))
    run = {
        "ingest": lambda: Ingest(*places, opened, fetches=True, loads=True).run,
        "replay": lambda: Ingest(*places, opened, fetches=False, loads=True).run,
        "details": lambda: Details(*places, opened, fetches=True, loads=True, by_hand=True).run,
        "recordings": lambda: Recordings(*places, opened).run,
    }[action]()
    said: dict[str, Any] = {"partitions": 0}
    with timed(said):
        for config in platform.projects:
            outcomes = list(run(config, [Partition(config.project, day) for day in _days(first, last)]))
            _check(outcomes)
            said["partitions"] += len(outcomes)
    return said


def definitions() -> dict[str, Any]:
    """Load the definitions as Dagster does."""
    from polyai_assets.component import definitions_of

    (platform,) = _platforms()
    definitions_of(platform, ROOT).get_repository_def()
    return {}


def tick() -> dict[str, Any]:
    """Evaluate the sensor that looks after all partitions; the seconds are those of a second tick."""
    import dagster as dg

    from polyai_assets.component import definitions_of

    (platform,) = _platforms()
    loaded = definitions_of(platform, ROOT)
    repository = loaded.get_repository_def()
    sensor = loaded.resolve_sensor_def("finished_conversations")
    said: dict[str, Any] = {}
    cursor = None
    with dg.DagsterInstance.get() as instance:
        for _ in range(2):
            with timed(said):
                context = dg.build_sensor_context(instance, cursor, repository_def=repository)
                found = sensor.evaluate_tick(context)
            cursor = found.cursor
    return said | {"requests": len(found.run_requests or ()), "skip": found.skip_message}


def _platforms() -> Sequence[Any]:
    from polyai_assets.workspace import find_platforms

    return find_platforms(ROOT)


def _days(first: str, last: str) -> Iterator[date]:
    day = date.fromisoformat(first)
    while day <= date.fromisoformat(last):
        yield day
        day += timedelta(days=1)


def _check(outcomes: Iterable[Any]) -> None:
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error


if __name__ == "__main__":
    main(*sys.argv[1:])
