"""`polyai status` as a table for people, and as JSON for programs."""

from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from polyai_assets.status.standing import ProjectStatus, named

WIDTH = 140
"""Columns, where the output is no terminal."""


def print_json(statuses: Sequence[ProjectStatus]) -> None:
    """Print the statuses as a JSON list."""
    click.echo(msgspec.json.format(msgspec.json.encode(list(statuses)), indent=2))


def print_table(statuses: Sequence[ProjectStatus]) -> None:
    """Print a line per project, and below it what is wrong."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    table = Table()
    for column in (
        "project",
        "last complete day",
        "last fetch",
        "unsettled",
        "oldest open",
        "red",
        "stale",
        "proof",
        "next look",
    ):
        table.add_column(column, no_wrap=True)
    now = datetime.now(UTC)
    for one in statuses:
        table.add_row(
            one.project,
            str(one.last_complete or "none"),
            _moment(one.last_fetch),
            str(one.unsettled),
            _moment(one.oldest_open),
            f"[red]{len(one.red)}[/]" if one.red else "0",
            f"[yellow]{len(one.stale)}[/]" if one.stale else "0",
            _proof(one),
            "now" if one.next_look and one.next_look <= now else _moment(one.next_look),
        )
    console.print(table)
    for one in statuses:
        for problem in one.problems:
            console.print(f"[red]{one.project}[/]: {escape(problem)}")
        if one.never_fetched:
            console.print(
                f"{one.project}: never fetched: {named(one.never_fetched)}. Materialize them if you want them"
            )
    if not any(one.problems for one in statuses):
        console.print("[green]every project is current[/]")


def _proof(one: ProjectStatus) -> str:
    if one.unproven:
        return f"[yellow]{len(one.unproven)} unproven[/]"
    return one.proof.partition(" (")[0] or "-"


def _moment(at: datetime | None) -> str:
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
