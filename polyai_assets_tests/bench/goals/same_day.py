"""The day of the race again: unchanged, then replayed from the raw store."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.measure import Measured, middle
from polyai_assets_tests.bench.project import ASSETS, days_of, make_project, work
from polyai_assets_tests.bench.race import Result
from polyai_assets_tests.bench.served_day import Served


def measure(served: Served, results: Mapping[str, Result], rounds: int) -> list[Goal]:
    """Hold the step against the floor, a second fetch against the first, and a replay against the floor's load."""
    floor, step, launched = (_of(results, name) for name in ("floor", "step", "launch"))
    first, again, replay = _again(served, rounds)
    at = f"at {served.conversations:,}"
    goals = [
        Goal(
            f"unchanged day, of its first fetch, {at}",
            again.said["seconds"] / first.said["seconds"],
            0.35,
            how=f"step {again.said['seconds']:.1f} s of {first.said['seconds']:.1f} s; "
            f"CPU {again.said['cpu']:.1f} s of {first.said['cpu']:.1f} s",
        )
    ]
    if floor is None:
        return goals
    goals.append(
        Goal(
            f"replay, of the floor's load, {at}",
            replay.said["seconds"] / floor.said["load"],
            1.2,
            how=f"step {replay.said['seconds']:.1f} s, load {floor.said['load']:.1f} s; CPU {replay.said['cpu']:.1f} s",
        )
    )
    if step is not None:
        goals.append(
            Goal(
                f"step, of the floor, {at}",
                step.said["seconds"] / floor.seconds,
                1.7,
                how=f"{step.said['seconds']:.1f} s of {floor.seconds:.1f} s; CPU {step.said['cpu']:.1f} s of "
                f"{floor.cpu:.1f} s",
            )
        )
    if launched is not None:
        goals.append(Goal(f"memory of dg launch, {at}", launched.memory, 700, "MB"))
    return goals


def _of(results: Mapping[str, Result], name: str) -> Measured | None:
    return results[name].measured if name in results else None


def _again(served: Served, rounds: int) -> tuple[Measured, Measured, Measured]:
    """Fetch the day, fetch it again, and replay it, each in a process of its own."""
    found: list[list[Measured]] = [[], [], []]
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="polyai-bench-") as name:
            folder = make_project(Path(name), served)
            for measured, assets in zip(found, (ASSETS, ASSETS, ASSETS[1:]), strict=True):
                measured.append(work(folder, "step", ",".join(assets), *days_of(served)))
    first, again, replay = map(middle, found)
    return first, again, replay
