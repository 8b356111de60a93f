"""The command `status`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working


@click.command()
@click.argument("projects", type=ProjectKey(), nargs=-1, metavar="[PROJECT]...")
@click.option("--check", is_flag=True, help="Exit with 1 if anything needs a person, for cron and CI.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
@click.option("--days", default=31, show_default=True, help="How many days to look back for stale ones.")
@click.option(
    "--rebuild", is_flag=True, help="First make the index of unsettled days again from the certificates."
)
def status(projects: tuple[str, ...], check: bool, as_json: bool, days: int, rebuild: bool) -> None:
    """Show how each project stands, red ones first.

    Of these projects (as in us-1/acme/hotel-bot), or of all: what is complete, red or out of date, why, and what to
    type. The words are explained below it.
    """
    with working("Reading the raw store"):
        # What these import takes seconds; `polyai --help` must not.
        from polyai_assets.status.standing import project_statuses, rebuild_index
        from polyai_assets.status.table import needs_a_person, print_json, print_statuses
        from polyai_assets.workspace import find_platforms, only

        now = datetime.now(UTC)
        platforms = only(find_platforms(Path.cwd()), projects)
        unsettled = sum(rebuild_index(platform, now) for platform in platforms) if rebuild else None
        statuses = [standing for platform in platforms for standing in project_statuses(platform, now, days)]
    if unsettled is not None:
        click.echo(f"{unsettled} days are not settled", err=True)
    if as_json:
        print_json(statuses)
    else:
        print_statuses(statuses, now)
    if check and needs_a_person(statuses):
        raise click.exceptions.Exit(1)
