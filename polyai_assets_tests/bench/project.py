"""A Dagster project that uses the platform as a library, as its users have it."""

import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from polyai_assets_tests.bench.measure import Measured, run
from polyai_assets_tests.bench.served_day import KEY, Served

ASSETS = ("raw_conversations", "conversations", "turns", "metrics")
PROGRAM = Path(__file__).with_name("own_process.py")
_DG = Path(sys.executable).parent / "dg"

_DEFAULTS = {"include_latency": False, "include_turn_metadata": False, "include_context_state": False}
"""With these the simulator would have to make every page anew, and be what is measured."""


def make_project(folder: Path, served: Served, **options: Any) -> Path:
    """Write a project for what is served; `options` are those of all its projects."""
    package = folder / "benchmark_project"
    (package / "defs" / "polyai").mkdir(parents=True)
    (folder / "data").mkdir()
    project = {"region": "us-1", "account_id": "acme", "api_key": "{{ env.BENCHMARK_KEY }}"}
    component = {
        "type": "polyai_assets.PolyAIConversations",
        "attributes": {
            "raw_store": "data/raw",
            "warehouse": "data/polyai.duckdb",
            "start_date": served.first,
            "defaults": {
                **_DEFAULTS,
                "requests_per_second": 100,
                "base_url": served.url,
                "agents_base_url": served.url,
                **options,
            },
            "projects": [
                {**project, "project_id": served.project_id(number)} for number in range(served.projects)
            ],
        },
    }
    files: Mapping[Path, str] = {
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
        package / "defs" / "polyai" / "defs.yaml": yaml.safe_dump(component),
    }
    for file, text in files.items():
        file.write_text(textwrap.dedent(text))
    return folder


def launch(folder: Path, served: Served) -> Measured:
    """Materialize the first day with `dg launch`, as a person does."""
    partition = f"{served.first}|us-1/acme/{served.project_id(0)}"
    command = [str(_DG), "launch", "--assets", ",".join(ASSETS), "--partition", partition]
    return run(command, folder, **variables(folder))


def work(folder: Path, action: str, *arguments: str) -> Measured:
    """Let a process of its own do something with the project: see `own_process.py`."""
    return run([sys.executable, str(PROGRAM), action, *arguments], folder, **variables(folder))


def variables(folder: Path) -> dict[str, str]:
    """Give the variables that the project needs."""
    return {"DAGSTER_HOME": str(folder / "data"), "BENCHMARK_KEY": KEY}


def days_of(served: Served) -> Sequence[str]:
    """Give the first and the last day."""
    return [str(served.first), str(served.last)]
