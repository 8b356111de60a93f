"""`polyai backfill` as a person types it, in a project of their own."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets_tests.backfill.typing_process import type_backfill
from polyai_assets_tests.deployment import BANK, HOTEL
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.test_instance import DATA

MODULE = "calls_of_a_backfill"
PYPROJECT = f"""\
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "{MODULE}"
"""
DEFS = """\
type: polyai_assets.PolyAIConversations
attributes:
  start_date: 2025-03-01
  defaults: {{base_url: "{url}", max_attempts: 1}}
  projects:
    - {{region: us-1, account_id: acme, project_id: hotel-bot, api_key: "{{{{ env.HOTEL_KEY }}}}"}}
    - {{region: uk-1, account_id: acme, project_id: card-support, api_key: "{{{{ env.BANK_KEY }}}}"}}
"""


@pytest.fixture
def root(tmp_path: Path, polyai_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dagster project with the hotel, whose key is right, and the bank, whose key is not."""
    defs = tmp_path / MODULE / "defs" / "polyai"
    defs.mkdir(parents=True)
    (tmp_path / MODULE / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    (defs / "defs.yaml").write_text(DEFS.format(url=polyai_url))
    (tmp_path / "data").mkdir()
    shutil.copy(DATA / "dagster.yaml", tmp_path / "data")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOTEL_KEY", HOTEL.api_key)
    monkeypatch.setenv("BANK_KEY", "wrong-key-5d1f90")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [one for one in sys.modules if one.partition(".")[0] == MODULE]:
        monkeypatch.delitem(sys.modules, name)  # that of another test
    return tmp_path


def polyai(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["backfill", *arguments])


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["us-1/acme/hotl-bot"], "did you mean us-1/acme/hotel-bot?"),
        (["nobody"], "there are us-1/acme/hotel-bot, uk-1/acme/card-support"),
        (["--since", "2025-02-01"], "--since 2025-02-01 is before the first day, 2025-03-01"),
        (["--until", "2999-01-01"], "these days are in the future"),
        ([HOTEL.key, "--details"], f"--details: set details: true (or by_hand) for {HOTEL.key}"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments: list[str], told: str):
    result = polyai(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert told in line


@pytest.mark.usefixtures("root")
def test_where_nothing_was_fetched_nothing_is_replayed():
    result = polyai("--replay")
    assert (result.exit_code, result.output) == (
        0,
        "nothing can be replayed: none of these days was fetched\n",
    )


def test_it_says_a_line_a_project_and_the_red_days_and_nothing_else(root: Path):
    environment = {name: os.environ[name] for name in ("DAGSTER_HOME", "HOTEL_KEY", "BANK_KEY")}
    process = PROCESSES.Process(target=type_backfill, args=(root, environment, "--until", "2025-03-02"))
    process.start()
    process.join(120)
    stdout, stderr = ((root / name).read_text() for name in ("stdout", "stderr"))
    assert (process.exitcode, stderr) == (1, "")
    lines = stdout.splitlines()
    assert lines[:3] == [
        f"{HOTEL.key}: 2 days fetched, checked and loaded",
        f"{BANK.key}: 0 of 2 days fetched, checked and loaded; 2 red",
        "",
    ]
    assert lines[3].startswith(
        f"red: {BANK.key} 2025-03-01 to 2025-03-02: The key in environment variable BANK_KEY"
    )
    assert lines[4:] == [f"    polyai backfill {BANK.key} --since 2025-03-01 --until 2025-03-02"]
    assert "wrong-key" not in stdout
