"""What the demo shows when it is done: the figures of the days, and where to look next."""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from polyai_assets.checks.verdict import PROVISIONAL
from polyai_assets.configuration import PlatformConfig
from polyai_assets.demo.project import from_here, is_checkout
from polyai_assets.machine.wide import print_rows

WIDTH = 124
"""Columns, where the output is no terminal."""

Verdicts = Mapping[tuple[str, str], dg.AssetCheckEvaluation]


def show_result(console: Console, config: PlatformConfig, verdicts: Verdicts, days: int) -> None:
    """Show what is in the warehouse of the last days, and where to look next; `verdicts` are by project and check."""
    table = Table(title=f"The last {days} days", title_justify="left")
    for column in (
        "project",
        "conversations",
        "turns",
        "checks passed",
        "handoffs",
        "contained",
        "mean duration",
    ):
        table.add_column(column, justify="left" if column == "project" else "right", no_wrap=True)
    since = datetime.now(UTC).date() - timedelta(days=days - 1)
    query = resources.files("polyai_assets").joinpath("demo", "shown.sql").read_text()
    with duckdb.connect(config.warehouse, read_only=True) as connection:
        rows = connection.execute(query, [since]).fetchall()
    for project, conversations, turns, handoff_rate, contained, duration in rows:
        of_project = [verdict for (key, _), verdict in verdicts.items() if key == project]
        table.add_row(
            project,
            f"{conversations:,}",
            f"{turns:,}",
            _passed(of_project),
            f"{handoff_rate:.1%}",
            f"{contained:.1%}",
            f"{duration:.0f} s",
        )
    print_rows(console, table)
    warehouse = from_here(Path(config.warehouse))
    shown = from_here(Path(sys.executable))
    _name_report(console, config)
    console.print(
        f"\nThe database is [bold]{warehouse}[/]. Ask it:\n"
        f"  {shown} -c \"import duckdb; duckdb.connect('{warehouse}', read_only=True)"
        f".sql('FROM conversations LIMIT 5').show()\"\n"
        "Open the Dagster UI on it:\n"
        f"  {'make dev' if is_checkout() else 'polyai demo --ui'}",
        soft_wrap=True,
    )


def _name_report(console: Console, config: PlatformConfig) -> None:
    folder = Path(config.report.folder)
    page = folder / f"{config.report.ranges[0]}.html"
    if page.exists():
        console.print(
            f"\nThe report is [bold]{from_here(page)}[/]: open it in a browser. Beside it lie pages of days.",
            soft_wrap=True,
        )


def _passed(verdicts: Iterable[dg.AssetCheckEvaluation]) -> str:
    """Count the checks that passed, and those of days that are not over or not proven yet."""
    listed = list(verdicts)
    passed = sum(verdict.passed for verdict in listed)
    provisional = sum(PROVISIONAL in verdict.metadata for verdict in listed)
    return f"{passed} of {len(listed)}" + (f", {provisional} provisional" if provisional else "")


def demo_console() -> Console:
    """Make the console of the demo."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)
