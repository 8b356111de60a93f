"""`polyai doctor` as a list for people, and as JSON for programs."""

from collections.abc import Sequence
from itertools import groupby

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from polyai_assets.doctor.check import Colour, Diagnosis, Line
from polyai_assets.machine.wide import console_of_output, print_text, wrap_text

_INDENT = "  "
_SIGNS = {Colour.GREEN: "ok", Colour.YELLOW: "!!", Colour.RED: "XX"}


class _Shown(msgspec.Struct):
    subject: str
    check: str
    verdict: Colour
    says: str
    next_step: str


def print_lines_json(lines: Sequence[Line]) -> None:
    """Print the lines as a JSON list."""
    shown = [
        _Shown(
            line.subject, line.finding.check, line.finding.verdict, line.finding.says, line.finding.next_step
        )
        for line in lines
    ]
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))


def print_lines(lines: Sequence[Line]) -> None:
    """Print the lines by subject, each with its sign, and the next step below."""
    console = console_of_output()
    width = max(len(line.finding.check) for line in lines)
    for subject, listed in groupby(lines, key=lambda line: line.subject):
        print_text(console, subject, style="bold")
        for line in listed:
            _print_finding(console, line.finding, width)
    reds, yellows = (
        sum(line.finding.verdict is verdict for line in lines) for verdict in (Colour.RED, Colour.YELLOW)
    )
    summary = f"{reds} red, {yellows} yellow, {len(lines) - reds - yellows} green"
    print_text(console, summary, style="red" if reds else "yellow" if yellows else "green")


def _print_finding(console: Console, finding: Diagnosis, width: int) -> None:
    first = f"{_INDENT}{_SIGNS[finding.verdict]}{_INDENT}{finding.check:{width}}{_INDENT}"
    others = " " * len(first) if len(first) < console.width // 2 else _INDENT * 3
    says = Text("\n".join(wrap_text(console, finding.says, first, others)))
    says.stylize(finding.verdict.value, len(_INDENT), len(_INDENT + _SIGNS[finding.verdict]))
    console.print(says, soft_wrap=True)
    for line in wrap_text(console, finding.next_step, f"{others}-> ", f"{others}   "):
        console.print(escape(line), soft_wrap=True)
