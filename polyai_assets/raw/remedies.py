"""The command lines that mend days, whole, as a person types them."""

from collections.abc import Iterable
from datetime import date

from polyai_assets.raw.windows import spans


def backfill_commands(project: str, days: Iterable[date], *options: str) -> list[str]:
    """Give the commands that fetch days of a project again: one for each unbroken row of days."""
    return [
        " ".join(["polyai backfill", project, f"--since {span.dates[0]} --until {span.dates[-1]}", *options])
        for span in spans(list(days))
    ]


def accept_commands(project: str, days: Iterable[date]) -> list[str]:
    """Give the commands that accept what refused fetches of days brought."""
    return [f'polyai accept {project} {day} --why "…"' for day in sorted(set(days))]
