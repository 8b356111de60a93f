"""The package in a Dagster project of somebody else: scaffolded, with an executor of its own, from the wheel."""

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from subprocess import PIPE, STDOUT

import duckdb
import pytest
import yaml
from click.testing import CliRunner
from dagster_dg_cli.cli import create_dg_cli
from hatchling.build import build_wheel

from polyai_assets.raw.partition import Partition
from polyai_assets_tests.cli.test_main import DEFINITIONS, DEFS
from polyai_assets_tests.configuration.test_dg import REPOSITORY
from polyai_assets_tests.deployment import DAY1, HOTEL, partition, project_of
from polyai_assets_tests.test_workspace import PYPROJECT
from polyai_assets_tests.tiers import LONG

pytestmark = pytest.mark.slow

OWN = """\
import dagster as dg


@dg.asset
def orders(duckdb: dg.ResourceParam[str]) -> str:
    return duckdb


@dg.definitions
def own() -> dg.Definitions:
    # both steps are forked from a process that has imported what takes longer to import than to run
    forked = {"start_method": {"forkserver": {"preload_modules": ["polyai_assets.component"]}}}
    executor = dg.multiprocess_executor.configured(forked)
    return dg.Definitions(assets=[orders], resources={"duckdb": "the shop's"}, executor=executor)
"""
LOOK = """
import json
from pathlib import Path
from click.testing import CliRunner
import polyai_assets
from polyai_assets.cli.main import main
from polyai_assets.demo.project import demo_project
from polyai_assets.workspace import find_platforms
status = CliRunner().invoke(main, ["status", "--json"])
demo = demo_project(Path.cwd())
projects = [one.project.key for platform in find_platforms(demo) for one in platform.projects]
print(json.dumps([polyai_assets.__file__, status.output, str(demo), projects]))
"""


def shop(root: Path, module: str) -> Path:
    """Lay out a project as `create-dagster project` does; nobody has installed it."""
    (root / "pyproject.toml").write_text(PYPROJECT.format(module=module))
    defs = root / "src" / module / "defs"
    defs.mkdir(parents=True)
    (defs.parent / "__init__.py").touch()
    (defs / "__init__.py").touch()
    (defs.parent / "definitions.py").write_text(DEFINITIONS)
    home = root / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n")
    return defs


def run(folder: Path, command: list[str], **variables: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TMPDIR"}}
    home = str(folder / "home")
    environment = {**kept, "HOME": home, "DAGSTER_HOME": home, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=PIPE, stderr=STDOUT, text=True, timeout=240
    )
    return done.returncode, done.stdout


@LONG
def test_a_scaffolded_project_with_its_own_executor_and_duckdb_fetches_a_day(
    tmp_path: Path, polyai_url: str, monkeypatch: pytest.MonkeyPatch
):
    defs = shop(tmp_path, "shop_of_a_test")
    (defs / "own.py").write_text(OWN)
    dg = str(Path(sys.executable).with_name("dg"))
    named = ["--region", HOTEL.region, "--account-id", HOTEL.account_id, "--project-id", HOTEL.project_id]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(
        create_dg_cli(), ["scaffold", "defs", "polyai_assets.PolyAIConversations", "calls", *named]
    )
    assert done.exit_code == 0, done.output
    assert "Put the key of us-1/acme/hotel-bot into the variable POLYAI_KEY_US1_ACME_HOTEL_BOT" in done.output

    file = defs / "calls" / "defs.yaml"
    written = yaml.safe_load(file.read_text())
    written["attributes"] |= {"start_date": DAY1.isoformat(), "defaults": {"base_url": polyai_url}}
    file.write_text(yaml.safe_dump(written))
    assets = "raw_conversations,conversations,turns,metrics"
    code, said = run(
        tmp_path,
        [dg, "launch", "--assets", assets, "--partition", partition(DAY1)],
        POLYAI_KEY_US1_ACME_HOTEL_BOT=HOTEL.api_key,
        PYTHONPATH="src",
    )
    assert code == 0, said
    assert "multiprocess executor" in said
    data = tmp_path / "data"
    with duckdb.connect(str(data / "polyai.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM conversations").fetchall() == [(3,)]
    assert (data / ".gitignore").read_text().endswith("*\n")
    raw = data / "raw" / Partition(project_of(HOTEL), DAY1).folder
    written_by_us = [data, raw, data / "polyai.duckdb", *raw.iterdir(), data / "spool"]
    assert [path for path in written_by_us if path.stat().st_mode & (stat.S_IRWXO | stat.S_IRWXG)] == []


@LONG
def test_the_wheel_works_in_a_project_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(REPOSITORY)
    wheel = tmp_path / "wheel"
    wheel.mkdir()
    zipfile.ZipFile(wheel / build_wheel(str(wheel))).extractall(wheel)
    defs = shop(tmp_path, "shop_with_a_wheel") / "calls"
    defs.mkdir()
    (defs / "defs.yaml").write_text(DEFS)
    code, said = run(tmp_path, [sys.executable, "-c", LOOK], PYTHONPATH=str(wheel))
    assert code == 0, said
    package, status, demo, projects = json.loads(said.splitlines()[-1])
    assert Path(package).is_relative_to(wheel)
    assert json.loads(status)[0]["project"] == "us-1/acme/hotel-bot"
    assert demo == str(tmp_path / "polyai-demo")
    assert "us-1/acme/hotel-bot" in projects
    settings = (REPOSITORY / "data" / "dagster.yaml").read_text()
    assert Path(demo, "data", "dagster.yaml").read_text() == settings
