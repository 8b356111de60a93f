"""`make bench`: the contenders at several sizes, the other goals, and all of it as JSON."""

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import psutil

from polyai_assets_tests.bench.goal import Goal
from polyai_assets_tests.bench.goals import answers, same_day, slow_calls, slow_pages, start, tick, year
from polyai_assets_tests.bench.measure import Measured
from polyai_assets_tests.bench.race import CONTENDERS, Result, contenders_with, race
from polyai_assets_tests.bench.served_day import Served

GOALS: dict[str, Callable[[int], list[Goal]]] = {
    "start": start.measure,
    "tick": tick.measure,
    "year": year.measure,
    "slow-pages": slow_pages.measure,
    "slow-calls": slow_calls.measure,
    "answers": answers.measure,
}
"""Goals that have a server of their own, by name."""


@click.command()
@click.option("--size", "sizes", type=int, multiple=True, default=[50_000], show_default=True,
              help="Conversations of the day; repeat it for several sizes. 0: the other goals alone.")  # fmt: skip
@click.option("--rounds", default=3, show_default=True, help="Rounds, of which the medians count.")
@click.option("--contender", "contenders", type=click.Choice(CONTENDERS), multiple=True,
              help="Only these. Default: all.")  # fmt: skip
@click.option("--goal", "goals", type=click.Choice([*GOALS, "same-day", "none"]), multiple=True,
              help="Only these goals. Default: all.")  # fmt: skip
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here."
)
@click.option("--port", default=8799, show_default=True, help="Port of the simulated PolyAI.")
@click.option("--dlt-python", default=sys.executable, help="A Python that has dlt. Default: this one.")
def main(
    sizes: Sequence[int],
    rounds: int,
    contenders: Sequence[str],
    goals: Sequence[str],
    file: Path | None,
    port: int,
    dlt_python: str,
) -> None:
    """Measure contenders in turn against one server on this machine, then the other goals."""
    machine = _machine()
    taking_part = contenders_with(str(Path(dlt_python).absolute()))
    click.echo(", ".join(f"{name} {value}" for name, value in machine.items()))
    report: dict[str, Any] = {"machine": machine, "rounds": rounds, "sizes": {}, "goals": []}
    found: list[Goal] = []
    for size in filter(None, sizes):
        served = Served(port, size)
        with served.running():
            results = race(
                served, {name: taking_part[name] for name in contenders or taking_part}, rounds, _tell
            )
            _show(size, rounds, results)
            report["sizes"][size] = {name: asdict(one) for name, one in results.items()}
            if not goals or "same-day" in goals:
                found += same_day.measure(served, results, rounds)
    found += _flat(report["sizes"])
    click.echo(f"\n{'goal':58} {'bound':>16} {'measured':>14}")
    _show_goals(found)
    for name, measure in GOALS.items():
        if not goals or name in goals:
            measured = measure(port)
            _show_goals(measured)
            found += measured
    report["goals"] = [asdict(goal) | {"is_met": goal.is_met} for goal in found]
    if file is not None:
        file.write_text(json.dumps(report, indent=2) + "\n")


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _machine() -> dict[str, str]:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "python": platform.python_version(),
        **{name: version(name) for name in ("duckdb", "dagster", "polyai-assets")},
    }


def _show(size: int, rounds: int, results: dict[str, Result]) -> None:
    click.echo(f"\n{size:,} conversations of one day, medians of {rounds} rounds")
    click.echo(f"{'':42} {'seconds':>8} {'x floor':>8} {'CPU s':>7} {'x floor':>8} {'MB':>6}")
    floor = results["floor"].measured if "floor" in results else None
    for name, result in results.items():
        if result.measured is None:
            click.echo(f"{result.title:42} {result.problem.splitlines()[0]}")
            continue
        seconds, cpu = _own(name, result.measured)
        ratios = (seconds / floor.seconds, cpu / floor.cpu) if floor else (float("nan"),) * 2
        click.echo(
            f"{result.title:42} {seconds:8.2f} {ratios[0]:8.2f} {cpu:7.1f} {ratios[1]:8.2f} "
            f"{result.measured.memory:6,.0f}"
        )


def _own(name: str, measured: Measured) -> tuple[float, float]:
    """Give the seconds of a contender: those of the step are its own, without the start of its process."""
    return (
        (measured.said["seconds"], measured.said["cpu"])
        if name == "step"
        else (measured.seconds, measured.cpu)
    )


def _flat(sizes: dict[int, dict[str, Any]]) -> list[Goal]:
    """Hold the memory of the largest size against that of the smallest."""
    memory = [found["launch"]["measured"]["memory"] for _, found in sorted(sizes.items())
              if "launch" in found and found["launch"]["measured"]]  # fmt: skip
    if len(memory) < 2:
        return []
    how = f"{memory[-1]:,.0f} MB of {memory[0]:,.0f} MB"
    return [Goal("memory at the largest size, of that at the smallest", memory[-1] / memory[0], 1.1, how=how)]


def _show_goals(goals: Sequence[Goal]) -> None:
    for goal in goals:
        bound = f"at {goal.at} {goal.bound:g} {goal.unit}"
        mark = "met" if goal.is_met else "MISSED"
        click.echo(f"{goal.name:58} {bound:>16} {goal.value:8.2f} {goal.unit:5} {mark:7} {goal.how}")


if __name__ == "__main__":
    main()
