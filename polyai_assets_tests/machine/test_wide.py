"""Tables on terminals of any width."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from polyai_assets.machine.wide import print_rows

ID = "CA4f551308cf7488ae21e0ba88b24c5ffd"


def shown(width: int) -> str:
    table = Table("id", "started", "handoff", title="Calls")
    table.add_row(ID, "2026-11-29T21:53:20Z", "no")
    table.add_row("[bold]total[/]")
    console = Console(file=io.StringIO(), width=width)
    print_rows(console, table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [20, 40, 70, 200])
def test_nothing_is_cut_whatever_the_width(width: int):
    seen = shown(width)
    assert all(word in seen for word in ("Calls", ID, "2026-11-29T21:53:20Z", "handoff", "no", "total"))


def test_a_row_is_a_line_where_there_is_room_and_else_a_block():
    assert f"\u2502 {ID} \u2502 2026-11-29T21:53:20Z \u2502 no      \u2502" in shown(80)
    assert shown(60) == f"Calls\n{ID}\n    started  2026-11-29T21:53:20Z\n    handoff  no\ntotal\n"
