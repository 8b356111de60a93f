"""What removing rows needs wherever they have been: free blocks, snapshots, the copy, reports, published days."""

from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from polyai_assets.assets.connection import Connect
from polyai_assets.assets.pages import write_report
from polyai_assets.assets.read_only_copy import copy_platform
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.deliver import Deliverer, DeliveryRefused
from polyai_assets.delivery.manifest import published_among
from polyai_assets.delivery.publish import Publisher
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.delivery.withdraw import withdraw_restated
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.held_copies import REWRITTEN_KINDS
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.compact import compact
from polyai_assets.warehouse.purge_lake import purge_lake

_WAIT = 120.0
"""Seconds that the file of a target is waited for which another process holds."""


class TargetNotRestated(Actionable):
    """A target has rows still that were removed here; says why. The delivery of the day is tried again."""


def rewrite_warehouse(warehouse: Warehouse, connect: Connect) -> None:
    """Write the warehouse anew, so that nothing is left in it of rows that were deleted.

    Raises NoRoomToCompact, WarehouseBusy and WarehouseInUse.
    """
    with connect() as connection:
        if warehouse.is_ducklake:
            purge_lake(connection, warehouse)
        else:
            compact(connection, warehouse)


def remake_copy(platform: PlatformConfig, now: datetime) -> None:
    """Make the read-only copy and the reports anew, where there is a copy: one that is changed keeps free blocks."""
    copy = Path(platform.read_only_copy)
    if not copy.exists():
        return
    copy.unlink()  # a new one begins as the old one, free blocks and all
    copy_platform(platform)
    pages = Path(platform.report.folder)
    if pages.is_dir():
        for page in pages.glob("*.html"):
            page.unlink()
        write_report(platform, now)


def republish(
    platform: PlatformConfig,
    warehouse: Warehouse,
    days: Iterable[Partition],
    connect: Connect,
    now: datetime,
) -> list[Partition]:
    """Publish a new version of those days that are published, and remove the earlier ones; gives these days."""
    if platform.publish is None:
        return []
    publisher = Publisher(RawStore(platform.raw_store), warehouse, platform.contract, platform.publish)
    store = FileStore(platform.publish.place)
    published = published_among(store, days)
    with connect() as connection:
        for partition in published:
            publisher.publish(connection, partition, now, erases=True)
            withdraw_restated(store, partition)
    return published


def rewrite_target(delivery: DeliverySettings, connect: Connect) -> None:
    """Write a target anew that is a DuckDB file; a target of another kind keeps what was deleted by rules of its own.

    A DuckLake is among these: whose snapshots expire is for its owner to say, since its other tables have them, too.
    Raises NoRoomToCompact, WarehouseBusy and WarehouseInUse.
    """
    if delivery.kind in REWRITTEN_KINDS:
        with connect() as connection:
            compact(connection, Warehouse(delivery.where, wait=_WAIT))


def redeliver(
    platform: PlatformConfig,
    delivery: DeliverySettings,
    days: Collection[Partition],
    connect: Connect,
    now: Callable[[], datetime],
) -> None:
    """Deliver the days that were published anew, and have the target forget their earlier versions.

    A day of which the target keeps a version that is not ours is left to people. Raises TargetNotRestated, and what
    opening a target raises.
    """
    if platform.publish is None or not days:
        return
    store = FileStore(platform.publish.place)
    with connect() as connection, closing(open_target(delivery, connection)) as target:
        deliverer = Deliverer(store, delivery, platform.contract, target, connection, now, erases=True)
        for day in list(deliverer.deliver(days)):
            if day.error is not None and not isinstance(day.error, DeliveryRefused):
                raise TargetNotRestated(f"{day.partition} could not be delivered: {day.error}")
