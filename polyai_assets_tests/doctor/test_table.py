"""What a person sees of `polyai doctor`, on terminals of any width."""

from collections.abc import Callable

import pytest

from polyai_assets.doctor.check import Line, green, red, yellow
from polyai_assets.doctor.table import print_lines

LONG = "the user loader may not write to the table polyai.polyai_delivery_log, which a delivery needs to do"
GRANT = "GRANT INSERT, UPDATE, DELETE ON polyai.polyai_delivery_log TO loader"
LINES = [
    Line("this machine", green("packages", "all there, [as] pinned")),
    Line("platform", red("delivery", LONG, GRANT)),
    Line("platform", yellow("Dagster daemon", "it does not run", "make dev")),
]

See = Callable[[int | None], str]


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> See:
    """Show the lines on a terminal with so many columns, or where there is none."""

    def see(columns: int | None) -> str:
        if columns is not None:
            monkeypatch.setenv("FORCE_COLOR", "1")
            monkeypatch.setenv("TERM", "xterm")
            monkeypatch.setenv("NO_COLOR", "1")
            monkeypatch.setenv("COLUMNS", str(columns))
        print_lines(LINES)
        return capsys.readouterr().out.replace("\x1b[1m", "").replace("\x1b[0m", "")

    return see


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_finding_is_wrapped_between_words_and_nothing_is_cut(see: See, columns: int):
    seen = see(columns)
    assert max(map(len, seen.splitlines())) <= columns
    words = " ".join(seen.split())
    assert all(
        said in words for said in ("all there, [as] pinned", LONG, f"-> {GRANT}", "1 red, 1 yellow, 1 green")
    )


def test_what_is_said_and_what_to_do_stand_in_a_column_of_their_own(see: See):
    lines = see(80).splitlines()
    start = lines[1].index("all there")
    assert lines[3].index("the user loader") == lines[5].index("->") == start
    assert lines[4][:start].strip() == ""


def test_where_there_is_no_terminal_a_finding_is_a_line_that_a_program_can_look_for(see: See):
    assert see(None) == (
        "this machine\n"
        "  ok  packages        all there, [as] pinned\n"
        "platform\n"
        f"  XX  delivery        {LONG}\n"
        f"                      -> {GRANT}\n"
        "  !!  Dagster daemon  it does not run\n"
        "                      -> make dev\n"
        "1 red, 1 yellow, 1 green\n"
    )
