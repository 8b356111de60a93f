"""What an erasure would do: whose conversations, on which days, and how much of them lies in each place."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.manifest import published_among
from polyai_assets.erasure.erasure_plan import FoundIn
from polyai_assets.erasure.find import FoundConversations, SoughtConversations, find_conversations
from polyai_assets.erasure.local_files import SHEETS
from polyai_assets.erasure.sheets import find_sheets
from polyai_assets.erasure.tables import count_rows
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.retrieval.samples import SAMPLE_FILES
from polyai_assets.raw.retrieval.searches import SEARCH_FILES
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.alone import plans_folder
from polyai_assets.warehouse.attach import Warehouse

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

REPLAYED = "deleted, and the days are loaded again"
REDELIVERED = "their new version, and rows that are left are deleted"
WRITTEN_ANEW = "files are written anew without them"


class NothingFound(Actionable):
    """Nothing is kept of the contact or of the conversations that are to be erased."""


@dataclass(slots=True)
class Survey:
    """What was found: the conversations of each project by date, and how much of them lies where."""

    days: dict[str, dict[date, list[str]]] = field(default_factory=dict)
    forms: set[str] = field(default_factory=set)
    found: list[FoundIn] = field(default_factory=list)

    @property
    def names(self) -> dict[str, set[str]]:
        """The conversations of each project."""
        return {key: {name for names in days.values() for name in names} for key, days in self.days.items()}

    @property
    def conversations(self) -> int:
        """How many conversations there are."""
        return sum(map(len, self.names.values()))

    @property
    def by_place(self) -> dict[tuple[str, str], list[FoundIn]]:
        """What there is, by place and by what is done about it there, in the order in which it was found."""
        places: dict[tuple[str, str], list[FoundIn]] = {}
        for found in self.found:
            if found.count:
                places.setdefault((found.where, found.method), []).append(found)
        return places


def survey(
    root: Path, platforms: Sequence[PlatformConfig], wanted: SoughtConversations, connect: Connect
) -> Survey:
    """Look for conversations in every store of the platforms of the Dagster project in `root`, and in its sheets.

    Raises NothingFound and what the stores raise.
    """
    surveyed = Survey()
    for platform in platforms:
        store = RawStore(platform.raw_store)
        warehouse = Warehouse(platform.warehouse, platform.warehouse_data)
        found = FoundConversations()
        for config in platform.projects:
            with connect() as connection:
                of_project = find_conversations(store, connection, warehouse, config.project, wanted)
            found.days |= of_project.days
            surveyed.forms |= of_project.forms
        for partition, names in found.days.items():
            surveyed.days.setdefault(partition.project.key, {})[partition.date] = sorted(names)
        if found.days:
            surveyed.found += _in_stores(platform, store, warehouse, found, connect)
    if not surveyed.days:
        raise NothingFound(
            "nothing is kept of that: no state of a record, no detail and no row of a table has it. Check how it is "
            "written, and --account and --project. With --future a contact is left out all the same"
        )
    for sheet in find_sheets(root, folders_of(root, platforms), surveyed.names):
        surveyed.found.append(FoundIn("rows of a review sheet", str(sheet.path), sheet.rows, sheet.method))
    return surveyed


def _in_stores(
    platform: PlatformConfig,
    store: RawStore,
    warehouse: Warehouse,
    found: FoundConversations,
    connect: Connect,
) -> Iterator[FoundIn]:
    days = found.days
    yield FoundIn("conversations", store.url, _names(found), "tombstones keep them from coming back")
    yield FoundIn("days of records", store.url, _days(store, days), WRITTEN_ANEW)
    yield FoundIn(
        "days of details",
        store.url,
        sum(store.size(DETAIL_FILES.name(day)) is not None for day in days),
        WRITTEN_ANEW,
    )
    yield FoundIn("recordings", store.url, _recordings(store, found), "removed")
    retrieval = sum(store.size(SEARCH_FILES.name(day)) is not None for day in days)
    retrieval += sum(bool(store.names(SAMPLE_FILES.folder(day))) for day in days)
    yield FoundIn("files of searches and samples", store.url, retrieval, WRITTEN_ANEW)
    with connect() as connection:
        rows = count_rows(
            connection, warehouse, {key: found.names(Project.parse(key)) for key in _projects(found)}
        )
    for table, count in sorted(rows.ours.items()):
        yield FoundIn(f"rows of {table}", warehouse.name, count, REPLAYED)
    for table, count in sorted(rows.others.items()):
        yield FoundIn(f"rows of {table}", warehouse.name, count, "not a table of ours: delete them yourself")
    if platform.publish is not None:
        published = FileStore(platform.publish.place)
        count = len(published_among(published, days))
        yield FoundIn(
            "published days", platform.publish.place, count, "a new version, and earlier ones removed"
        )
        for delivery in platform.deliveries:
            yield FoundIn(
                "published days to deliver again", f"{delivery.name} ({delivery.kind})", count, REDELIVERED
            )


def _names(found: FoundConversations) -> int:
    return sum(len(found.names(Project.parse(key))) for key in _projects(found))


def _projects(found: FoundConversations) -> set[str]:
    return {partition.project.key for partition in found.days}


def _days(store: RawStore, days: Collection[Partition]) -> int:
    return sum(store.certificate(day) is not None for day in days)


def _recordings(store: RawStore, found: FoundConversations) -> int:
    count = 0
    for partition, names in found.days.items():
        manifest = RECORDING_FILES.read_or_none(store, partition)
        if manifest is not None:
            count += sum(
                recording.conversation_id in names and recording.bytes is not None
                for recording in manifest.recordings
            )
    return count


def folders_of(root: Path, platforms: Sequence[PlatformConfig]) -> list[Path]:
    """Give the folders and files of a Dagster project that may name conversations and are no place of their own."""
    kept = {plans_folder(root), *places_of(platforms)}
    return [
        path
        for folder in (root / "data", root)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path not in kept and (folder != root or path.suffix in {*SHEETS, ".csv"})
    ]


def places_of(platforms: Sequence[PlatformConfig]) -> set[Path]:
    """Give the places on this machine that an erasure has steps of their own for."""
    places = {
        _local(place)
        for platform in platforms
        for place in (
            platform.raw_store,
            platform.warehouse,
            platform.read_only_copy,
            *([platform.publish.place] if platform.publish else []),
        )
    }
    return {place for place in places if place is not None}


def _local(url: str) -> Path | None:
    """Give a place on this machine; None for a URL."""
    return None if "://" in url or ":" in url.partition("/")[0] else Path(url)
