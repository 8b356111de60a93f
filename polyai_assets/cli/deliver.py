"""The command `deliver`."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from polyai_assets.cli.days import print_days
from polyai_assets.cli.parameters import Day
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from polyai_assets.assets.delivery_state import Versions
    from polyai_assets.configuration import PlatformConfig
    from polyai_assets.delivery.deliver import DayDelivered
    from polyai_assets.delivery.settings import DeliverySettings, PublishSettings

    Chosen = tuple[PlatformConfig, PublishSettings, DeliverySettings, Versions]


_NOTHING_PUBLISHED = (
    "of these days nothing is published yet. What runs work on is published within minutes, by the sensor publish_due; "
    "days that were loaded before, by: polyai publish"
)


@click.command()
@click.argument("projects", type=ProjectKey(), nargs=-1, metavar="[PROJECT]...")
@click.option("--target", "targets", multiple=True, help="The name of a delivery. Default: all of them.")
@click.option("--since", type=Day(), help="First day. Default: the first that is published.")
@click.option("--until", type=Day(), help="Last day. Default: the last that is published.")
@click.option("--dry-run", is_flag=True, help="Only say what would be delivered; nothing is written.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
def deliver(
    projects: tuple[str, ...],
    targets: tuple[str, ...],
    since: date | None,
    until: date | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Deliver published days to their targets.

    Of each PROJECT (as in us-1/acme/hotel-bot), or of all: those that a target does not have as they are published.
    The sensor delivery_due does the same by itself. Exits with 1 if a day is red.
    """
    with working("Reading what is published"):
        from polyai_assets.workspace import find_platforms, only

        platforms = only(find_platforms(Path.cwd()), projects)
        chosen = list(_choose(platforms, targets, since or date.min, until or date.max))
    if not any(days for *_, versions in chosen for days in versions.values()):
        click.echo(_NOTHING_PUBLISHED, err=True)
        chosen = []
    shown: list[dict[str, Any]] = []
    for platform, publish, delivery, versions in chosen:
        days = (
            _lacking(platform, delivery, versions)
            if dry_run
            else _deliver(platform, publish, delivery, versions)
        )
        if not as_json:
            print_days(delivery.name, days, "delivered", dry_run=dry_run)
            if not days:
                click.echo(f"{delivery.name}: it has everything as it is published")
        shown += days
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
    if any(day["error"] for day in shown):
        raise click.exceptions.Exit(1)


def _choose(
    platforms: "Sequence[PlatformConfig]", targets: Sequence[str], since: date, until: date
) -> "Iterator[Chosen]":
    from polyai_assets.assets.delivery_state import published_versions

    known = {delivery.name for platform in platforms for delivery in platform.deliveries}
    if not known:
        raise click.ClickException("nothing is delivered: declare a target under `deliveries` in defs.yaml")
    for name in targets:
        if name not in known:
            raise click.ClickException(f"no delivery is called {name}; there are {', '.join(sorted(known))}")
    for platform in platforms:
        wanted = [delivery for delivery in platform.deliveries if not targets or delivery.name in targets]
        if platform.publish is None or not wanted:
            continue
        versions = {
            project: {day: version for day, version in published.items() if since <= day <= until}
            for project, published in published_versions(platform).items()
        }
        yield from ((platform, platform.publish, delivery, versions) for delivery in wanted)


def _lacking(
    platform: "PlatformConfig", delivery: "DeliverySettings", versions: "Versions"
) -> list[dict[str, Any]]:
    """Say what would be delivered."""
    from polyai_assets.assets.delivery_state import compare_with_log
    from polyai_assets.workspace import spool_folder

    with working(f"Asking {delivery.name}"):
        found = compare_with_log(platform, spool_folder(Path.cwd()), delivery, versions)
    return [
        {
            "target": delivery.name,
            "project": day.manifest.project,
            "date": day.manifest.date,
            "version": day.manifest.version,
            "was": day.row.version if day.row else None,
            "rows": sum(
                day.manifest.tables[name].rows for name in delivery.tables if name in day.manifest.tables
            ),
            "is_new": not day.is_refused,
            "reason": day.standing.value,
            "error": day.standing.value if day.is_refused else None,
        }
        for standing in found
        for day in standing.due
    ]


def _deliver(
    platform: "PlatformConfig",
    publish: "PublishSettings",
    delivery: "DeliverySettings",
    versions: "Versions",
) -> list[dict[str, Any]]:
    from contextlib import closing

    from polyai_assets.assets.connection import connect, duckdb_resource
    from polyai_assets.delivery.deliver import Deliverer
    from polyai_assets.delivery.targets.kinds import open_target
    from polyai_assets.raw.file_store import FileStore
    from polyai_assets.raw.partition import Partition
    from polyai_assets.workspace import spool_folder

    partitions = [Partition(project, day) for project, days in versions.items() for day in days]
    store, resource = FileStore(publish.place), duckdb_resource(spool_folder(Path.cwd()))
    with connect(resource) as connection, closing(open_target(delivery, connection)) as target:
        deliverer = Deliverer(
            store, delivery, platform.contract, target, connection, lambda: datetime.now(UTC)
        )
        with click.progressbar(
            deliverer.deliver(partitions),
            length=len(partitions),
            label=delivery.name,
            file=sys.stderr,
        ) as days:
            return [_shown(delivery.name, day) for day in days]


def _shown(delivery: str, day: "DayDelivered") -> dict[str, Any]:
    return {
        "target": delivery,
        "project": day.partition.project.key,
        "date": day.partition.date,
        "version": day.row.version if day.row else None,
        "rows": day.row.rows_expected if day.row else 0,
        "is_new": day.is_new,
        "reason": day.reason,
        "findings": list(day.findings),
        "error": str(day.error) if day.error else None,
    }
