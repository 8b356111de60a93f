"""What every command tells of itself, and what a shell completes."""

import os
import pty
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from polyai_assets.cli.main import main
from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working
from polyai_assets.workspace import written_keys
from polyai_assets_tests.cli.test_main import DEFS, MODULE, root

__all__ = ["root"]


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give every command and group with the words that lead to it."""
    yield path, command
    for name, below in command.commands.items() if isinstance(command, click.Group) else ():
        yield from commands(below, (*path, name))


COMMANDS = dict(commands())
GROUPS = [path for path, one in COMMANDS.items() if isinstance(one, click.Group)]


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments], terminal_width=80)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_explains_itself_by_both_options_and_within_80_columns(path: tuple[str, ...]):
    assert shown(*path, "-h") == shown(*path, "--help")
    assert max(map(len, shown(*path, "-h").splitlines())) <= 80


@pytest.mark.parametrize("path", GROUPS)
def test_no_line_of_a_list_of_commands_is_cut(path: tuple[str, ...]):
    listed = shown(*path, "--help").partition("Commands:")[2]
    assert listed.count("\n") > 2
    assert "..." not in listed


@pytest.mark.parametrize("path", COMMANDS)
def test_a_project_and_a_day_are_taken_alike_everywhere(path: tuple[str, ...]):
    for one in COMMANDS[path].params:
        assert (one.name in ("project", "projects")) == isinstance(one.type, ProjectKey), one
        assert (one.name in ("day", "since", "until")) == isinstance(one.type, Day), one


def completed(*words: str, begun: str = "") -> list[str]:
    found = ShellComplete(main, {}, "polyai", "_POLYAI_COMPLETE").get_completions([*words], begun)
    return [one.value for one in found]


@pytest.mark.usefixtures("root")
def test_a_shell_completes_commands_projects_and_days():
    assert completed(begun="st") == ["status"]
    assert completed("drift", begun="us") == ["us-1/acme/hotel-bot"]
    assert completed("drift", begun="uk") == []
    assert completed("plan", "--since", begun="y") == ["yesterday"]


def test_projects_are_completed_from_whatever_can_be_read_of_the_configuration(root: Path):
    folder = root / MODULE / "defs"
    (folder / "polyai" / "defs.yaml").write_text(
        f'---\n{DEFS}---\n{DEFS.replace("hotel-bot", "bank")}---\n{DEFS.replace("acme", """"{{ env.X }}" """)}'
    )
    for name, text in (
        ("broken", "a: [\n"),
        ("other", "type: else\n"),
        ("list", "- 1\n"),
        ("odd", "attributes: {projects: [1, {region: 2}]}\n"),
    ):
        (folder / name).mkdir()
        (folder / name / "defs.yaml").write_text(text)
    assert written_keys(root) == ["us-1/acme/bank", "us-1/acme/hotel-bot"]


def test_what_stands_under_defaults_belongs_to_the_keys(root: Path):
    (root / MODULE / "defs" / "short").mkdir()
    (root / MODULE / "defs" / "short" / "defs.yaml").write_text(
        "attributes: {defaults: {region: us-1, account_id: acme}, projects: [{project_id: bank}]}"
    )
    assert "us-1/acme/bank" in written_keys(root)


def test_outside_of_a_project_nothing_is_completed(tmp_path: Path):
    assert written_keys(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_lines_for_a_shell_are_printed(shell: str):
    assert f"_POLYAI_COMPLETE={shell}_complete" in shown("completion", shell)


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, term: str) -> str:
    """Work on a terminal of this kind, and give what is seen."""
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("NO_COLOR", raising=False)
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream, monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", stream)
        with working("Asking PolyAI"):
            pass
        stream.write("over\n")
        stream.flush()
        seen = ""
        while "over" not in seen:
            seen += os.read(controller, 10_000).decode()
    os.close(controller)
    return seen


def test_a_terminal_shows_what_is_being_worked_on(monkeypatch: pytest.MonkeyPatch):
    seen = on_a_terminal(monkeypatch, "xterm")
    assert "Asking PolyAI …" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)


def test_what_is_no_terminal_sees_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    assert on_a_terminal(monkeypatch, "dumb") == "over\r\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    with working("Asking PolyAI"):
        pass
    assert capsys.readouterr() == ("", "")
