"""Whether a project is ready to migrate, for people to read, and as JSON for programs."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

import click
import msgspec

from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import WHOLE_TURN
from polyai_assets.migration.readiness import Difference, Readiness
from polyai_assets.raw.remedies import backfill_commands
from polyai_assets.raw.windows import spans


def print_readiness_json(found: Readiness) -> None:
    """Print it as a JSON object."""
    click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))


def print_readiness(found: Readiness) -> None:
    """Print what was compared, what is as expected, what to look at, and last whether it is ready."""
    click.secho(
        f"{found.project}: {found.old_version} and {found.new_version}, {found.first} to {found.last}",
        bold=True,
    )
    flying = f"; {found.in_flight:,} more in flight, not judged" if found.in_flight else ""
    click.echo(
        f"  {_number(found.days_compared, 'day')} compared: {_number(found.conversations, 'conversation')}, "
        f"{found.equal:,} of them equal in every field{flying}"
    )
    for verdict, listed in groupby(sorted(found.expected, key=_verdict), key=_verdict):
        click.echo(f"  as expected, {verdict}: {', '.join(difference.path for difference in listed)}")
    for difference in found.to_look_at:
        _print(difference)
    if found.days_not_compared:
        missing = _number(len(found.days_not_compared), "day")
        click.secho(f"  not compared: {missing}, {_ranges(found.days_not_compared)}", fg="yellow")
    if found.ready:
        click.secho(f"ready to migrate from {found.old_version} to {found.new_version}", fg="green")
    else:
        click.secho(f"not ready: {'; '.join(_reasons(found))}", fg="red")
        for command in backfill_commands(found.project, found.days_not_compared, "--compare"):
            click.echo(f"  {command}")


def _print(difference: Difference) -> None:
    grave = difference.severity == Severity.ERROR.value
    noun = _noun(difference.path)
    when = (
        f"on {difference.first}"
        if difference.first == difference.last
        else f"{difference.first} to {difference.last}"
    )
    click.secho(
        f"  {'!' if grave else '?'} {difference.path}: {difference.verdict}", fg="red" if grave else "yellow"
    )
    click.echo(f"      {difference.count:,} of {_number(difference.total, noun)}, {when}")
    click.echo(
        f"      for example {_printable(difference.example_conversation_id)}: {_printable(difference.example)}"
    )


def _reasons(found: Readiness) -> Iterable[str]:
    if found.to_look_at:
        yield f"{_number(len(found.to_look_at), 'difference')} to look at"
    if found.days_not_compared:
        yield f"{_number(len(found.days_not_compared), 'day')} to compare"
    elif not found.conversations:
        yield "there was no conversation to judge"


def _noun(path: str) -> str:
    if path.startswith(WHOLE_TURN):
        return "turn"
    return "conversation" if path == WHOLE_RECORD else "value"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _verdict(difference: Difference) -> str:
    return difference.verdict


def _ranges(days: Sequence[date]) -> str:
    """Name days, those that follow one another as a range."""
    return ", ".join(map(str, spans(list(days))))


def _printable(text: str) -> str:
    """Keep what an id may hold from steering a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
