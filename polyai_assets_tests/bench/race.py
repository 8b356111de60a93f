"""The contenders, each in processes of its own, in turn, several rounds; what they bring is compared first."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from polyai_assets_tests.bench import outputs
from polyai_assets_tests.bench.measure import Failed, Measured, middle, run
from polyai_assets_tests.bench.project import ASSETS, days_of, launch, make_project, work
from polyai_assets_tests.bench.served_day import Served

_PROGRAMS = Path(__file__).with_name("contenders")

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Contender:
    """Who takes part: what it is, how it is run in a folder, and what its DuckDB file has."""

    title: str
    run: Callable[[Served, Path], Measured]
    queries: Mapping[str, str]
    database: str = "day.duckdb"


@dataclass(frozen=True)
class Result:
    """What became of a contender: its medians, or why it has none."""

    title: str
    measured: Measured | None
    problem: str = ""


def _program(name: str, python: str = sys.executable) -> Callable[[Served, Path], Measured]:
    def start(served: Served, folder: Path) -> Measured:
        url = f"{served.url}/v3/acme/{served.project_id(0)}/conversations"
        return run([python, str(_PROGRAMS / name), url, str(folder / "day.duckdb")], folder)

    return start


def _launched(served: Served, folder: Path) -> Measured:
    return launch(make_project(folder, served), served)


def _step(served: Served, folder: Path) -> Measured:
    return work(make_project(folder, served), "step", ",".join(ASSETS), *days_of(served))


_WAREHOUSE = "data/polyai.duckdb"

CONTENDERS = ("floor", "launch", "step", "pandas", "dlt")
"""Who takes part. The floor comes first: the others are held against it."""


def contenders_with(dlt_python: str) -> dict[str, Contender]:
    """Give the contenders by name; `dlt_python` is a Python that has dlt."""
    dlt = _program("dlt_rest_api.py", dlt_python)
    found = (
        Contender("floor: download, read_json, three tables", _program("floor.py"), outputs.FLOOR),
        Contender("polyai-assets: dg launch, whole", _launched, outputs.OURS, _WAREHOUSE),
        Contender("polyai-assets: its step", _step, outputs.OURS, _WAREHOUSE),
        Contender("requests + pandas", _program("pandas_script.py"), outputs.PLAIN),
        Contender("dlt rest_api, Parquet, two processes", dlt, outputs.DLT),
    )
    return dict(zip(CONTENDERS, found, strict=True))


def race(served: Served, contenders: Mapping[str, Contender], rounds: int, tell: Tell) -> dict[str, Result]:
    """Run contenders in turn. Who fails, or brings something else than the floor, has no time."""
    measured: dict[str, list[Measured]] = {name: [] for name in contenders}
    problems: dict[str, str] = {}
    expected: outputs.Sums = {}
    for number in range(rounds):
        for name, contender in contenders.items():
            if name in problems:
                continue
            try:
                one, sums = _run(contender, served)
            except Failed as error:
                problems[name] = str(error)
                tell(f"{name}: {error}")
                continue
            expected = expected or sums
            if sums != expected:
                problems[name] = f"it brought {sums}, not {expected}"
            measured[name].append(one)
            tell(f"round {number + 1}: {name} {one.seconds:.1f} s, CPU {one.cpu:.1f} s, {one.memory:,.0f} MB")
    return {
        name: Result(
            contenders[name].title, None if name in problems else middle(found), problems.get(name, "")
        )
        for name, found in measured.items()
    }


def _run(contender: Contender, served: Served) -> tuple[Measured, outputs.Sums]:
    folder = Path(tempfile.mkdtemp(prefix="polyai-bench-"))
    try:
        measured = contender.run(served, folder)
        return measured, outputs.sums(folder / contender.database, dict(contender.queries))
    finally:
        shutil.rmtree(folder)
