"""The command `sql`: queries on the read-only copy, one or as many as a person types."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.working import working

if TYPE_CHECKING:
    import duckdb

    from polyai_assets.marts.query_result import QueryResult

PROMPT, MORE = "polyai> ", "   ...> "

COPY_OPTION = click.option(
    "--copy",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The copy to ask. Default: that of your defs.yaml.",
)


@click.command()
@click.argument("query", required=False)
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--json", "form", flag_value="json", help="Print JSON: a list of objects.")
@COPY_OPTION
def sql(query: str | None, form: str | None, file: Path | None) -> None:
    """Ask the read-only copy in SQL.

    Without QUERY it reads statements from the standard input, each ending with a semicolon; on a terminal with
    completion of the names of tables and columns. No run is in the way, and none is kept waiting.
    """
    with working("Opening the copy"):
        from polyai_assets.marts.copy_file import age_of, opened_copy

        place, command = find_copy(file)
    with opened_copy(place, command) as connection:
        age = age_of(connection, datetime.now(UTC), command)
        if age.warning:
            click.echo(age.warning, err=True)
        show = _printer(form)
        if query is not None:
            for result in _run(connection, query):
                show(result)
        elif sys.stdin.isatty():
            _converse(connection, show)
        else:
            for result in _run(connection, sys.stdin.read()):
                show(result)


def find_copy(file: Path | None, project: str | None = None) -> tuple[Path, str]:
    """Find the copy, that of the platform of a project if one is given, and the command that makes it anew.

    Raises NoPlatform, and UsageError where there are several.
    """
    from polyai_assets.marts.copy_file import make_command

    if file is not None:
        return file, make_command()
    from polyai_assets.workspace import find_platforms, find_project

    platforms = [find_project(Path.cwd(), project)[0]] if project else find_platforms(Path.cwd())
    if len(platforms) > 1:
        named = ", ".join(platform.read_only_copy for platform in platforms)
        raise click.UsageError(f"there are {len(platforms)} copies: {named}. Choose one with --copy")
    return Path(platforms[0].read_only_copy), make_command(platforms[0].key_prefix)


def _printer(form: str | None) -> "Callable[[QueryResult], None]":
    from polyai_assets.cli.rows import print_result
    from polyai_assets.marts.query_result import as_json

    if form == "csv":
        return lambda result: click.echo(result.csv, nl=False)
    if form == "json":
        return lambda result: click.echo(as_json(result.objects))
    return print_result


def _run(connection: "duckdb.DuckDBPyConnection", statements: str) -> "Iterator[QueryResult]":
    from polyai_assets.marts.query_result import run_query

    for statement in connection.extract_statements(statements):
        yield run_query(connection, statement)


def _converse(connection: "duckdb.DuckDBPyConnection", show: "Callable[[QueryResult], None]") -> None:
    import duckdb

    from polyai_assets.marts.words import complete_words

    with complete_words(connection):
        click.echo(
            "End a statement with ; and leave with Ctrl-D. Tab completes names; SHOW TABLES; lists them."
        )
        typed = ""
        while True:
            try:
                typed += input(MORE if typed else PROMPT) + "\n"
            except EOFError:
                click.echo()
                return
            except KeyboardInterrupt:
                click.echo()
                typed = ""
                continue
            if typed.strip().lower() in ("exit", "quit", "exit;", "quit;"):
                return
            if not typed.rstrip().endswith(";"):
                typed = typed if typed.strip() else ""
                continue
            try:
                for result in _run(connection, typed):
                    show(result)
            except duckdb.Error as error:
                click.echo(str(error), err=True)
            typed = ""
