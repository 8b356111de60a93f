"""What `polyai publish` and `polyai deliver` print of days: a line for each project, and what is red."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click


def print_days(target: str, days: Sequence[dict[str, Any]], done: str, *, dry_run: bool) -> None:
    """Print a line for each project, and what is red: what concerns days of several projects once.

    A day has `project`, `date`, `version`, `rows`, `is_new`, `reason` and `error`, may have `findings`, and with
    `dry_run` the version that it `was`. `done` is what was done with new ones.
    """
    for project in dict.fromkeys(day["project"] for day in days):
        listed = [day for day in days if day["project"] == project]
        new = [day for day in listed if day["is_new"] and not day["error"]]
        rows = sum(day["rows"] for day in new)
        what = f"would be {done}" if dry_run else done
        click.echo(f"{target} {project}: {len(new):,} days {what}, {rows:,} rows{_others(listed)}".lstrip())
        if dry_run:
            for day in new:
                click.echo(f"  {day['date']} version {day['version']} in place of {day['was'] or 'none'}")
        for finding in dict.fromkeys(finding for day in listed for finding in day.get("findings", ())):
            click.echo(f"  {finding}", err=True)
    for error in dict.fromkeys(day["error"] for day in days if day["error"]):
        first, *others = [f"{day['date']}" for day in days if day["error"] == error]
        more = f" and {len(others)} more" if others else ""
        click.echo(f"  {first}{more}: {error}", err=True)


def _others(days: Sequence[dict[str, Any]]) -> str:
    """Say of how many days nothing was written, and why."""
    counts = Counter(
        "red" if day["error"] else day["reason"] for day in days if day["error"] or not day["is_new"]
    )
    return "".join(f"; {count:,} not: {reason}" for reason, count in counts.items())
