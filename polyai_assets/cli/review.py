"""The command `sample`: a review sheet of drawn conversations; and what comes back with it."""

from datetime import UTC, date, datetime
from pathlib import Path

import click

from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working


@click.command()
@click.argument("project", type=ProjectKey())
@click.option("--date", "day", type=Day(), help="The sample of this day. Default: the newest there is.")
@click.option("--since", type=Day(), help="The samples from this day on.")
@click.option("--until", type=Day(), help="The samples up to this day.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default="review.xlsx",
    show_default=True,
    help="The file to write; there must be none.",
)
def sample(project: str, day: date | None, since: date | None, until: date | None, out: Path) -> None:
    """Write sampled conversations into a sheet for review.

    Those of PROJECT (as in us-1/acme/hotel-bot). Choose verdicts in it, then:

    polyai annotate --from-sheet review.xlsx
    """
    import duckdb

    from polyai_assets.review.noted import noting_sheet
    from polyai_assets.review.sampled import sampled_turns
    from polyai_assets.review.write import write_sheet
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.workspace import find_project, project_root

    if day is not None and (since or until):
        raise click.UsageError("--date is one day; leave it out with --since or --until")
    if since and until and until < since:
        raise click.UsageError(f"--until {until} is before --since {since}")
    with (
        working("Reading the warehouse"),
        duckdb.connect(config={"autoinstall_known_extensions": False}) as connection,
    ):
        platform, _ = find_project(Path.cwd(), project)
        warehouse = Warehouse(platform.warehouse, platform.warehouse_data, wait=30)
        turns = sampled_turns(connection, warehouse, project, day or since, day or until)
        conversations = turns["conversation_id"].to_pylist()
        with noting_sheet(project_root(Path.cwd()), out, project, conversations):
            written = write_sheet(turns, out)
    click.echo(f"{out}: {written}")


def request_from_sheet(sheet: Path, by: str) -> None:
    """Request what a review sheet says, of all projects that are in it, and say how many requests were made."""
    import duckdb

    from polyai_assets.review.read import read_verdicts
    from polyai_assets.review.requests import request_annotations
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.workspace import find_platforms
    from polyai_assets.write_back.report import SWITCHED_OFF

    now = datetime.now(UTC)
    with working("Reading the configuration"):
        platforms = find_platforms(Path.cwd())
    configured = {config.project.key: config for platform in platforms for config in platform.projects}
    verdicts = read_verdicts(sheet, configured.keys())
    if not verdicts:
        raise click.ClickException(f"{sheet} has no row with a verdict")
    made = known = 0
    for platform in platforms:
        own = {config.project.key for config in platform.projects}
        chosen = [verdict for verdict in verdicts if verdict.project in own]
        if not chosen:
            continue
        warehouse = Warehouse(platform.warehouse, platform.warehouse_data)
        with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
            requested = request_annotations(connection, warehouse, chosen, f"sheet {sheet.name}", by, now)
        made, known = made + requested.made, known + requested.known
    click.echo(f"Annotations requested: {made:,}; requested before: {known:,}.")
    if made:
        click.echo("Dagster publishes them within minutes, `polyai write-back` now.")
    for project in sorted({verdict.project for verdict in verdicts}):
        if not configured[project].write_back:
            click.echo(f"Those of {project} stay pending: {SWITCHED_OFF}", err=True)
