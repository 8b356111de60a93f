"""Folders and files of ours: for their owner only, and nothing that git takes up."""

import stat
from pathlib import Path

from polyai_assets.machine.folders import own_folder, private_file, private_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_for_its_owner_and_ignored_from_the_outermost_on(tmp_path: Path):
    own_folder(tmp_path / "data" / "raw")
    assert [mode(tmp_path / "data"), mode(tmp_path / "data" / "raw")] == [0o700, 0o700]
    assert (tmp_path / "data" / ".gitignore").read_text().splitlines()[-1] == "*"
    own_folder(tmp_path / "data" / "spool")
    assert list(tmp_path.rglob(".gitignore")) == [tmp_path / "data" / ".gitignore"]


def test_what_is_there_stays_as_it_is(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    own_folder(tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []
    own_folder(tmp_path / "data" / "raw")
    assert mode(tmp_path / "data") == 0o755
    assert (tmp_path / "data" / "raw" / ".gitignore").exists()
    assert not (tmp_path / "data" / ".gitignore").exists()


def test_folders_within_are_for_their_owner_and_have_no_file_of_their_own(tmp_path: Path):
    made = private_folder(tmp_path / "a" / "b")
    assert made == [tmp_path / "a", tmp_path / "a" / "b"]
    assert mode(tmp_path / "a" / "b") == 0o700
    assert list((tmp_path / "a").rglob(".gitignore")) == []
    assert private_folder(tmp_path / "a" / "b") == []


def test_a_file_is_for_its_owner_unless_it_was_there(tmp_path: Path):
    private_file(tmp_path / "new")
    assert mode(tmp_path / "new") == 0o600
    (tmp_path / "old").touch()
    (tmp_path / "old").chmod(0o644)
    private_file(tmp_path / "old")
    assert mode(tmp_path / "old") == 0o644
