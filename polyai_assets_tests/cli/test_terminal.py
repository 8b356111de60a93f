"""The command line on terminals and machines as they are: no command ends in a stack for what a person can mend."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from polyai_assets.cli import errors as cli_errors
from polyai_assets.cli.main import main
from polyai_assets.machine.secrets import SECRETS
from polyai_assets.raw.conversations.unsettled import note_failed
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.cli.test_main import DAY, MODULE, PROJECT, root, store

__all__ = ["root", "store"]

PROGRAM = [sys.executable, "-c", "from polyai_assets.cli.main import main; main()"]
EVERY_LOOK = [["status"], ["status", "--json"], ["plan"], ["drift"], ["drift", "--json"], ["write-back"]]


@pytest.fixture(autouse=True)
def this_terminal() -> Iterator[None]:
    hook = sys.excepthook
    yield
    sys.excepthook = hook


def polyai(*arguments: str, charset: str = "utf-8") -> Result:
    return CliRunner(charset=charset).invoke(main, [*arguments])


@pytest.mark.parametrize(
    ("charset", "arguments"),
    [*(("ascii", look) for look in EVERY_LOOK), ("cp1252", ["status"]), ("latin-1", ["status"])],
)
def test_what_a_terminal_cannot_show_is_replaced(store: RawStore, charset: str, arguments: list[str]):
    note_failed(store, Partition(PROJECT, DAY), "the key was 🦒 refused", datetime(2026, 1, 6, 8, tzinfo=UTC))
    result = polyai(*arguments, charset=charset)
    assert not isinstance(result.exception, UnicodeError)
    assert "Traceback" not in result.output
    if arguments == ["status"]:
        assert "the key was ? refused" in " ".join(result.output.split())
        assert "us-1/acme/hotel-bot" in result.output


def test_json_is_utf_8_whatever_the_terminal(store: RawStore):
    note_failed(store, Partition(PROJECT, DAY), "the key was 🦒 refused", datetime(2026, 1, 6, 8, tzinfo=UTC))
    assert "the key was 🦒 refused".encode() in polyai("status", "--json", charset="ascii").stdout_bytes


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda file: file.write_text("# schlüssel\nA=b\n", encoding="latin-1"),
            "is no text in UTF-8, as line 1 shows",
        ),
        (lambda file: file.write_text("A=b\n", encoding="utf-16"), "is no text in UTF-8, as line 1 shows"),
        (lambda file: file.mkdir(), "is a folder where a file must be"),
    ],
)
@pytest.mark.parametrize("name", [".env", f"{MODULE}/defs/polyai/defs.yaml"])
def test_a_file_that_is_no_text_is_named_in_one_line(
    root: Path, make: Callable[[Path], object], says: str, name: str
):
    file = root / name
    file.unlink(missing_ok=True)
    make(file)
    result = polyai("status")
    assert result.exit_code == 1
    assert f"{name} {says}" in result.output
    assert result.output.count("\n") == 1


def test_a_mark_at_the_beginning_of_a_file_is_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("KEY_OF_A_COMMAND_LINE")
    (root / ".env").write_text("KEY_OF_A_COMMAND_LINE=from-a-file\n", encoding="utf-8-sig")
    file = root / MODULE / "defs" / "polyai" / "defs.yaml"
    file.write_text(file.read_text(), encoding="utf-8-sig")
    try:
        assert polyai("status").exit_code == 0
        assert os.environ["KEY_OF_A_COMMAND_LINE"] == "from-a-file"
    finally:
        os.environ.pop("KEY_OF_A_COMMAND_LINE", None)


def test_a_python_environment_of_that_name_is_passed_over(root: Path):
    (root / ".env").mkdir()
    (root / ".env" / "pyvenv.cfg").touch()
    assert polyai("status").exit_code == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"[tool.dg\n", "is no TOML"), (b"\xef\xbb\xbf[tool.dg]\n", "save it as UTF-8 without BOM")],
)
def test_a_project_file_that_cannot_be_read_is_told(root: Path, content: bytes, says: str):
    (root / "pyproject.toml").write_bytes(content)
    result = polyai("status")
    assert result.exit_code == 1
    assert "pyproject.toml" in result.output
    assert says in result.output


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied", "/root/data"), "Error: /root/data: Permission denied\n"),
        (OSError(28, "No space left on device"), "Error: No space left on device\n"),
        (
            FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"),
            "Error: No usable temporary",
        ),
    ],
)
def test_what_the_system_refuses_is_one_line(error: OSError, says: str):
    @click.group(cls=cli_errors.PlainGroup)
    def group() -> None: ...

    @group.command()
    def fail() -> None:
        raise error

    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.output.startswith(says)) == (1, True)


def test_a_bug_keeps_its_traceback_without_secrets(capsys: pytest.CaptureFixture[str]):
    SECRETS.keep("otter-77x")
    cli_errors.prepare_terminal()
    try:
        int("otter-77x")
    except ValueError:
        sys.excepthook(*sys.exc_info())
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "invalid literal for int() with base 10: '***'" in shown


@pytest.mark.parametrize(
    "command", [["accept", "us-1/acme/hotel-bot", "2026-01-05", "--why", "so"], ["note", "p", "c", "t"]]
)
def test_a_user_whom_the_system_does_not_know_is_asked_for_a_name(
    root: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
):
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", unknown)
    result = polyai(*command)
    assert result.exit_code == 2
    assert "say who you are" in result.output


@pytest.mark.slow
@pytest.mark.parametrize(
    "shell", ["{} --help >&-", "{} --help 2>&- >&-", "{} --help <&- | true", "{} --help | head -n 1"]
)
def test_an_output_that_is_closed_or_not_read_ends_without_a_stack(shell: str):
    program = f"{sys.executable} -c 'from polyai_assets.cli.main import main; main()'"
    done = subprocess.run(["bash", "-c", shell.format(program)], capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.slow
def test_a_full_disk_behind_the_output_is_one_line():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("variable", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_are_left_out_where_they_are_not_wanted(
    monkeypatch: pytest.MonkeyPatch, variable: dict[str, str]
):
    @click.group(cls=cli_errors.PlainGroup)
    def group() -> None: ...

    @group.command()
    def show() -> None:
        click.secho("red", fg="red")

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(group, ["show"], color=True).output == "red\n"


def test_a_demo_that_cannot_write_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("polyai_assets.demo.project.demo_project", lambda start: tmp_path / "nowhere")
    result = polyai("demo")
    assert result.exit_code == 1
    assert "nowhere/data cannot be written to: No such file or directory" in result.output
