"""Who can read what lies on this machine, and whether names are taken twice."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from polyai_assets.doctor import places
from polyai_assets.doctor.loading import judge
from polyai_assets.doctor.places import is_in_git, is_open, look_at_privacy
from polyai_assets.machine.folders import own_folder
from polyai_assets_tests.conftest import Deploy
from polyai_assets_tests.deployment import Deployment
from polyai_assets_tests.doctor.asking import GREEN, RED, YELLOW, only, verdicts


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A git repository that every user of the machine can look into."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    modes = {folder: folder.stat().st_mode for folder in tmp_path.parents}
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    yield tmp_path
    for folder, mode in modes.items():
        if folder.stat().st_mode != mode:
            folder.chmod(mode)


@pytest.mark.slow
def test_what_we_made_ourselves_is_private(repository: Path):
    own_folder(repository / "data" / "raw")
    own_folder(repository / "data" / "spool")
    places = {"raw store": repository / "data" / "raw", "spool": repository / "data" / "spool"}
    found = only(look_at_privacy(places))
    assert (found.verdict, found.says) == (GREEN, "only their owner reads raw store, spool")


@pytest.mark.slow
def test_a_folder_that_others_can_read_and_git_would_take_is_told(repository: Path):
    raw = repository / "raw"
    raw.mkdir()
    raw.chmod(0o755)
    found = list(look_at_privacy({"raw store": raw}))
    assert verdicts(found) == [("privacy", YELLOW), ("privacy", YELLOW)]
    assert f"chmod -R go= {raw}" in found[0].next_step
    assert f"echo '*' > {raw}/.gitignore" in found[1].next_step
    raw.chmod(0o700)
    (raw / ".gitignore").write_text("*\n")
    assert verdicts(look_at_privacy({"raw store": raw})) == [("privacy", GREEN)]


@pytest.mark.slow
def test_a_file_below_a_closed_folder_is_not_open(repository: Path):
    own_folder(repository / "data")
    tables = repository / "data" / "polyai.duckdb"
    tables.touch()
    tables.chmod(0o644)
    assert not is_open(tables)
    tables.parent.chmod(0o755)
    assert is_open(tables)
    assert not is_in_git(tables)


@pytest.mark.slow
def test_a_warehouse_beside_what_is_committed_is_told(repository: Path):
    tables = repository / "polyai.duckdb"
    tables.touch(mode=0o600)
    assert is_in_git(tables)
    (repository / ".gitignore").write_text("*.duckdb\n")
    assert not is_in_git(tables)


@pytest.mark.slow
def test_outside_a_repository_and_without_git_nothing_is_said(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(places.shutil, "which", lambda _: None)
    assert not is_in_git(repository)


def test_what_is_not_there_yet_is_no_matter(tmp_path: Path):
    assert only(look_at_privacy({"spool": tmp_path / "none"})).says == "nothing is written yet"


def test_definitions_that_stand_side_by_side_load(deployment: Deployment):
    assert judge(deployment.definitions).verdict is GREEN


@pytest.mark.parametrize("twice", ["another asset", "another instance"])
def test_a_name_that_is_taken_leads_to_the_prefix(deployment: Deployment, deploy: Deploy, twice: str):
    @dg.asset
    def conversations() -> None: ...

    other = dg.Definitions(assets=[conversations]) if twice == "another asset" else deploy().definitions
    found = judge(dg.Definitions.merge_unbound_defs(deployment.definitions, other))
    assert found.verdict is RED
    assert found.says.startswith("Duplicate asset key: AssetKey([")
    assert found.next_step.startswith("set `key_prefix` in defs.yaml")
