"""The variables of the demo: in this process, and in a file that may be a person's own."""

import os
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values

from polyai_assets.demo.simulated import HOME_VARIABLE, KEY_VARIABLE, PORT_VARIABLE, set_variables


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch):
    for name in (HOME_VARIABLE, KEY_VARIABLE, PORT_VARIABLE):
        monkeypatch.setenv(name, "before")


def test_they_stand_in_a_file_of_their_owner_and_in_the_environment(tmp_path: Path):
    root = tmp_path / "a folder # of mine"
    root.mkdir()
    set_variables(root, 8765, "simulator")
    expected = {HOME_VARIABLE: str(root / "data"), KEY_VARIABLE: "simulator", PORT_VARIABLE: "8765"}
    assert dotenv_values(root / ".env") == expected
    assert {name: os.environ[name] for name in expected} == expected
    assert stat.S_IMODE((root / ".env").stat().st_mode) == 0o600


def test_what_a_person_has_written_stays(tmp_path: Path):
    file = tmp_path / ".env"
    own = "# mine\nSTRIPE='a b'\n\nexport OTHER=1 # why\n"
    file.write_text(own + f"{PORT_VARIABLE}=1\n")
    set_variables(tmp_path, 8766, "simulator")
    assert file.read_text().startswith(own)
    assert dotenv_values(file)[PORT_VARIABLE] == "8766"


def test_a_second_time_changes_nothing(tmp_path: Path):
    set_variables(tmp_path, 8765, "simulator")
    before = (tmp_path / ".env").read_text()
    set_variables(tmp_path, 8765, "simulator")
    assert (tmp_path / ".env").read_text() == before


def test_an_environment_of_python_of_that_name_is_left_alone(tmp_path: Path):
    (tmp_path / ".env").mkdir()
    set_variables(tmp_path, 8765, "simulator")
    assert list((tmp_path / ".env").iterdir()) == []
    assert os.environ[PORT_VARIABLE] == "8765"
