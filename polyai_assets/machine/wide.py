"""Tables and sentences on terminals of any width; nothing is cut.

A table has a line a row where there is room, else a block a row; a sentence is wrapped between its words.
"""

import textwrap

from rich.console import Console
from rich.markup import escape
from rich.table import Table

ANY_WIDTH = 10_000
"""Columns, where the output is no terminal: nothing is cut or wrapped that a program may look for."""

READABLE = 100
"""Columns of sentences there that are for people: in a mail of cron, in the log of a CI."""

_INDENT = "    "


def console_of_output() -> Console:
    """Give the console of the standard output, as wide as its terminal; where that is none, as wide as need be."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=ANY_WIDTH)


def readable_width(console: Console) -> int:
    """Give the columns that a sentence may have."""
    return console.width if console.is_terminal else min(console.width, READABLE)


def fits(console: Console, table: Table) -> bool:
    """Tell whether a console has room for a table with every cell in a line."""
    needed = console.measure(table, options=console.options.update(width=ANY_WIDTH)).maximum
    return needed <= console.width


def wrap_text(
    console: Console, text: str, first: str = "", others: str | None = None, *, width: int | None = None
) -> list[str]:
    """Wrap a text between words: `first` begins its first line, `others` (if there is none, `first`) the rest."""
    return textwrap.wrap(
        text,
        width or console.width,
        initial_indent=first,
        subsequent_indent=first if others is None else others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def print_text(console: Console, text: str, indent: str = "", style: str | None = None) -> None:
    """Print a text, wrapped between words to be read, in one style."""
    for line in wrap_text(console, text, indent, width=readable_width(console)):
        console.print(escape(line), style=style, soft_wrap=True)


def print_rows(console: Console, table: Table) -> None:
    """Print a table; where it does not fit, each row as its first cell and below it the others, named."""
    if fits(console, table):
        console.print(table)
        return
    if table.title:
        console.print(table.title, soft_wrap=True)
    names = [str(column.header) for column in table.columns]
    width = max(map(len, names[1:]))
    for first, *others in zip(*(column.cells for column in table.columns), strict=True):
        console.print(first, soft_wrap=True)
        for name, cell in zip(names[1:], others, strict=True):
            if cell:
                console.print(f"{_INDENT}{name:{width}}  {cell}", soft_wrap=True)
