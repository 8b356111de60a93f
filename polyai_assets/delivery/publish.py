"""Publishing a day: a Parquet file for each table, then the manifest that names them.

Example: a day is published as version 1, and one of its conversations changes. Version 2 has a new file of
`conversations` and names the old ones of the other tables. A run that is killed before it writes the manifest of 2 has
left files that nothing names: readers see version 1, and the next run writes 2.
"""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

import duckdb
import msgspec

from polyai_assets.api.project import Project
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.tables import Table
from polyai_assets.delivery.certified_day import day_read, verdict_of, why_left_out
from polyai_assets.delivery.manifest import (
    DayContent,
    DayManifest,
    FilePublished,
    file_folder,
    newest_versions,
    read_manifest,
    write_manifest,
)
from polyai_assets.delivery.settings import PUBLISHABLE, PublishSettings
from polyai_assets.delivery.table_file import read_content, select_rows, write_table
from polyai_assets.delivery.withdraw import withdraw_restated
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse

log = logging.getLogger(__name__)

AS_IT_IS = "it is published as it is"
"""Why a day has no other version."""

_ON_ITS_WAY = timedelta(days=1)
"""How long a file may wait for the manifest that names it, before it is one that a killed run has left."""


@dataclass(frozen=True, slots=True)
class DayPublished:
    """What publishing a day has come to: its newest version, None where it is not to be published, and why.

    `is_new` says whether this made the version.
    """

    manifest: DayManifest | None
    is_new: bool
    reason: str


@dataclass(frozen=True, slots=True)
class DayLooked:
    """What publishing a day would come to: its newest version, None where it has none, and the rows of its tables.

    `is_due` says whether there would be another version, `reason` why not.
    """

    newest: DayManifest | None
    rows: int
    is_due: bool
    reason: str


@dataclass
class Publisher:
    """Publishes days from a raw store and a warehouse; it needs a connection of DuckDB for each."""

    raw: RawStore
    warehouse: Warehouse
    contract: Contract
    settings: PublishSettings
    _versions: dict[Project, dict[date, int]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def _store(self) -> FileStore:
        return FileStore(self.settings.place)

    def publish(
        self,
        connection: duckdb.DuckDBPyConnection,
        partition: Partition,
        now: datetime,
        *,
        erases: bool = False,
    ) -> DayPublished:
        """Publish a day where it is not published as it is now.

        A day that is not to be published keeps the version that it has, unless this `erases` conversations from it.

        Raises NotLoaded, ManifestUnreadable, StoreUnavailable, WarehouseBusy and WarehouseUnreachable.
        """
        while True:
            # before the tables are read: what another process publishes meanwhile may be newer than they are
            newest = self._newest(partition)
            certificate = self.raw.certificate(partition)
            left_out = why_left_out(certificate, self.settings.include)
            if certificate is None or (left_out and not (erases and newest)):
                return DayPublished(newest, False, left_out)
            manifest = self._write_files(connection, certificate, newest, now)
            if newest is not None and newest.content == manifest.content:
                return DayPublished(newest, False, AS_IT_IS)
            if write_manifest(self._store, manifest):
                log.info("%s: version %s is published", partition, manifest.version)
                self._versions[partition.project][partition.date] = manifest.version
                if manifest.version > self.settings.keep_versions:
                    withdraw_restated(self._store, partition, self.settings.keep_versions, now - _ON_ITS_WAY)
                return DayPublished(manifest, True, "")
            del self._versions[partition.project]

    def look(self, connection: duckdb.DuckDBPyConnection, partition: Partition) -> DayLooked:
        """Say what publishing a day would come to; nothing is written. Raises what `publish` raises."""
        newest = self._newest(partition)
        certificate = self.raw.certificate(partition)
        left_out = why_left_out(certificate, self.settings.include)
        if certificate is None or left_out:
            return DayLooked(newest, 0, False, left_out)
        with day_read(connection, self.warehouse, certificate) as stored:
            tables = {
                table.name: read_content(
                    connection, table, select_rows(stored.get(table.name, {}), table, partition)
                )
                for table in self._tables
            }
        content = DayContent(verdict_of(certificate), certificate.settled, tables)
        is_due = newest is None or newest.content != content
        rows = sum(table.rows for table in tables.values())
        return DayLooked(newest, rows, is_due, "" if is_due else AS_IT_IS)

    @property
    def _tables(self) -> list[Table]:
        return [self.contract.table(PUBLISHABLE[name]) for name in self.settings.tables]

    def _newest(self, partition: Partition) -> DayManifest | None:
        """Read the newest version of a day; a project's days are listed once, and again where another one publishes."""
        if partition.project not in self._versions:
            self._versions[partition.project] = newest_versions(self._store, partition.project)
        version = self._versions[partition.project].get(partition.date)
        return read_manifest(self._store, partition, version) if version is not None else None

    def _write_files(
        self,
        connection: duckdb.DuckDBPyConnection,
        certificate: Certificate,
        newest: DayManifest | None,
        now: datetime,
    ) -> DayManifest:
        """Write the files of the tables that have changed; gives the manifest that names all of them."""
        before = newest.tables if newest is not None else {}
        version = newest.version + 1 if newest is not None else 1
        with temporary_folder() as folder, day_read(connection, self.warehouse, certificate) as stored:
            files = {
                table.name: write_table(
                    connection,
                    self._store,
                    table,
                    select_rows(stored.get(table.name, {}), table, certificate.partition),
                    f"{file_folder(table.name, certificate.partition)}/v{version}",
                    before.get(table.name),
                    folder / table.name,
                )
                for table in self._tables
            }
        return DayManifest(
            project=certificate.project,
            date=certificate.date,
            version=version,
            certificate_sha256=hashlib.sha256(msgspec.json.encode(certificate)).hexdigest(),
            verdict=verdict_of(certificate),
            settled=certificate.settled,
            restates=newest.version if newest is not None else None,
            schema_version=_schema_version(files),
            tables=files,
            published_at=now,
        )


def _schema_version(files: dict[str, FilePublished]) -> str:
    columns = {name: file.columns for name, file in files.items()}
    return hashlib.sha256(msgspec.json.encode(columns)).hexdigest()[:12]
