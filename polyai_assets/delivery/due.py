"""What a target lacks of the published days: lists of manifests against one reading of its log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from polyai_assets.api.project import Project
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import DayManifest, newest_manifests
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.standing import Standing, is_included, standing_of
from polyai_assets.delivery.targets.target import DeliveryTarget
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition


@dataclass(frozen=True, slots=True)
class DueDay:
    """A published day that a target does not have as it is published; `row` is what it has of it."""

    manifest: DayManifest
    row: LogRow | None
    standing: Standing

    @property
    def partition(self) -> Partition:
        """Which day it is."""
        return self.manifest.partition

    @property
    def is_refused(self) -> bool:
        """Whether the target keeps what it has, and a person has to decide."""
        return self.standing in (Standing.NEWER_THERE, Standing.OTHER_THERE)


@dataclass(frozen=True, slots=True)
class ProjectDelivery:
    """How a project stands in a target.

    `days` are those that it has, `due` those that it lacks; `newest` is the newest day that it has as it is published,
    None where it has none, and `version` its version.
    """

    project: Project
    days: int
    due: Sequence[DueDay]
    newest: date | None
    version: int | None
    delivered_at: datetime | None


def find_due(
    store: FileStore,
    settings: DeliverySettings,
    target: DeliveryTarget,
    published: Mapping[Project, Mapping[date, int]],
) -> list[ProjectDelivery]:
    """Compare the newest versions of published days, by project, with a target's log.

    Manifests are read only of days of which the log has another version, or none. Raises what a target raises,
    StoreUnavailable and NoConnection.
    """
    rows: dict[tuple[str, date], LogRow] = {(row.project, row.date): row for row in target.read_log()}
    return [_of_project(store, settings, project, versions, rows) for project, versions in published.items()]


def _of_project(
    store: FileStore,
    settings: DeliverySettings,
    project: Project,
    versions: Mapping[date, int],
    rows: Mapping[tuple[str, date], LogRow],
) -> ProjectDelivery:
    there = {day: row for day in versions if (row := rows.get((project.key, day))) is not None}
    as_published = [day for day, row in there.items() if row.version == versions[day] and row.is_verified]
    wanted = set(settings.tables)
    whole = {day for day in as_published if wanted <= set(there[day].tables.split(","))}
    manifests = newest_manifests(store, project, set(versions) - whole)
    due = list(_due(manifests.values(), there, settings))
    newest = max(as_published, default=None)
    return ProjectDelivery(
        project=project,
        days=len(there),
        due=due,
        newest=newest,
        version=versions[newest] if newest is not None else None,
        delivered_at=max((row.delivered_at for row in there.values()), default=None),
    )


def _due(
    manifests: Iterable[object], there: Mapping[date, LogRow], settings: DeliverySettings
) -> Iterable[DueDay]:
    for manifest in manifests:
        if not isinstance(manifest, DayManifest) or not is_included(manifest, settings.include):
            continue
        row = there.get(manifest.date)
        standing = standing_of(manifest, row, settings.tables)
        if standing is not Standing.DELIVERED:
            yield DueDay(manifest, row, standing)
