"""The commands `polyai agent …`: a look by hand at what PolyAI's Agents API has."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.api.query import DIRECTIONS
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from polyai_assets.api.agents.answers import AgentsRecord
    from polyai_assets.api.agents.client import AgentsClient

_COLUMNS = ("id", "started", "channel", "handoff", "in progress")


@click.group()
def agent() -> None:
    """Look at the conversations that PolyAI's Agents API has.

    Nothing is kept.
    """


@agent.command("list")
@click.argument("project", type=ProjectKey())
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as they came, one a line.")
def list_newest(project: str, limit: int, as_json: bool) -> None:
    """List the newest conversations of PROJECT.

    PROJECT is written as in us-1/acme/hotel-bot.
    """
    with working("Asking PolyAI"), _client(project) as client:
        page = client.list(limit=limit)
    if as_json:
        for record in page.records:
            click.echo(_as_text(record.payload, indent=None))
        return
    _print_table(page.records)
    click.echo(f"{len(page.records):,} of {page.count:,}")


@agent.command()
@click.argument("project", type=ProjectKey())
@click.argument("conversation_id")
def get(project: str, conversation_id: str) -> None:
    """Print the detail of a conversation, as JSON.

    CONVERSATION_ID is of PROJECT (as in us-1/acme/hotel-bot).
    """
    with working("Asking PolyAI"), _client(project) as client:
        detail = client.get(conversation_id)
    click.echo(_as_text(detail, indent=2))


@agent.command()
@click.argument("project", type=ProjectKey())
@click.argument("conversation_id")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write. Default: a name made of the id, here.",
)
@click.option("--direction", default="combined", show_default=True, type=click.Choice(DIRECTIONS))
@click.option(
    "--redacted/--not-redacted", default=True, show_default=True, help="Whether without personal data."
)
def audio(project: str, conversation_id: str, out: Path | None, direction: str, redacted: bool) -> None:
    """Write the recording of a conversation to a WAV file.

    CONVERSATION_ID is of PROJECT (as in us-1/acme/hotel-bot).
    """
    from polyai_assets.raw.disk import move_local, temporary_folder
    from polyai_assets.raw.recordings.manifest import Key
    from polyai_assets.raw.recordings.sound import read_sound
    from polyai_assets.raw.recordings.wav import NotAWav

    target = out or Path(Key(conversation_id, direction, redacted).file)
    with working("Asking PolyAI"), _client(project) as client, temporary_folder() as folder:
        path = folder / "recording.wav"
        with path.open("w+b") as file:
            saved = client.save_audio(conversation_id, file, direction=direction, redacted=redacted)
            try:
                sound = read_sound(file, is_whole=saved.is_whole)
            except NotAWav as error:
                raise click.ClickException(f"what came is not kept: {error}") from error
        size = path.stat().st_size
        try:
            move_local(path, target)
        except OSError as error:
            raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error
    length = "of unknown length" if sound.duration is None else f"{sound.duration:,.1f} s"
    click.echo(f"{target}: {length}, {size / 1e6:,.2f} MB{f' ({sound.remark})' if sound.remark else ''}")


@contextmanager
def _client(project: str) -> "Iterator[AgentsClient]":
    """Open the Agents API of a configured project."""
    from polyai_assets.api.agents.client import AgentsClient
    from polyai_assets.workspace import find_project

    _, config = find_project(Path.cwd(), project)
    with AgentsClient(config.agents_connection()) as client:
        yield client


def _as_text(payload: bytes, indent: int | None) -> str:
    """Give JSON as ASCII, which says everything and moves no cursor; what is none as it is shown in Python."""
    try:
        return json.dumps(json.loads(payload), indent=indent)
    except (ValueError, RecursionError):
        return repr(payload)


def _print_table(records: "list[AgentsRecord]") -> None:
    from rich.markup import escape
    from rich.table import Table

    from polyai_assets.machine.wide import console_of_output, print_rows

    table = Table(*_COLUMNS)
    for record in records:
        stub = record.stub
        cells = (record.id, stub.started_at, stub.channel, stub.handoff, stub.in_progress)
        table.add_row(*(escape(_shown(cell)) for cell in cells))
    print_rows(console_of_output(), table)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(value)
    )
