"""Publishing a day: a Parquet file for each table, then the manifest that names them.

Example: a day is published as version 1, and one of its conversations changes. Version 2 has a new file of
`conversations` and names the old ones of the other tables. A run that is killed before it writes the manifest of 2 has
left files that nothing names: readers see version 1, and the next run writes 2.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

import duckdb
import msgspec

from polyai_assets.api.project import Project
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.tables import CONVERSATION_FACTS, LOADS
from polyai_assets.delivery.manifest import (
    DayManifest,
    FilePublished,
    file_folder,
    newest_versions,
    read_manifest,
    write_manifest,
)
from polyai_assets.delivery.settings import PUBLISHABLE, Include, PublishSettings
from polyai_assets.delivery.table_file import select_rows, write_table
from polyai_assets.delivery.withdraw import withdraw_restated
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import backfill_command
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import StoredColumns, read_columns

log = logging.getLogger(__name__)

_ON_ITS_WAY = timedelta(days=1)
"""How long a file may wait for the manifest that names it, before it is one that a killed run has left."""


class NotLoaded(Actionable):
    """The tables do not hold what the certificate of a day is about; says how to load it."""


@dataclass(frozen=True, slots=True)
class DayPublished:
    """What publishing a day has come to: its newest version, None where it is not to be published, and why.

    `is_new` says whether this made the version.
    """

    manifest: DayManifest | None
    is_new: bool
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
            left_out = _left_out(certificate, self.settings.include)
            if certificate is None or (left_out and not (erases and newest)):
                return DayPublished(newest, False, left_out)
            manifest = self._write_files(connection, certificate, newest, now)
            if newest is not None and newest.content == manifest.content:
                return DayPublished(newest, False, "it is published as it is")
            if write_manifest(self._store, manifest):
                log.info("%s: version %s is published", partition, manifest.version)
                self._versions[partition.project][partition.date] = manifest.version
                if manifest.version > self.settings.keep_versions:
                    withdraw_restated(self._store, partition, self.settings.keep_versions, now - _ON_ITS_WAY)
                return DayPublished(manifest, True, "")
            del self._versions[partition.project]

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
        tables = [self.contract.table(PUBLISHABLE[name]) for name in self.settings.tables]
        version = newest.version + 1 if newest is not None else 1
        with temporary_folder() as folder, self._day_read(connection, certificate) as stored:
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
                for table in tables
            }
        return DayManifest(
            project=certificate.project,
            date=certificate.date,
            version=version,
            certificate_sha256=hashlib.sha256(msgspec.json.encode(certificate)).hexdigest(),
            verdict=_verdict(certificate),
            settled=certificate.settled,
            restates=newest.version if newest is not None else None,
            schema_version=_schema_version(files),
            tables=files,
            published_at=now,
        )

    @contextmanager
    def _day_read(
        self, connection: duckdb.DuckDBPyConnection, certificate: Certificate
    ) -> Iterator[StoredColumns]:
        """Read the tables of a day as one load has left them, that of the certificate; gives which there are."""
        with self.warehouse.attached(connection, read_only=True):
            connection.execute("BEGIN")
            try:
                stored = read_columns(connection)
                _check_loaded(connection, stored, certificate)
                yield stored
            finally:
                connection.execute("ROLLBACK")


def _left_out(certificate: Certificate | None, include: Include) -> str:
    """Say why a day is not to be published; nothing where it is."""
    if certificate is None:
        return "it was never fetched"
    if include == "settled" and not certificate.settled:
        return "it is not settled"
    if include == "certified" and not certificate.is_complete:
        return f"it is {_verdict(certificate)}"
    return ""


def _verdict(certificate: Certificate) -> str:
    if certificate.is_provisional:
        return "provisional"
    return "complete" if certificate.is_complete else "incomplete"


def _check_loaded(
    connection: duckdb.DuckDBPyConnection, stored: StoredColumns, certificate: Certificate
) -> None:
    loaded = None
    # facts name it too, and `loads` has no row of a day of which too much was found wrong
    for table, column in ((LOADS.name, "records_sha256"), (CONVERSATION_FACTS.name, "certificate_sha256")):
        if loaded is None and table in stored:
            loaded = connection.execute(
                f"SELECT {column} FROM {SCHEMA}.{table} WHERE project = ? AND date = ? LIMIT 1",
                [certificate.project, certificate.date],
            ).fetchone()
    if loaded is None or loaded[0] != certificate.content_sha256:
        held = "nothing of this day" if loaded is None else "another fetch of this day"
        raise NotLoaded(
            f"the tables hold {held}, and not what its certificate is about. "
            f"Load it: `{backfill_command(certificate.partition, '--replay')}`"
        )


def _schema_version(files: dict[str, FilePublished]) -> str:
    columns = {name: file.columns for name, file in files.items()}
    return hashlib.sha256(msgspec.json.encode(columns)).hexdigest()[:12]
