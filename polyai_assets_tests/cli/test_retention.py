"""Retention from the command line, in a Dagster project of one's own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets_tests.cli.test_write_back import root
from polyai_assets_tests.deployment import DAY1, HOTEL

__all__ = ["root"]

pytestmark = pytest.mark.slow


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["retention", *arguments])


def test_it_shows_what_would_go_and_removes_it_once_it_may(root: Path):
    (defs,) = root.rglob("defs.yaml")
    assert "no project has the option retention" in run("--dry-run").output
    defs.write_text(defs.read_text().rstrip() + "\n      retention: {raw: 20, audio: 30}\n")
    folder = root.joinpath("data", "raw", *HOTEL.key.split("/"), str(DAY1))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "left.parquet").write_bytes(b"said")
    shown = run("--dry-run")
    assert f"raw of {HOTEL.key}: {DAY1}\n           1  files of raw records, 0 kB\n" in shown.output, (
        shown.output
    )
    found = json.loads(run("--dry-run", "--json").stdout)
    assert found[0]["found"][0]["what"] == "files of raw records"
    assert run().exit_code == 1  # nobody has said yes
    assert (folder / "left.parquet").exists()
    done = run("--yes", "--json", "--by", "ada")
    assert done.exit_code == 0, done.output
    (receipt,) = json.loads(done.stdout)
    assert (receipt["by"], receipt["found"]) == ("ada", found[0]["found"])
    assert not (folder / "left.parquet").exists()
    assert "Nothing was kept for longer" in run("--yes").output
