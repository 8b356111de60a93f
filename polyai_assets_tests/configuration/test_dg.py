"""What a person sees of the configuration from `dg`, in a project that uses the component."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from dagster_dg_cli.cli import create_dg_cli

from polyai_assets_tests.configuration.conftest import KEY, VALID
from polyai_assets_tests.tiers import LONG

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
DEFINITIONS = (REPOSITORY / "polyai_assets" / "definitions.py").read_text(encoding="utf-8")
Dg = Callable[..., tuple[int, str]]
PROJECT = """\
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "calls"
code_location_target_module = "calls.definitions"
"""
SECOND = """\
    - region: us-2
      account_id: acme
      project_id: card-support
      api_key: literal-hunter2
      loopback_days: 3
    - region: uk-1
      account_id: acme
      api_key: "{{ env.BROKEN_KEY }}"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty Dagster project; its `defs.yaml` is for the test to write."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    defs = tmp_path / "calls" / "defs" / "polyai"
    defs.mkdir(parents=True)
    (tmp_path / "calls" / "__init__.py").touch()
    (tmp_path / "calls" / "definitions.py").write_text(DEFINITIONS)
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n")
    return tmp_path


@pytest.fixture
def dg(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dg]:
    """Call `dg` in that project, in this process: to start it takes three times as long as what it does."""
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    monkeypatch.delenv("HOTEL_KEY")
    for name in ("HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, str(project / "home"))

    def dg(*arguments: str, **variables: str) -> tuple[int, str]:
        done = CliRunner(env=variables).invoke(create_dg_cli(), arguments)
        return done.exit_code, done.output

    yield dg
    for name in [name for name in sys.modules if name.partition(".")[0] == "calls"]:
        del sys.modules[name]


def _write(project: Path, text: str) -> None:
    (project / "calls" / "defs" / "polyai" / "defs.yaml").write_text(text, encoding="utf-8")


@LONG
def test_a_good_file_passes(project: Path, dg: Dg):
    _write(project, VALID)
    code, output = dg("check", "defs", HOTEL_KEY=KEY)
    assert code == 0
    assert "All definitions loaded successfully." in output
    assert KEY not in output


def test_variables_that_a_command_has_set_are_of_no_other_test():
    assert "DAGSTER_IS_DEFS_VALIDATION_CLI" not in os.environ


def test_all_problems_stand_together_before_the_stack_and_after_it_and_no_key_is_shown(project: Path, dg: Dg):
    _write(project, VALID + SECOND)
    code, output = dg("check", "defs", BROKEN_KEY="hunter2\nhunter3")
    file = "calls/defs/polyai/defs.yaml"
    assert code == 1
    end = output.split("ProblemList:")[1].split("\n\n")[0]
    before, found, _ = output.partition("`polyai doctor` shows these lines")
    assert found
    assert "Stack Trace" not in before
    assert before.count(f"{file}:") == 5
    assert [line.split(": ")[0] for line in end.strip().splitlines() if line.startswith(file)] == [
        f"{file}:10 attributes.projects.0.api_key",
        f"{file}:11 attributes.projects.1.region",
        f"{file}:15 attributes.projects.1.loopback_days",
        f"{file}:16 attributes.projects.2.project_id",
        f"{file}:18 attributes.projects.2.api_key",
    ]
    assert "environment variable HOTEL_KEY is not set" in end
    assert "Did you mean lookback_days?" in end
    assert "Stack Trace" not in end
    assert "hunter" not in output


def test_the_check_of_the_schema_shows_no_key(project: Path, dg: Dg):
    _write(project, f"{VALID + SECOND}  nonsense: 1\n")
    _, output = dg("check", "yaml")
    assert "hunter2" not in output


def test_the_check_of_the_schema_points_at_the_place(project: Path, dg: Dg):
    _write(project, VALID.replace("us-1", "us-2"))
    code, output = dg("check", "yaml")
    assert code == 1
    assert re.search(r"7 \|     - region: us-2\n +\| +\^ 'us-2' is not one of", output)


def test_a_missing_key_is_no_obstacle_to_loading(project: Path, dg: Dg):
    _write(project, VALID)
    code, output = dg("list", "defs", "--json")
    assert code == 0
    assert "raw_conversations" in output


def test_importing_the_package_brings_no_heavy_library_along():
    heavy = "{'dagster', 'pandas', 'pandera', 'duckdb', 'pyarrow'}"
    program = f"import polyai_assets, sys; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_dagster_finds_the_component_in_the_package():
    import polyai_assets
    from polyai_assets.component import PolyAIConversations

    assert "PolyAIConversations" in dir(polyai_assets)
    assert polyai_assets.PolyAIConversations is PolyAIConversations
