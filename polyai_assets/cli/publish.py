"""The command `publish`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from polyai_assets.cli.days import print_days
from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from polyai_assets.configuration import PlatformConfig
    from polyai_assets.delivery.publish import Publisher
    from polyai_assets.raw.partition import Partition

    Work = Callable[[Publisher, DuckDBPyConnection, Partition], dict[str, Any]]

_NOTHING_FETCHED = "of these days nothing was fetched yet: polyai backfill fetches and loads them"


@click.command()
@click.argument("projects", type=ProjectKey(), nargs=-1, metavar="[PROJECT]...")
@click.option("--since", type=Day(), help="First day. Default: the first that was fetched.")
@click.option("--until", type=Day(), help="Last day. Default: the last that was fetched.")
@click.option("--dry-run", is_flag=True, help="Only say what would be published; nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
def publish(
    projects: tuple[str, ...], since: date | None, until: date | None, dry_run: bool, as_json: bool
) -> None:
    """Publish days as files.

    Of each PROJECT (as in us-1/acme/hotel-bot), or of all: those that are not published as the tables have them. The
    sensor publish_due does the same by itself. Exits with 1 if a day is red.
    """
    with working("Reading what was fetched"):
        from polyai_assets.workspace import find_platforms, only

        platforms = only(find_platforms(Path.cwd()), projects)
        chosen = [
            (publisher, days)
            for platform in platforms
            if (publisher := _publisher(platform)) is not None
            and (days := _fetched(publisher, platform, since or date.min, until or date.max))
        ]
    if not any(platform.publish for platform in platforms):
        raise click.ClickException(
            "nothing is published: declare `publish` in defs.yaml, as in publish: {}. What is requested of PolyAI, "
            "annotations and notes, is sent by polyai write-back"
        )
    if not chosen:
        click.echo(_NOTHING_FETCHED, err=True)
    work = _look if dry_run else _publish
    shown = [day for publisher, days in chosen for day in _each(work, publisher, days)]
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
    else:
        print_days("", shown, "published", dry_run=dry_run)
    if any(day["error"] for day in shown):
        raise click.exceptions.Exit(1)


def _publisher(platform: "PlatformConfig") -> "Publisher | None":
    """Open the stores of a platform, where days are published."""
    from polyai_assets.delivery.publish import Publisher
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse

    if platform.publish is None:
        return None
    warehouse = Warehouse(platform.warehouse, platform.warehouse_data)
    return Publisher(RawStore(platform.raw_store), warehouse, platform.contract, platform.publish)


def _fetched(
    publisher: "Publisher", platform: "PlatformConfig", since: date, until: date
) -> "list[Partition]":
    from polyai_assets.raw.partition import Partition

    return [
        Partition(config.project, day)
        for config in platform.projects
        for day in publisher.raw.days(config.project)
        if since <= day <= until
    ]


def _each(work: "Work", publisher: "Publisher", days: "Sequence[Partition]") -> "Iterator[dict[str, Any]]":
    """Do the work on one day after the other; one that fails is red by itself and keeps the version that it has."""
    from polyai_assets.assets.connection import connect, duckdb_resource
    from polyai_assets.assets.guard import FORESEEN
    from polyai_assets.machine.actionable import quoting_no_secret
    from polyai_assets.workspace import spool_folder

    with (
        connect(duckdb_resource(spool_folder(Path.cwd()))) as connection,
        click.progressbar(days, label="published days", file=sys.stderr) as partitions,
    ):
        for partition in partitions:
            day = {"project": partition.project.key, "date": partition.date}
            try:
                yield day | work(publisher, connection, partition) | {"error": None}
            except FORESEEN as error:
                nothing = {"version": None, "rows": 0, "is_new": False, "reason": ""}
                yield day | nothing | {"error": str(quoting_no_secret(error))}


def _publish(
    publisher: "Publisher", connection: "DuckDBPyConnection", partition: "Partition"
) -> dict[str, Any]:
    day = publisher.publish(connection, partition, datetime.now(UTC))
    return {
        "version": day.manifest.version if day.manifest else None,
        "rows": sum(file.rows for file in day.manifest.tables.values()) if day.manifest else 0,
        "is_new": day.is_new,
        "reason": day.reason,
    }


def _look(publisher: "Publisher", connection: "DuckDBPyConnection", partition: "Partition") -> dict[str, Any]:
    """Say what publishing a day would come to."""
    day = publisher.look(connection, partition)
    was = day.newest.version if day.newest else None
    return {
        "version": (was or 0) + 1 if day.is_due else was,
        "was": was,
        "rows": day.rows,
        "is_new": day.is_due,
        "reason": day.reason,
    }
