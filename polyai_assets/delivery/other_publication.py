"""Rows of a target's log that another platform has written, or this one when it published to another place."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from polyai_assets.api.project import Project
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import DayManifest, newest_manifests
from polyai_assets.raw.file_store import FileStore

_COMPARED = 20
"""How many days of a project, those that were delivered last, are compared with their manifests."""


def find_others(
    store: FileStore, rows: Iterable[LogRow], published: Mapping[Project, Mapping[date, int]]
) -> dict[Project, list[LogRow]]:
    """Find what the log has of these projects that is not of this publication.

    `published` are the newest versions of days, by project. A version that is older than the one that is published
    here is replaced by it, whoever has delivered it. Of the same version only the days that were delivered last are
    compared. Raises StoreUnavailable.
    """
    by_project: dict[str, list[LogRow]] = {}
    for row in sorted(rows, key=lambda row: row.delivered_at, reverse=True):
        by_project.setdefault(row.project, []).append(row)
    found = {
        project: list(_others(store, project, by_project.get(project.key, []), versions))
        for project, versions in published.items()
    }
    return {project: others for project, others in found.items() if others}


def _others(
    store: FileStore, project: Project, rows: list[LogRow], versions: Mapping[date, int]
) -> Iterator[LogRow]:
    if not versions:
        yield from rows
        return
    yield from (row for row in rows if row.version > versions.get(row.date, row.version))
    same = [row for row in rows if row.version == versions.get(row.date)][:_COMPARED]
    manifests = newest_manifests(store, project, {row.date for row in same})
    for row in same:
        manifest = manifests.get(row.date)
        if (
            isinstance(manifest, DayManifest)
            and manifest.version == row.version
            and manifest.published_at != row.published_at
        ):
            yield row
