"""The command `report`: a page for people, of the days and projects that are asked for."""

import webbrowser
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.sql import COPY_OPTION
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    import duckdb

    from polyai_assets.report.data import ReportScope

USUAL_DAYS = 7


@click.command()
@click.option("--project", type=ProjectKey(), help="Only this project, as in us-1/acme/hotel-bot.")
@click.option("--since", type=Day(), help="First local day. Default: six days before the last.")
@click.option("--until", type=Day(), help="Last local day. Default: the newest with calls, until yesterday.")
@click.option("--path", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the page.")
@click.option("--open", "is_opened", is_flag=True, help="Open the page in the browser.")
@COPY_OPTION
def report(
    project: str | None,
    since: date | None,
    until: date | None,
    path: Path | None,
    is_opened: bool,
    file: Path | None,
) -> None:
    """Write a page of figures: a single HTML file.

    Of all projects, or of one; it is made of the read-only copy. Dagster writes the usual pages by itself.
    """
    with working("Writing the page"):
        # What these import takes seconds; `polyai --help` must not.
        from polyai_assets.marts.copy_file import age_of, opened_copy
        from polyai_assets.report.data import ReportScope
        from polyai_assets.report.write import write_page

        place, command, configured, folder = _source(file, project)
        with opened_copy(place, command) as connection:
            now = datetime.now(UTC)
            age = age_of(connection, now, command)
            projects = configured or _loaded(connection)
            first, last = _days(connection, projects, since, until)
            scope = ReportScope(projects, first, last)
            is_usual = (project, since, until) == (None, None, None)
            target = path or folder / _name(scope, project, is_usual=is_usual)
            written = write_page(connection, scope, target.absolute(), now)
    if age.warning:
        click.echo(age.warning, err=True)
    click.echo(str(written.file))
    if is_opened and not webbrowser.open(written.file.as_uri()):
        click.echo("no browser could be opened; open the file yourself", err=True)


def _source(file: Path | None, project: str | None) -> tuple[Path, str, tuple[str, ...], Path]:
    """Find the copy, the command that makes it anew, the projects that are configured for it, and the pages' folder."""
    from polyai_assets.marts.copy_file import make_command

    if file is not None:
        return file, make_command(), (project,) if project else (), Path.cwd()
    from polyai_assets.workspace import find_platforms, find_project

    platforms = [find_project(Path.cwd(), project)[0]] if project else find_platforms(Path.cwd())
    if len(platforms) > 1:
        raise click.UsageError(
            f"there are {len(platforms)} platforms. Choose a project of one with --project"
        )
    platform = platforms[0]
    projects = (project,) if project else tuple(config.project.key for config in platform.projects)
    return (
        Path(platform.read_only_copy),
        make_command(platform.key_prefix),
        projects,
        Path(platform.report.folder),
    )


def _loaded(connection: "duckdb.DuckDBPyConnection") -> tuple[str, ...]:
    from polyai_assets.report.read import loaded_projects

    return loaded_projects(connection)


def _days(
    connection: "duckdb.DuckDBPyConnection", projects: tuple[str, ...], since: date | None, until: date | None
) -> tuple[date, date]:
    from polyai_assets.report.read import newest_day
    from polyai_assets.report.write import yesterday

    over = yesterday(datetime.now(UTC))
    last = until or newest_day(connection, projects, over) or over
    first = since or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise click.UsageError(f"the first day, {first}, is after the last, {last}")
    return first, last


def _name(scope: "ReportScope", project: str | None, *, is_usual: bool) -> str:
    if is_usual:
        return f"last-{USUAL_DAYS}-days.html"
    days = str(scope.first) if scope.first == scope.last else f"{scope.first}_{scope.last}"
    return f"{project.replace('/', '_')}_{days}.html" if project else f"{days}.html"
