"""The command `backfill`."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from polyai_assets.backfill.batches import Batch, Wanted
    from polyai_assets.backfill.troubles import DoneDays

_INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has stopped."""


@click.command()
@click.argument("projects", type=ProjectKey(), nargs=-1, metavar="[PROJECT]...")
@click.option("--since", type=Day(), help="First day. Default: start_date.")
@click.option("--until", type=Day(), help="Last day. Default: today.")
@click.option("--details", is_flag=True, help="Then their details, too.")
@click.option("--audio", is_flag=True, help="Then their recordings, too.")
@click.option("--searches", is_flag=True, help="Then what saved searches find, too.")
@click.option("--compare", is_flag=True, help="Then compare versions of the API, too.")
@click.option("--replay", is_flag=True, help="Build the tables again from the raw store, without a call.")
@click.option("--missing", is_flag=True, help="Only days that were never fetched.")
@click.option("--retired", is_flag=True, help="Fetch days, too, that retention has removed.")
def backfill(
    projects: tuple[str, ...],
    since: date | None,
    until: date | None,
    details: bool,
    audio: bool,
    searches: bool,
    compare: bool,
    replay: bool,
    missing: bool,
    retired: bool,
) -> None:
    """Fetch days, prove them complete and load them.

    Of each PROJECT (as in us-1/acme/hotel-bot), or of all. The runs are in Dagster like any others. Exits with 1 if a
    day is red. Ctrl-C stops within seconds; the next run continues.
    """
    with working("Reading the configuration"):
        from polyai_assets.automation.jobs import DETAILS, PARITY, RECORDINGS, RETRIEVAL
        from polyai_assets.backfill.batches import Wanted, plan_batches
        from polyai_assets.workspace import find_platforms, only

        platforms = find_platforms(Path.cwd())
        # of each the whole: its assets and partitions are those that Dagster knows
        chosen = [
            (whole, some.projects)
            for some in only(platforms, projects)
            for whole in platforms
            if whole.key_prefix == some.key_prefix
        ]
        more = {DETAILS: details, RECORDINGS: audio, RETRIEVAL: searches, PARITY: compare}
        wanted = Wanted(
            since=since,
            until=until,
            more=frozenset(job for job, is_wanted in more.items() if is_wanted),
            replay=replay,
            missing=missing,
            named=bool(projects),
            retired=retired,
        )
        planned = plan_batches(chosen, wanted, datetime.now(UTC).date())
    _say_left_out(planned)
    batches = [batch for batch in planned if batch.days]
    if not batches:
        if not planned:
            click.echo(_nothing(wanted))
        return
    done = _run(batches)
    lines = done.lines()
    if lines:
        click.echo("\n" + "\n".join(lines))
    if done.is_red:
        raise click.exceptions.Exit(1)


def _say_left_out(batches: "list[Batch]") -> None:
    for batch in batches:
        if batch.left_out:
            first, last = batch.left_out[0], batch.left_out[-1]
            click.echo(
                f"{batch.config.project.key}: {batch.job} leaves out {len(batch.left_out):,} days, {first} to {last}: "
                "they were kept for long enough, and are retired. --retired fetches them",
                err=True,
            )


def _nothing(wanted: "Wanted") -> str:
    return (
        "nothing can be replayed: none of these days was fetched"
        if wanted.replay
        else "nothing is missing: all of these days were fetched"
    )


def _run(batches: "list[Batch]") -> "DoneDays":
    """Run the batches and show how far they are. Ctrl-C ends the program, with a word on how to go on."""
    from rich.console import Console

    from polyai_assets.backfill.instance import open_instance
    from polyai_assets.backfill.run import Backfill
    from polyai_assets.backfill.screen import Screen, quietly
    from polyai_assets.workspace import project_root

    root = project_root(Path.cwd())
    with quietly(), open_instance(root, lambda line: click.echo(line, err=True)) as instance:
        screen = Screen(Console(), sum(len(batch.days) for batch in batches))
        work = Backfill(root, instance, batches, screen)
        try:
            with screen.shown():
                work.run()
        except KeyboardInterrupt:
            click.echo(
                f"Stopped after {work.done.count} of {work.total} days; nothing is lost.\n"
                "The same command continues; with --missing it leaves out the days that are done.",
                err=True,
            )
            raise click.exceptions.Exit(_INTERRUPTED) from None
    return work.done
