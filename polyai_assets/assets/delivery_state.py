"""What each target has of the published days, for whoever has to know: the sensor, the commands."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from polyai_assets.api.project import Project
from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.settings import DeliverySettings

if TYPE_CHECKING:
    from polyai_assets.delivery.due import ProjectDelivery

Versions = Mapping[Project, Mapping[date, int]]
"""By project and day the number of the newest version that is published."""


def published_versions(platform: PlatformConfig) -> Versions:
    """List what is published of each project; nothing is read but names. Raises StoreUnavailable."""
    from polyai_assets.delivery.manifest import newest_versions
    from polyai_assets.raw.file_store import FileStore

    if platform.publish is None:
        return {}
    store = FileStore(platform.publish.place)
    return {config.project: newest_versions(store, config.project) for config in platform.projects}


def compare_with_log(
    platform: PlatformConfig, spool: Path, delivery: DeliverySettings, versions: Versions
) -> "Sequence[ProjectDelivery]":
    """Compare what is published with the log of a target. Raises what `find_due` raises."""
    from polyai_assets.delivery.due import find_due
    from polyai_assets.delivery.targets.kinds import open_target
    from polyai_assets.raw.file_store import FileStore

    if platform.publish is None:
        return []
    store = FileStore(platform.publish.place)
    with (
        connect(duckdb_resource(spool)) as connection,
        closing(open_target(delivery, connection)) as target,
    ):
        return find_due(store, delivery, target, versions)
