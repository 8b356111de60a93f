"""The command `polyai drift`: how records differ from the contract, and what people accept of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.errors import this_user
from polyai_assets.cli.parameters import Reason
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from polyai_assets.drift.decide import Scope


@click.command()
@click.argument("project", type=ProjectKey(), required=False)
@click.option("--days", default=30, show_default=True, help="How many days to look back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
@click.option("--accept", metavar="PATH", help="Accept what is open at PATH as it is; needs --why.")
@click.option("--why", type=Reason(), help="Why it is right as it is.")
@click.option("--who", help="Who decides. Default: you.")
@click.option("--unaccept", metavar="PATH", help="Take back what was accepted at PATH.")
def drift(
    project: str | None,
    days: int,
    as_json: bool,
    accept: str | None,
    why: str | None,
    who: str | None,
    unaccept: str | None,
) -> None:
    """Show how records differ from the declared contract.

    Those of PROJECT (as in us-1/acme/hotel-bot), or of all: what is open, the
    lines for defs.yaml that declare it, the commands that accept it as it is, and
    what was accepted.
    """
    if accept and unaccept:
        raise click.UsageError("--accept and --unaccept exclude each other")
    if (accept is None) != (why is None):
        raise click.UsageError("--accept PATH and --why TEXT belong together")
    if accept is not None and why is not None:
        _accept(project, accept, who or this_user(), why)
    elif unaccept is not None:
        _take_back(project, unaccept)
    else:
        _show(project, days, as_json)


def _show(project: str | None, days: int, as_json: bool) -> None:
    import duckdb

    from polyai_assets.drift.diff import print_drift, print_drift_json
    from polyai_assets.drift.open import read_drift

    since = datetime.now(UTC).date() - timedelta(days=days)
    with (
        working("Reading the warehouse"),
        duckdb.connect(config={"autoinstall_known_extensions": False}) as connection,
    ):
        shown = [read_drift(connection, platform, projects, since) for platform, projects in _scopes(project)]
    if as_json:
        print_drift_json(shown)
    else:
        print_drift(shown)


def _accept(project: str | None, path: str, who: str, why: str) -> None:
    import duckdb

    from polyai_assets.drift.decide import accept

    with (
        working("Reading the warehouse"),
        duckdb.connect(config={"autoinstall_known_extensions": False}) as connection,
    ):
        decided = accept(connection, _scopes(project), path, who, why, datetime.now(UTC))
    for decision in decided:
        of_type = f" ({', '.join(decision.decision.types)})" if decision.decision.types else ""
        until = f", up to {decision.decision.until}" if decision.decision.until else ""
        click.echo(f"Accepted for {decision.project}: {path}: {decision.decision.kind}{of_type}{until}.")
    click.echo(
        "From the next run on it passes, and the finding is resolved. Days that were judged before pass once they are "
        "replayed:"
    )
    for command in dict.fromkeys(command for decision in decided for command in decision.replay):
        click.echo(f"  {command}")


def _take_back(project: str | None, path: str) -> None:
    from polyai_assets.drift.decide import take_back

    with working("Reading the raw store"):
        decided = take_back(_scopes(project), path)
    for decision in decided:
        click.echo(
            f"Taken back for {decision.project}: {path}: {decision.decision.kind}, {decision.decision.summary}."
        )
    click.echo("The next run reports it again, where it is still so.")


def _scopes(project: str | None) -> "list[Scope]":
    from polyai_assets.workspace import find_platforms, find_project

    if project is not None:
        return [(find_project(Path.cwd(), project)[0], [project])]
    return [
        (platform, [config.project.key for config in platform.projects])
        for platform in find_platforms(Path.cwd())
    ]
