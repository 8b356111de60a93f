"""What is published of a day: files, and the manifest that names them.

    manifests/<region>/<account>/<project>/2026-11-03.v2.json
    conversations/project=us-1%2Facme%2Fhotel-bot/date=2026-11-03/v2-5d1f90c2a7b4.parquet

Neither is ever changed. A manifest is written last, under a name that is new, so what it names is there, whole; a file
that none names counts for nothing. The newest version of a day is the one with the highest number.
"""

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from urllib.parse import quote

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition, Partitioned, project_folder

FORMAT = 1

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.v(\d+)\.json")


class ManifestUnreadable(Actionable):
    """A manifest is damaged, or of a format that this version does not know. Says which, and what to do."""


class ColumnPublished(msgspec.Struct, frozen=True):
    """A column of a file: its name, and its type as DuckDB has it."""

    name: str
    type: str


class TableContent(msgspec.Struct, frozen=True):
    """A table's rows of a day: how many, the sum of a digest of each, and their columns."""

    rows: int
    checksum: str
    columns: list[ColumnPublished]


class DayContent(msgspec.Struct, frozen=True):
    """Rows and columns of a day's tables, and whether it is complete and settled."""

    verdict: str
    settled: bool
    tables: dict[str, TableContent]


class FilePublished(msgspec.Struct, frozen=True):
    """A table's rows of a day: the file below the root, what is in it, and what it is by its bytes.

    `checksum` is the sum of a digest of every row, whatever their order: the same rows have the same. It leaves out
    `loaded_at`, when a row was made.
    """

    file: str
    rows: int
    bytes: int
    sha256: str
    checksum: str
    columns: list[ColumnPublished]

    @property
    def content(self) -> TableContent:
        """What makes it differ from another file of the same table and day."""
        return TableContent(self.rows, self.checksum, self.columns)


class DayManifest(Partitioned, frozen=True, kw_only=True):
    """A version of a day.

    `verdict` is complete, incomplete or provisional, as its certificate says; `restates` the version that it replaces;
    `schema_version` identifies tables and columns.
    """

    format: int = FORMAT
    version: int
    certificate_sha256: str
    verdict: str
    settled: bool
    restates: int | None
    schema_version: str
    tables: dict[str, FilePublished]
    published_at: datetime

    @property
    def content(self) -> DayContent:
        """What makes a version differ from another."""
        tables = {name: file.content for name, file in self.tables.items()}
        return DayContent(self.verdict, self.settled, tables)


def newest_versions(store: FileStore, project: Project) -> dict[date, int]:
    """List the days of a project that are published, oldest first, with the number of the newest version."""
    versions: dict[date, int] = {}
    for name in store.names(_folder(project)):
        found = _NAME.fullmatch(name)
        if found:
            day = date.fromisoformat(found[1])
            versions[day] = max(versions.get(day, 0), int(found[2]))
    return dict(sorted(versions.items()))


def published_among(store: FileStore, partitions: Iterable[Partition]) -> list[Partition]:
    """Give those days that are published, in their order; a project's versions are listed once."""
    days = list(partitions)
    published = {project: newest_versions(store, project) for project in {day.project for day in days}}
    return [day for day in days if day.date in published[day.project]]


def read_manifest(store: FileStore, partition: Partition, version: int) -> DayManifest:
    """Read a version of a day that is listed. Raises ManifestUnreadable."""
    name = _manifest_name(partition, version)
    return _decode(store, name, store.read(name))


def newest_manifests(
    store: FileStore, project: Project, days: Collection[date]
) -> dict[date, DayManifest | ManifestUnreadable]:
    """Read the newest version of each of the days that is published; one that cannot be read has its error instead."""
    names = {
        day: _manifest_name(Partition(project, day), version)
        for day, version in newest_versions(store, project).items()
        if day in days
    }
    contents = store.read_some(names.values())
    found: dict[date, DayManifest | ManifestUnreadable] = {}
    for day, name in names.items():
        try:
            found[day] = _decode(store, name, contents.get(name))
        except ManifestUnreadable as error:
            found[day] = error
    return found


def _decode(store: FileStore, name: str, content: bytes | None) -> DayManifest:
    try:
        if content is None:
            raise msgspec.DecodeError("it is gone")
        if msgspec.json.decode(content, type=_Format).format != FORMAT:
            raise msgspec.DecodeError(f"its format is not {FORMAT}")
        return msgspec.json.decode(content, type=DayManifest)
    except msgspec.DecodeError as error:
        raise ManifestUnreadable(
            f"{store.location(name)} cannot be read: {error}. If it is damaged, delete it and publish the day again; "
            "if a newer polyai-assets wrote it, update this one"
        ) from error


def write_manifest(store: FileStore, manifest: DayManifest) -> bool:
    """Write a version of a day; False, and nothing is written, where another process has written one of that number."""
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    return store.write_new(_manifest_name(manifest.partition, manifest.version), content)


def file_folder(table: str, partition: Partition) -> str:
    """Name the folder of a table's files of a day, below the root."""
    return f"{table}/project={quote(partition.project.key, safe='')}/date={partition.date}"


def _folder(project: Project) -> str:
    return f"manifests/{project_folder(project.key)}"


def _manifest_name(partition: Partition, version: int) -> str:
    return f"{_folder(partition.project)}/{partition.date}.v{version}.json"


class _Format(msgspec.Struct):
    format: int
