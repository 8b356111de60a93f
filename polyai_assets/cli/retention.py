"""The command `retention`: what was kept for long enough is removed, and a receipt says so."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.errors import this_user
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import dagster as dg

    from polyai_assets.configuration import PlatformConfig
    from polyai_assets.retention.retain import Retained, Retention
    from polyai_assets.retention.retention_plan import RetentionPlan


@click.command()
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option("--yes", is_flag=True, help="Do not ask before removing.")
@click.option("--by", default=this_user, help="Who removes. Default: you.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found, or the receipts, as JSON.")
def retention(dry_run: bool, yes: bool, by: str, as_json: bool) -> None:
    """Remove what was kept for long enough, for good.

    By the option `retention` of each project: raw records, text, recordings, rows and logs. The schedule
    daily_retention does the same every day. A run that was interrupted is gone on with.
    """
    with working("Reading the configuration"):
        from polyai_assets.assets.connection import connect, duckdb_resource
        from polyai_assets.retention.alone import alone
        from polyai_assets.retention.retain import Retention
        from polyai_assets.workspace import find_platforms, project_root

        root = project_root(Path.cwd())
        platforms = [platform for platform in find_platforms(Path.cwd()) if platform.has_retention]
    if not platforms:
        raise click.ClickException("no project has the option retention: nothing is ever removed")
    connected = partial(connect, duckdb_resource(root / "data" / "spool"))
    with alone(root), _instance(root, platforms) as instance:
        works = [Retention(root, platform, connected, instance) for platform in platforms]
        with working("Looking through the raw store and the tables"):
            plans = [work.plan(datetime.now(UTC), by) for work in works]
        _show(plans, as_json=as_json and dry_run, to_stderr=as_json)
        if dry_run:
            return
        if not yes and not all(plan.is_empty for plan in plans):
            click.confirm("Remove this for good?", abort=True, err=True)
        done = _remove(works, plans)
    _confirm(done, as_json=as_json)


@contextmanager
def _instance(root: Path, platforms: "Sequence[PlatformConfig]") -> "Iterator[dg.DagsterInstance | None]":
    """Open the instance of Dagster, where logs of any project are removed. Raises NoInstance."""
    if all(config.retention.logs is None for platform in platforms for config in platform.projects):
        yield None
        return
    from polyai_assets.backfill.instance import open_instance

    with open_instance(root, lambda line: click.echo(line, err=True), captures_logs=True) as instance:
        yield instance


def _show(plans: "Sequence[RetentionPlan]", *, as_json: bool, to_stderr: bool) -> None:
    if as_json:
        import msgspec

        shown = [
            {"before": plan.before, "days": plan.days, "found": msgspec.to_builtins(plan.found)}
            for plan in plans
        ]
        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
        return
    for plan in plans:
        for line in _lines(plan):
            click.echo(line, err=to_stderr)
    if all(plan.is_empty for plan in plans):
        click.echo("Nothing was kept for longer than it is to be.", err=to_stderr)


def _lines(plan: "RetentionPlan") -> "Iterator[str]":
    """Say what goes of each layer of each project, and of which days."""
    from polyai_assets.raw.retention_days import LAYERS

    planned = [(layer, project) for layer, days in plan.days.items() for project in days]
    named = dict.fromkeys([*planned, *((row.layer, row.project) for row in plan.found)])
    for layer, project in sorted(named, key=lambda name: LAYERS.index(name[0])):
        yield f"{layer} of {project}{_span(plan.days.get(layer, {}).get(project, []))}"
        for row in plan.found:
            if (row.layer, row.project) == (layer, project):
                yield f"  {row.count:>10,}  {row.what}{_sized(row.bytes)}"


def _span(days: "Sequence[date]") -> str:
    if not days:
        return ""
    return f": {days[0]}" if len(days) == 1 else f": {len(days):,} days, {days[0]} to {days[-1]}"


def _sized(size: int) -> str:
    if not size:
        return ""
    return f", {size / 1e6:,.1f} MB" if size >= 1e6 else f", {size / 1e3:,.0f} kB"


def _remove(works: "Sequence[Retention]", plans: "Sequence[RetentionPlan]") -> "list[Retained]":
    from polyai_assets.raw.progress import progress_in_log

    with progress_in_log(), _log_on_terminal():
        done = [work.remove(plan) for work, plan in zip(works, plans, strict=True)]
    return [retained for retained in done if retained is not None]


@contextmanager
def _log_on_terminal() -> Iterator[None]:
    """Show what is being removed, and how far it is, where a person looks."""
    import logging

    logger, handler = logging.getLogger("polyai_assets"), logging.StreamHandler()
    handler.setFormatter(logging.Formatter("  %(message)s"))
    level = logger.level
    if sys.stderr.isatty():
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def _confirm(done: "Sequence[Retained]", *, as_json: bool) -> None:
    if as_json:
        import msgspec

        receipts = [retained.receipt for retained in done]
        click.echo(msgspec.json.format(msgspec.json.encode(receipts), indent=2))
        return
    for retained in done:
        click.echo(f"Removed. The receipt: {retained.page}")
        click.echo("What holds copies that this did not reach:")
        for held in retained.receipt.held_by:
            click.echo(f"  {held.what}: until {held.until}")
