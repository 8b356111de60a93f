"""`polyai doctor` as a list for people, and as JSON for programs."""

from collections.abc import Sequence
from itertools import groupby

import click
import msgspec

from polyai_assets.doctor.check import Line
from polyai_assets.doctor.finding import Verdict

_SIGNS = {Verdict.GREEN: "ok", Verdict.YELLOW: "!!", Verdict.RED: "XX"}


class _Shown(msgspec.Struct):
    subject: str
    check: str
    verdict: Verdict
    says: str
    next_step: str


def print_lines_json(lines: Sequence[Line]) -> None:
    """Print the lines as a JSON list."""
    shown = [
        _Shown(one.subject, one.finding.check, one.finding.verdict, one.finding.says, one.finding.next_step)
        for one in lines
    ]
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))


def print_lines(lines: Sequence[Line]) -> None:
    """Print the lines by subject, each with its sign, and the next step below."""
    width = max(len(one.finding.check) for one in lines)
    for subject, listed in groupby(lines, key=lambda one: one.subject):
        click.secho(subject, bold=True)
        for one in listed:
            finding = one.finding
            sign = click.style(_SIGNS[finding.verdict], fg=finding.verdict.value)
            click.echo(f"  {sign}  {finding.check:{width}}  {finding.says}")
            if finding.next_step:
                click.echo(f"      {'':{width}}  -> {finding.next_step}")
    reds, yellows = (
        sum(one.finding.verdict is verdict for one in lines) for verdict in (Verdict.RED, Verdict.YELLOW)
    )
    summary = f"{reds} red, {yellows} yellow, {len(lines) - reds - yellows} green"
    click.secho(summary, fg="red" if reds else "yellow" if yellows else "green")
