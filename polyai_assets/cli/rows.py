"""Printing rows of the copy for a person, in the widest form that a terminal has room for.

A table with lines; one without them, whose headings are broken at underscores; such a table of the columns in which
rows differ, below what rows that follow one another share; else a block a row.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from polyai_assets.machine.wide import console_of_output, fits, print_rows
from polyai_assets.marts.query_result import QueryResult, plain_text

_DIGITS = 3
_FEWEST_LEFT = 2
"""Columns that a table keeps at least."""

Cells = Sequence[str]


def print_result(result: QueryResult) -> None:
    """Print rows; numbers stand on the right, and with three digits behind the point."""
    if not result.columns:
        return
    console = console_of_output()
    rows = [[escape(_shown(value)) for value in row] for row in result.rows]
    names = [escape(name) for name in result.columns]
    numeric = [any(isinstance(row[place], int | float) for row in result.rows) for place in range(len(names))]
    whole = _table(names, numeric, rows)
    if fits(console, whole):
        console.print(whole)
        return
    for shared in range(len(names) - _FEWEST_LEFT + 1):
        lean = _lean(names[shared:], numeric[shared:], [row[shared:] for row in rows])
        if shared and not _is_shared(rows, shared):
            break
        if fits(console, lean):
            _print_groups(console, names, numeric, rows, shared)
            return
    print_rows(console, whole)


def _is_shared(rows: Sequence[Cells], shared: int) -> bool:
    """Tell whether rows that follow one another mostly have the same in their first columns."""
    return 2 * sum(1 for _ in _groups(rows, shared)) <= len(rows)


def _groups(rows: Sequence[Cells], shared: int) -> Iterator[tuple[Cells, list[Cells]]]:
    for key, listed in groupby(rows, lambda row: tuple(row[:shared])):
        yield key, [row[shared:] for row in listed]


def _print_groups(
    console: Console, names: Cells, numeric: Sequence[bool], rows: Sequence[Cells], shared: int
) -> None:
    widths = [
        max(
            len(line)
            for row in ([_broken(name)], *([row[place]] for row in rows))
            for line in row[0].split("\n")
        )
        for place, name in enumerate(names)
    ][shared:]
    for key, listed in _groups(rows, shared):
        if key:
            said = [
                f"{name} {cell}" if place else cell
                for place, (name, cell) in enumerate(zip(names, key, strict=False))
                if cell
            ]
            console.print(f"[bold]{', '.join(said)}[/]", soft_wrap=True)
        console.print(_lean(names[shared:], numeric[shared:], listed, widths))


def _table(names: Cells, numeric: Sequence[bool], rows: Sequence[Cells]) -> Table:
    table = Table()
    for name, is_number in zip(names, numeric, strict=True):
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _lean(
    names: Cells, numeric: Sequence[bool], rows: Sequence[Cells], widths: Sequence[int] | None = None
) -> Table:
    """Make a table without lines between columns, as narrow as its cells."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for place, (name, is_number) in enumerate(zip(names, numeric, strict=True)):
        table.add_column(
            _broken(name),
            justify="right" if is_number else "left",
            vertical="bottom",
            no_wrap=True,
            min_width=widths[place] if widths else None,
        )
    for row in rows:
        table.add_row(*row)
    return table


def _broken(name: str) -> str:
    return name.replace("_", "_\n")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.{_DIGITS}f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return plain_text(value)
