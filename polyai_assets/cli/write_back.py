"""The commands that write back to PolyAI: `annotate`, `note` and `write-back`."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.errors import this_user
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.review import request_from_sheet
from polyai_assets.cli.working import working
from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from polyai_assets.automation.write_backs import Publication
    from polyai_assets.configuration import PlatformConfig
    from polyai_assets.contract.tables import Table

_ONE_TURN = ("project", "conversation_id", "turn", "role", "kind")
"""What `annotate` needs to know of the turn that it is about."""


@click.command()
@click.argument("project", type=ProjectKey(), required=False)
@click.argument("conversation_id", required=False)
@click.option("--turn", type=click.IntRange(min=0), help="The turn, counted from 0.")
@click.option("--role", type=click.Choice(ROLES), help="Whose part of the turn is meant.")
@click.option("--type", "kind", type=click.Choice(ANNOTATION_TYPES), help="What is wrong.")
@click.option(
    "--from-sheet",
    "sheet",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Instead, request what a review sheet says, which `polyai sample` has written.",
)
@click.option("--by", default=this_user, help="Who requests it. Default: you.")
@click.pass_context
def annotate(
    context: click.Context,
    project: str | None,
    conversation_id: str | None,
    turn: int | None,
    role: str | None,
    kind: str | None,
    sheet: Path | None,
    by: str,
) -> None:
    """Request an annotation of a turn of a conversation.

    CONVERSATION_ID is of PROJECT (as in us-1/acme/hotel-bot).
    """
    from polyai_assets.contract.lasting_tables import ANNOTATION_REQUESTS

    given = [name for name in _ONE_TURN if context.params[name] is not None]
    if sheet is not None:
        if given:
            raise click.UsageError("--from-sheet says all of it; leave out the rest but --by")
        request_from_sheet(sheet, by)
        return
    if project is None or conversation_id is None or len(given) < len(_ONE_TURN):
        missing = next(
            parameter
            for parameter in context.command.params
            if parameter.name in _ONE_TURN and parameter.name not in given
        )
        raise click.MissingParameter(ctx=context, param=missing)
    row = {"turn_index": turn, "role": role, "annotation_type": kind}
    _request(ANNOTATION_REQUESTS, project, conversation_id, row, by)


@click.command()
@click.argument("project", type=ProjectKey())
@click.argument("conversation_id")
@click.argument("text")
@click.option("--by", default=this_user, help="Who requests it. Default: you.")
def note(project: str, conversation_id: str, text: str, by: str) -> None:
    """Request that TEXT becomes the note of a conversation.

    CONVERSATION_ID is of PROJECT (as in us-1/acme/hotel-bot).
    """
    from polyai_assets.contract.lasting_tables import NOTE_REQUESTS

    if not text.strip():
        raise click.BadParameter("the note is empty")
    _request(NOTE_REQUESTS, project, conversation_id, {"note": text}, by)


@click.command("write-back")
@click.option(
    "--retry-unknown",
    "retried",
    multiple=True,
    metavar="REQUEST_ID",
    help="First decide that this annotation, which may have been published or not, is to be sent again.",
)
def write_back(retried: tuple[str, ...]) -> None:
    """Publish to PolyAI what is requested now.

    The files in data/outbox, and all that is pending.
    """
    with working("Publishing to PolyAI"):
        from polyai_assets.automation.write_backs import publish_platform
        from polyai_assets.workspace import find_platforms, project_root

        platforms = find_platforms(Path.cwd())
        _retry_unknown(platforms, retried)
        root = project_root(Path.cwd())
        publications = [publish_platform(platform, root) for platform in platforms]
    for publication in publications:
        _print(publication)
    troubles = [trouble for publication in publications for trouble in publication.troubles()]
    if troubles:
        raise click.ClickException("\n".join(troubles))


def _request(table: "Table", project: str, conversation_id: str, row: Mapping[str, object], by: str) -> None:
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.workspace import find_project
    from polyai_assets.write_back.report import SWITCHED_OFF
    from polyai_assets.write_back.tables import COMMAND_LINE, insert, transact

    given = {
        "project": project,
        "conversation_id": conversation_id,
        **row,
        "requested_by": by,
        "requested_at": datetime.now(UTC),
    }
    with working("Writing the request"), _connected() as connection:
        platform, config = find_project(Path.cwd(), project)
        (request_id,) = transact(
            connection,
            Warehouse(platform.warehouse, platform.warehouse_data),
            lambda connection: insert(connection, table, [given], COMMAND_LINE),
        )
    click.echo(f"Requested as {request_id}. Dagster publishes it within minutes, `polyai write-back` now.")
    if not config.write_back:
        click.echo(f"It stays pending: {SWITCHED_OFF}", err=True)


def _retry_unknown(platforms: "list[PlatformConfig]", request_ids: tuple[str, ...]) -> None:
    from polyai_assets.warehouse.attach import Warehouse
    from polyai_assets.write_back.ledger import retry_unknown
    from polyai_assets.write_back.tables import transact

    if not request_ids:
        return
    found: set[str] = set()
    for platform in platforms:
        with _connected() as connection:
            found |= set(
                transact(
                    connection,
                    Warehouse(platform.warehouse, platform.warehouse_data),
                    partial(retry_unknown, request_ids=request_ids),
                )
            )
    missing = [request_id for request_id in request_ids if request_id not in found]
    if missing:
        raise click.ClickException(f"no annotation with state unknown has the id {', '.join(missing)}")


def _connected() -> AbstractContextManager["DuckDBPyConnection"]:
    from polyai_assets.assets.connection import connect, duckdb_resource
    from polyai_assets.workspace import spool_folder

    return connect(duckdb_resource(spool_folder(Path.cwd())))


def _print(publication: "Publication") -> None:
    from polyai_assets.automation.write_backs import COUNTS

    if not publication.published:
        click.echo("nothing is to be published")
    for report in publication.published:
        counts = ", ".join(f"{getattr(report, count)} {count}" for count in COUNTS)
        why = f" ({report.why_pending})" if report.why_pending and not report.key_trouble else ""
        click.echo(f"{report.project}: {counts}{why}")
