"""Writing Markdown: tables, and texts that are to be read as texts."""

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table. The cells are Markdown: a text that may hold anything goes through `escaped` or `code`."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def rewrite_page(
    arguments: Sequence[str] | None, description: str, begin: str, render: Callable[[], str]
) -> None:
    """Replace what follows a line in the page that the arguments of a command name: the line stays.

    Exits with what is wrong if the page has no such line.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("page", type=Path, help="the page to write to, in docs")
    page: Path = parser.parse_args(arguments).page
    prose, mark, _ = page.read_text(encoding="utf-8").partition(begin)
    if not mark:
        parser.error(f"{page} has no line {begin.strip()!r}, behind which the tables go")
    page.write_text(f"{prose}{begin}\n{render()}", encoding="utf-8")


def escaped(text: str) -> str:
    """Keep Markdown from reading a text as anything but text."""
    return re.sub(r"([\\`*<|])", r"\\\1", text)


def code(text: str) -> str:
    """Show a text in one line and literally, to be copied; what no line can show is replaced."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")
