"""Writing Markdown: tables, and texts that are to be read as texts."""

import re
from collections.abc import Iterable, Sequence


def grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table. The cells are Markdown: a text that may hold anything goes through `escaped` or `code`."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def escaped(text: str) -> str:
    """Keep Markdown from reading a text as anything but text."""
    return re.sub(r"([\\`*<|])", r"\\\1", text)


def code(text: str) -> str:
    """Show a text in one line and literally, to be copied; what no line can show is replaced."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")
