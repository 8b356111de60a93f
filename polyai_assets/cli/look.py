"""The commands that look and change nothing: `polyai plan`, `polyai doctor` and `polyai status`."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working


@click.command()
@click.argument("project", type=ProjectKey(), required=False)
@click.option("--since", type=Day(), help="First day to have. Default: start_date.")
@click.option("--until", type=Day(), help="Last day to have. Default: today.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
def plan(project: str | None, since: date | None, until: date | None, as_json: bool) -> None:
    """Estimate what a first backfill takes.

    Conversations, calls, hours and bytes, of PROJECT (as in us-1/acme/hotel-bot) or of all. At most 25 calls a project
    are made for it, and nothing is fetched.
    """
    now = datetime.now(UTC)
    if max(since or date.min, until or date.min) > now.date():
        raise click.ClickException(f"these days are in the future; today is {now.date()} in UTC")
    with working("Asking PolyAI"):
        # What these import takes seconds; `polyai --help` must not.
        from polyai_assets.plan.project_plan import plan_all
        from polyai_assets.plan.table import print_plan, print_plan_json
        from polyai_assets.workspace import find_platforms, find_project

        if project is None:
            chosen = [(platform, platform.projects) for platform in find_platforms(Path.cwd())]
        else:
            platform, config = find_project(Path.cwd(), project)
            chosen = [(platform, (config,))]
        first = [since or platform.start_date for platform, _ in chosen]
        if until is not None and until < max(first):
            raise click.ClickException(f"--until {until} is before the first day, {max(first)}")
        plans = plan_all(chosen, since, until, now)
    if as_json:
        print_plan_json(plans)
    else:
        print_plan(plans)
    if all(estimate.problem for estimate in plans):
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("project", type=ProjectKey(), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
@click.option("--send-test-alert", is_flag=True, help="Send a test message to every target of alerts.")
def doctor(project: str | None, as_json: bool, send_test_alert: bool) -> None:
    """Look whether everything is there that is needed.

    What the platform needs, or PROJECT (as in us-1/acme/hotel-bot), and what the projects let through. Exits with 1 if
    anything is red. Changes nothing; a few calls a project are made.
    """
    with working("Looking at this machine, at PolyAI and at the data's places"):
        from polyai_assets.doctor.check import Colour
        from polyai_assets.doctor.examination import examine
        from polyai_assets.doctor.table import print_lines, print_lines_json

        lines = examine(Path.cwd(), project, send_test=send_test_alert)
    if as_json:
        print_lines_json(lines)
    else:
        print_lines(lines)
    if any(line.finding.verdict is Colour.RED for line in lines):
        raise click.exceptions.Exit(1)


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
        from polyai_assets.status.deliveries import delivery_statuses
        from polyai_assets.status.standing import project_statuses, rebuild_index
        from polyai_assets.status.table import needs_a_person, print_json, print_statuses
        from polyai_assets.workspace import find_platforms, only, spool_folder

        now, spool = datetime.now(UTC), spool_folder(Path.cwd())
        platforms = only(find_platforms(Path.cwd()), projects)
        unsettled = sum(rebuild_index(platform, now) for platform in platforms) if rebuild else None
        statuses = [standing for platform in platforms for standing in project_statuses(platform, now, days)]
        deliveries = [standing for platform in platforms for standing in delivery_statuses(platform, spool)]
    if unsettled is not None:
        click.echo(f"{unsettled} days are not settled", err=True)
    if as_json:
        print_json(statuses, deliveries)
    else:
        print_statuses(statuses, now, deliveries)
    if check and needs_a_person(statuses, deliveries):
        raise click.exceptions.Exit(1)
