"""Rows of the copy on terminals of any width: the widest form that there is room for, and nothing is cut."""

import io

import pytest
from rich.console import Console

from polyai_assets.cli import rows as printing
from polyai_assets.cli.rows import print_result
from polyai_assets.marts.query_result import QueryResult

COLUMNS = ("project", "site", "calls_before", "containment", "state")
ROWS = [
    ("uk-1/acme/reception", "north", 1234, 0.75, "provisional"),
    ("uk-1/acme/reception", "south", 7, None, ""),
    ("us-1/acme/hotel-bot", "north", 12, 0.5, "[bold]"),
    ("us-1/acme/hotel-bot", "east", 12, 0.25, ""),
]


def shown(monkeypatch: pytest.MonkeyPatch, width: int, rows: list[tuple[object, ...]] = ROWS) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    monkeypatch.setattr(printing, "console_of_output", lambda: console)
    print_result(QueryResult(COLUMNS, rows))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_a_wide_terminal_shows_a_table_with_lines(monkeypatch: pytest.MonkeyPatch):
    assert "│ uk-1/acme/reception │ north │        1,234 │       0.750 │ provisional │" in shown(
        monkeypatch, 120
    )


def test_one_that_is_narrower_shows_it_without_them_and_with_broken_headings(monkeypatch: pytest.MonkeyPatch):
    assert shown(monkeypatch, 66).splitlines() == [
        "                            calls_",
        "project              site   before  containment  state",
        "─" * 60,
        "uk-1/acme/reception  north   1,234        0.750  provisional",
        "uk-1/acme/reception  south       7",
        "us-1/acme/hotel-bot  north      12        0.500  [bold]",
        "us-1/acme/hotel-bot  east       12        0.250",
    ]


def test_one_that_is_narrower_still_says_once_what_rows_share(monkeypatch: pytest.MonkeyPatch):
    first, _, headings, *rest = shown(monkeypatch, 50).splitlines()
    assert first == "uk-1/acme/reception"
    assert headings.split() == ["site", "before", "containment", "state"]
    assert rest[1:] == [
        "north   1,234        0.750  provisional",
        "south       7",
        "us-1/acme/hotel-bot",
        "       calls_",
        "site   before  containment  state",
        rest[0],
        "north      12        0.500  [bold]",
        "east       12        0.250",
    ]


def test_where_rows_share_nothing_each_is_a_block(monkeypatch: pytest.MonkeyPatch):
    lines = shown(monkeypatch, 50, [ROWS[0], ROWS[2]]).splitlines()
    assert lines[:2] == ["uk-1/acme/reception", "    site          north"]


@pytest.mark.parametrize("width", [10, 30, 45, 60, 80, 200])
def test_no_value_is_cut(monkeypatch: pytest.MonkeyPatch, width: int):
    seen = shown(monkeypatch, width)
    assert all(text in seen for text in ("uk-1/acme/reception", "1,234", "0.750", "provisional", "[bold]"))
