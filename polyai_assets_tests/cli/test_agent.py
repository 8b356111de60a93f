"""`polyai agent`: a look by hand at what the Agents API has."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli.main import main
from polyai_assets.raw.recordings.wav import read_wav
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import silence, talk
from polyai_assets_tests.cli.test_main import DEFINITIONS, DEFS, PYPROJECT
from polyai_assets_tests.deployment import DAY1, HOTEL

MODULE = "a_look_by_hand"
VARIABLE = "KEY_OF_A_LOOK_BY_HAND"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, polyai: Simulator, polyai_url: str) -> Path:
    """A Dagster project on the simulator, in which the test stands; the hotel had two conversations that day."""
    silence(polyai, DAY1)
    talk(polyai, "one", seconds=3)
    talk(polyai, "[red]chat\x1b[2J", channel="WEBCHAT")
    defs = tmp_path / MODULE / "defs" / "polyai"
    defs.mkdir(parents=True)
    (tmp_path / MODULE / "__init__.py").touch()
    (tmp_path / MODULE / "definitions.py").write_text(DEFINITIONS)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT.replace("calls_of_a_command_line", MODULE))
    options = f"      base_url: {polyai_url}\n      agents_base_url: {polyai_url}\n      max_attempts: 1\n"
    (defs / "defs.yaml").write_text(DEFS.replace("KEY_OF_A_COMMAND_LINE", VARIABLE) + options)
    monkeypatch.setenv(VARIABLE, HOTEL.api_key)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["agent", *arguments])


def test_the_newest_conversations_are_listed():
    result = run("list", HOTEL.key, "--limit", "5")
    assert result.exit_code == 0, result.output
    assert "VOICE-SIP" in result.output
    assert result.output.splitlines()[-1].startswith("5 of ")


def test_the_records_are_there_for_programs_too():
    result = run("list", HOTEL.key, "--limit", "3", "--json")
    records = [json.loads(line) for line in result.output.splitlines()]
    assert len(records) == 3
    assert all(record["conversationId"] for record in records)


def test_a_detail_is_printed_as_json():
    result = run("get", HOTEL.key, "one")
    assert json.loads(result.output)["conversationId"] == "one"


def test_no_id_moves_the_cursor_or_colours_the_screen():
    result = run("get", HOTEL.key, "[red]chat\x1b[2J")
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output


def test_a_recording_is_written_redacted_to_a_file_of_a_safe_name(root: Path):
    result = run("audio", HOTEL.key, "one")
    assert result.exit_code == 0, result.output
    (file,) = root.glob("*.wav")
    assert result.output == f"{file.name}: 3.0 s, 0.02 MB\n"
    assert b"combined, redacted" in file.read_bytes()


def test_a_recording_is_written_as_it_was_asked_for(root: Path):
    result = run("audio", HOTEL.key, "one", "--out", "a.wav", "--direction", "user", "--not-redacted")
    assert result.exit_code == 0, result.output
    with (root / "a.wav").open("rb") as file:
        assert read_wav(file).duration == 3.0
    assert b"user, not redacted" in (root / "a.wav").read_bytes()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("cut_wav", {"share": 0.001}, times=None, call="audio"), "what came is not kept: it holds no sound"),
        (Fault("cut_body", times=None, call="audio"), "broke off"),
        (Fault("html_page", times=None, call="audio"), "text in place of audio"),
        (Fault("no_recording", times=None, call="audio"), "There is no recording of this conversation"),
        (Fault("error", {"status": 401}, times=None), f"The key in environment variable {VARIABLE} was refused"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_one_line_and_no_file_is_left(
    polyai: Simulator, root: Path, fault: Fault, told: str
):
    polyai.faults.add(fault)
    result = run("audio", HOTEL.key, "one")
    assert result.exit_code == 1
    assert told in result.output
    assert len(result.output.splitlines()) == 1
    assert not list(root.glob("*.wav"))
    assert HOTEL.api_key not in result.output


def test_a_file_that_was_there_stays_when_there_is_no_recording(root: Path):
    (root / "a.wav").write_bytes(b"before")
    assert run("audio", HOTEL.key, "[red]chat\x1b[2J", "--out", "a.wav").exit_code == 1
    assert (root / "a.wav").read_bytes() == b"before"


def test_an_unknown_project_and_an_unknown_conversation_are_told():
    assert "no project us-1/acme/none is configured" in run("get", "us-1/acme/none", "one").output
    assert "has no such conversation" in run("get", HOTEL.key, "nobody").output
