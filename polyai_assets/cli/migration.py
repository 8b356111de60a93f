"""The command `polyai migration`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working


@click.command()
@click.argument("project", type=ProjectKey())
@click.option(
    "--days", default=30, show_default=True, type=click.IntRange(1), help="How many days to look back."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
def migration(project: str, days: int, as_json: bool) -> None:
    """Say whether PROJECT is ready for the newer API version.

    PROJECT is written as in us-1/acme/hotel-bot; compare_with says which versions are compared. Judged by what
    migration_parity found on the last days that are over. Exits with 1 if it is not ready.
    """
    # What these import takes seconds; `polyai --help` must not.
    import duckdb

    from polyai_assets.migration.readiness import days_to_compare, read_parity, readiness
    from polyai_assets.migration.show import print_readiness, print_readiness_json
    from polyai_assets.migration.versions import versions_of
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.workspace import find_project

    with (
        working("Reading the warehouse"),
        duckdb.connect(config={"autoinstall_known_extensions": False}) as connection,
    ):
        platform, config = find_project(Path.cwd(), project)
        versions = versions_of(config)
        wanted = days_to_compare(platform.start_date, datetime.now(UTC).date(), days)
        if not wanted:
            raise click.ClickException(f"no day is over since the start_date, {platform.start_date}")
        warehouse = Warehouse(platform.warehouse, platform.warehouse_data, wait=30)
        parities = read_parity(connection, warehouse, project, versions, wanted)
    found = readiness(project, versions, wanted, parities)
    if as_json:
        print_readiness_json(found)
    else:
        print_readiness(found)
    if not found.ready:
        raise click.exceptions.Exit(1)
