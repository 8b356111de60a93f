"""`polyai doctor` as a list for people, and as JSON for programs."""

from collections.abc import Sequence
from itertools import groupby

import click
import msgspec

from polyai_assets.doctor.check import Colour, Line

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
    width = max(len(line.finding.check) for line in lines)
    for subject, listed in groupby(lines, key=lambda line: line.subject):
        click.secho(subject, bold=True)
        for line in listed:
            finding = line.finding
            sign = click.style(_SIGNS[finding.verdict], fg=finding.verdict.value)
            click.echo(f"  {sign}  {finding.check:{width}}  {finding.says}")
            if finding.next_step:
                click.echo(f"      {'':{width}}  -> {finding.next_step}")
    reds, yellows = (
        sum(line.finding.verdict is verdict for line in lines) for verdict in (Colour.RED, Colour.YELLOW)
    )
    summary = f"{reds} red, {yellows} yellow, {len(lines) - reds - yellows} green"
    click.secho(summary, fg="red" if reds else "yellow" if yellows else "green")
