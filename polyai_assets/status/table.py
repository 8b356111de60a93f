"""`polyai status` for people, as wide as their terminal is, and as JSON for programs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from polyai_assets.machine.wide import console_of_output, fits, print_text
from polyai_assets.raw.remedies import backfill_commands
from polyai_assets.status.deliveries import DeliveryStatus
from polyai_assets.status.problem import CURRENT, MEANINGS, PROVISIONAL, RED, UNSETTLED, StatusProblem, named
from polyai_assets.status.standing import ProjectStatus

_INDENT = "  "

Cell = Callable[[ProjectStatus, datetime], str]


def print_json(statuses: Sequence[ProjectStatus], deliveries: Sequence[DeliveryStatus] = ()) -> None:
    """Print the statuses as a JSON list; each project has its deliveries."""
    shown = [
        msgspec.to_builtins(status)
        | {
            "word": status.word,
            "problems": status.problems,
            "deliveries": [
                msgspec.to_builtins(delivery) for delivery in deliveries if delivery.project == status.project
            ],
        }
        for status in statuses
    ]
    click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))


def print_statuses(
    statuses: Sequence[ProjectStatus], now: datetime, deliveries: Sequence[DeliveryStatus] = ()
) -> None:
    """Print how projects stand, the worst first: a line each, what needs a person, and what the words mean.

    Where the terminal has no room for a line with all that is essential, each project is a block.
    """
    console = console_of_output()
    ordered = sorted(statuses, key=_urgency)
    table = _widest(console, ordered, now)
    shown = {word for status in ordered for word in _words(status)} | {UNSETTLED}
    if table is not None:
        console.print(table)
        console.print()
    elif any(status.provisional for status in ordered):
        shown.add(PROVISIONAL)
    for status in ordered:
        if table is None:
            _print_block(console, status, now)
        elif status.causes or status.never_fetched or status.kept_from:
            print_text(console, status.project, style="bold")
        for cause in status.causes:
            _print_problem(console, cause)
        if status.kept_from:
            _print_kept(console, status.kept_from)
        if status.never_fetched:
            print_text(console, f"never fetched: {named(status.never_fetched)}; if you want them", _INDENT)
            _print_commands(console, backfill_commands(status.project, status.never_fetched))
    _print_deliveries(console, deliveries)
    if not any(status.causes for status in ordered):
        console.print("[green]every project is current[/]")
    _print_meanings(console, shown)


def _print_kept(console: Console, kept_from: Mapping[str, date]) -> None:
    """Print which days of each layer are gone: a line a layer."""
    print_text(console, "retired, and not fetched again by itself:", _INDENT)
    width = max(map(len, kept_from))
    for layer, first in kept_from.items():
        print_text(console, f"{layer:{width}}  of days before {first}", _INDENT * 2)


def _print_deliveries(console: Console, deliveries: Sequence[DeliveryStatus]) -> None:
    for project in dict.fromkeys(delivery.project for delivery in deliveries):
        print_text(console, f"{project} in its targets", style="bold")
        for delivery in deliveries:
            if delivery.project == project:
                colour = "red" if delivery.needs_a_person else "yellow" if delivery.lacking else None
                print_text(console, delivery.line, _INDENT, style=colour)
                _print_commands(console, delivery.commands)


def needs_a_person(statuses: Sequence[ProjectStatus], deliveries: Sequence[DeliveryStatus] = ()) -> bool:
    """Tell whether anything does not become right by itself, or has gone wrong."""
    return any(status.causes for status in statuses) or any(
        delivery.needs_a_person for delivery in deliveries
    )


def _urgency(status: ProjectStatus) -> int:
    return 0 if status.red else 1 if status.causes else 2


def _words(status: ProjectStatus) -> list[str]:
    return list(dict.fromkeys(cause.word for cause in status.causes)) or [CURRENT]


def _state(status: ProjectStatus, _: datetime) -> str:
    """Say in a few words how a project stands: `2 red, 1 stale`."""
    counts = {
        word: sum(cause.count for cause in status.causes if cause.word == word) for word in _words(status)
    }
    said = ", ".join(f"{count} {word}" if count else word for word, count in counts.items())
    return f"[{'red' if status.red else 'yellow' if status.causes else 'green'}]{said}[/]"


_ESSENTIAL: dict[str, Cell] = {
    "project": lambda status, _: f"[red]{status.project}[/]" if status.red else status.project,
    "state": _state,
    "complete to": lambda status, _: str(status.last_complete or "none"),
    UNSETTLED: lambda status, _: str(status.unsettled),
    "next look": lambda status, now: _until(status.next_look, now),
}
_MORE: dict[str, Cell] = {
    "last fetch": lambda status, _: _moment(status.last_fetch),
    "newest proof": lambda status, _: status.proof.partition(" (")[0] or "-",
    "open since": lambda status, _: _moment(status.oldest_open),
}
"""What is shown beside as long as there is room."""


def _widest(console: Console, statuses: Sequence[ProjectStatus], now: datetime) -> Table | None:
    """Make the table with as many columns as there is room for; None where not even the essential ones fit."""
    more = list(_MORE.items())
    for number in range(len(more), -1, -1):
        table = _table(statuses, _ESSENTIAL | dict(more[:number]), now)
        if fits(console, table):
            return table
    return None


def _table(statuses: Sequence[ProjectStatus], columns: dict[str, Cell], now: datetime) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column == UNSETTLED else "left")
    for status in statuses:
        table.add_row(*(cell(status, now) for cell in columns.values()))
    return table


def _print_block(console: Console, status: ProjectStatus, now: datetime) -> None:
    print_text(console, status.project, style="bold red" if status.red else "bold")
    provisional = f", {len(status.provisional)} {PROVISIONAL}" if status.provisional else ""
    for name, cell in (_ESSENTIAL | _MORE).items():
        if name == "project":
            continue
        said = cell(status, now) + (provisional if name == UNSETTLED else "")
        console.print(f"{_INDENT}{name:12}  {said}", soft_wrap=True)


def _print_problem(console: Console, cause: StatusProblem) -> None:
    print_text(
        console, f"{cause.word}: {cause.says}", _INDENT, style="red" if cause.word == RED else "yellow"
    )
    if cause.remedy:
        print_text(console, f"{cause.remedy}{':' if cause.commands else ''}", _INDENT * 2)
    _print_commands(console, cause.commands)


def _print_commands(console: Console, commands: Sequence[str]) -> None:
    """Print lines to type, each whole: a terminal that is too narrow wraps it so that it can be copied."""
    for command in commands:
        console.print(f"{_INDENT * 2}[bold]{escape(command)}[/]", soft_wrap=True)


def _print_meanings(console: Console, words: set[str]) -> None:
    console.print()
    for word, meaning in MEANINGS.items():
        if word in words:
            print_text(console, f"{word}: {meaning}", style="dim")


def _moment(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def _until(at: datetime | None, now: datetime) -> str:
    """Say in how long something comes."""
    if at is None:
        return "-"
    minutes = round((at - now).total_seconds() / 60)
    if minutes <= 0:
        return "now"
    return f"in {minutes} min" if minutes < 120 else f"in {round(minutes / 60)} h"
