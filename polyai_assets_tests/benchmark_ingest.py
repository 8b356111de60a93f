"""How long 50,000 conversations take through `dg launch`, and how much memory, beside the floor.

The floor is what nothing can beat by much: the same pages downloaded one after another, and DuckDB's own
`read_json` into three tables, without raw store, certificate, checks or Dagster. Run it with `make bench`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import duckdb
import requests

from polyai_assets.simulator import Clock, SimulatedProject, Simulator, serve

DAY = "2026-11-03"
PROJECT = "us-1/acme/hotel-bot"
PORT = 8799
URL = f"http://127.0.0.1:{PORT}"
LIST = f"{URL}/v3/acme/hotel-bot/conversations"
KEY = {"x-api-key": "benchmark"}
ASSETS = "raw_conversations,conversations,turns,metrics"


@dataclass(frozen=True)
class Measured:
    """Wall time in seconds, peak of resident memory in MB, and what was printed."""

    seconds: float
    memory: float
    output: str


@click.command()
@click.option("--conversations", default=50_000, show_default=True, help="Conversations of the day.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the best of each side counts.")
def main(conversations: int, rounds: int) -> None:
    """Measure the floor and the platform against the same local server, in turn."""
    with tempfile.TemporaryDirectory() as name, simulator(conversations):
        folder = Path(name)
        make_project(folder)
        launch = [
            str(Path(sys.executable).parent / "dg"),
            "launch",
            "--assets",
            ASSETS,
            "--partition",
            f"{DAY}|{PROJECT}",
        ]
        floors, ours = [], []
        for _ in range(rounds):
            floors.append(measure([sys.executable, __file__, "floor"], folder))
            shutil.rmtree(folder / "data")
            (folder / "data").mkdir()
            ours.append(measure(launch, folder))
    floor = min(floors, key=lambda one: one.seconds)
    best = min(ours, key=lambda one: one.seconds)
    minutes, seconds = re.findall(r"Finished steps in process .* in (?:(\d+)m)?([\d.]+)s", best.output)[-1]
    step = 60 * int(minutes or 0) + float(seconds)
    click.echo(f"{conversations:,} conversations of one day, best of {rounds} rounds, {os.cpu_count()} cores")
    for label, seconds, memory in (
        ("floor: download and read_json", floor.seconds, floor.memory),
        ("dg launch, from start to end", best.seconds, best.memory),
        ("  of which the ingest step", step, best.memory),
    ):
        click.echo(
            f"{label:32} {seconds:6.2f} s {seconds / floor.seconds:6.2f} x {conversations / seconds:9,.0f} a second "
            f"{memory:6,.0f} MB"
        )


@contextmanager
def simulator(conversations: int) -> Iterator[None]:
    """Serve the day from another process, generated before anything is measured."""
    process = subprocess.Popen([sys.executable, __file__, "serve", str(conversations)])
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                requests.get(LIST, params={**window(), "limit": 1}, headers=KEY, timeout=900)
            except requests.ConnectionError:
                continue
            break
        yield
    finally:
        process.terminate()
        process.wait()


def measure(command: list[str], folder: Path) -> Measured:
    """Run a program in `folder` and take its time and memory."""
    environment = os.environ | {"DAGSTER_HOME": str(folder / "data"), "BENCHMARK_KEY": KEY["x-api-key"]}
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        printed.seek(0)
        output = printed.read()
    if status:
        raise click.ClickException(f"{' '.join(command)} failed:\n{output[-3000:]}")
    return Measured(seconds, usage.ru_maxrss / 1e3, output)


def make_project(folder: Path) -> None:
    """Write a Dagster project that uses the platform as a library."""
    package = folder / "benchmark_project"
    (package / "defs" / "polyai").mkdir(parents=True)
    (folder / "data").mkdir()
    files = {
        folder / "pyproject.toml": """
            [tool.dg]
            directory_type = "project"
            [tool.dg.project]
            root_module = "benchmark_project"
            """,
        package / "__init__.py": "",
        package / "definitions.py": """
            from pathlib import Path
            import dagster as dg

            @dg.definitions
            def defs():
                loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
                return dg.Definitions.merge(loaded, dg.Definitions(executor=dg.in_process_executor))
            """,
        package / "defs" / "polyai" / "defs.yaml": f"""
            type: polyai_assets.PolyAIConversations
            attributes:
              raw_store: data/raw
              warehouse: data/polyai.duckdb
              start_date: 2026-11-01
              # With these the simulator would have to make every page anew, and be what is measured.
              defaults: {{include_latency: false, include_turn_metadata: false, include_context_state: false}}
              projects:
                - region: us-1
                  account_id: acme
                  project_id: hotel-bot
                  api_key: "{{{{ env.BENCHMARK_KEY }}}}"
                  base_url: {URL}
            """,
    }
    for file, text in files.items():
        file.write_text(textwrap.dedent(text))


def window() -> dict[str, str]:
    """Give the parameters that ask for the day."""
    return {"start_time": f"{DAY}T00:00:00Z", "end_time": "2026-11-04T00:00:00Z"}


def floor() -> None:
    """Download every page and let DuckDB read it."""
    with tempfile.TemporaryDirectory() as folder, requests.Session() as session:
        cursor, pages = "", 0
        while cursor is not None:
            params = {**window(), "limit": "1000", **({"cursor": cursor} if cursor else {})}
            body = session.get(LIST, params=params, headers=KEY, timeout=60)
            Path(folder, f"{pages:05}.json").write_bytes(body.content)
            cursor = body.json()["cursor"]
            pages += 1
        with duckdb.connect(f"{folder}/floor.duckdb") as connection:
            connection.execute(
                f"CREATE TEMP TABLE page AS SELECT unnest(conversations) AS c "
                f"FROM read_json('{folder}/*.json', maximum_object_size=100000000)"
            )
            connection.execute(
                "CREATE TABLE conversations AS SELECT c.* EXCLUDE (turns, metrics) FROM (SELECT c FROM page)"
            )
            connection.execute("CREATE TABLE turns AS SELECT c.id, unnest(c.turns, max_depth := 2) FROM page")
            connection.execute("CREATE TABLE metrics AS SELECT c.id, to_json(c.metrics) AS metrics FROM page")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["floor"]:
            floor()
        case ["serve", number]:
            # Only this day exists: windows reach a second into its neighbours, which would have to be made too.
            begin = date.fromisoformat(DAY)
            end = datetime.combine(begin + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
            project = SimulatedProject(
                "us-1", "acme", "hotel-bot", KEY["x-api-key"], "hotel", int(number), steady=True, since=begin
            )
            serve(Simulator([project], clock=Clock(end)), port=PORT)
        case _:
            main()
