"""Where data are kept: the raw store with its newest days, the spool, and the warehouse."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import fsspec

from polyai_assets.api.project import Project
from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.privacy.erased_contacts import ErasedContacts
from polyai_assets.privacy.master_key import MasterKeyUnusable
from polyai_assets.privacy.tombstones import Tombstones, TombstonesUnreadable
from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.leftovers import MAX_AGE
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import backfill_command
from polyai_assets.raw.sealed_store import EncryptionMissing
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy, WarehouseUnreachable
from polyai_assets.warehouse.catalog import table_names
from polyai_assets.warehouse.target import Target

OBJECT_STORE = "object store"
OBJECT_STORE_HINT = (
    "check the bucket's name, its region, the credentials (AWS_…) and the network; needs polyai-assets[s3]"
)
RAW, SPOOL = "raw store", "spool"
RAW_HINT = "check raw_store in defs.yaml"
_DAYS = 14
_LEFT_BEHIND = timedelta(hours=6)
"""A file that is being written is renamed within seconds."""
WAREHOUSE = "warehouse"
WAREHOUSE_HINT = (
    "check `warehouse` in defs.yaml; the raw store can make it anew: move it away and materialize the tables"
)


def look_at_store(url: str) -> Iterator[Diagnosis]:
    """List the top of an object store. Raises whatever fsspec and the store's library do."""
    files, root = fsspec.core.url_to_fs(url)
    try:
        found = files.ls(root, detail=False, refresh=True)
    except FileNotFoundError:
        bucket = root.split("/")[0]
        if not files.exists(bucket):
            yield red(OBJECT_STORE, f"there is no bucket {bucket}", "create it, or correct raw_store")
            return
        found = []
    yield green(OBJECT_STORE, f"{url} is reached: {len(found)} entries at its top")


def look_at_raw_store(url: str, projects: Sequence[Project], now: datetime) -> Iterator[Diagnosis]:
    """Read the certificates of the newest days of each project, and look whether their records are there."""
    store = RawStore(url)
    refused = list(_refused_keys(store, projects))
    yield from refused
    days, bad = 0, len(refused)
    for project in projects:
        for day in store.days(project)[-_DAYS:]:
            days += 1
            partition = Partition(project, day)
            try:
                certificate = store.certificate(partition)
            except CertificateUnreadable as error:
                bad += 1
                yield red(RAW, str(error), "")
                continue
            if certificate is None:
                bad += 1
                yield yellow(
                    RAW, f"{day} of {project} has files but no certificate", backfill_command(partition)
                )
            elif not certificate.is_retired and not store.has_records(certificate):
                bad += 1
                yield red(
                    RAW,
                    f"{day} of {project}: the file {certificate.file.name} is missing, or not as long as it was",
                    f"restore it from a backup, or: {backfill_command(partition)}",
                )
        if "://" not in url:
            yield from _left_behind(Path(url) / Partition(project, now.date()).folder, now)
    if not bad:
        yield green(RAW, f"{days} days looked at, the newest of each project: all as their certificates say")


def _refused_keys(store: RawStore, projects: Sequence[Project]) -> Iterator[Diagnosis]:
    """Look whether this process has the keys that days need: of what is encrypted, and of who was erased."""
    said = set()
    for project in projects:
        for look in (
            lambda project: store.try_key(project.key),
            lambda project: Tombstones.read(store, project),
            lambda project: ErasedContacts.read(store, project),
        ):
            try:
                look(project)
            except (MasterKeyUnusable, EncryptionMissing, TombstonesUnreadable) as error:
                if str(error) not in said:
                    yield red(RAW, str(error), "")
                said.add(str(error))


def _left_behind(newest: Path, now: datetime) -> Iterator[Diagnosis]:
    """Look for half-written files of runs that were killed, in the newest days of a project."""
    folders = sorted(newest.parent.iterdir())[-_DAYS:] if newest.parent.is_dir() else []
    old = (now - _LEFT_BEHIND).timestamp()
    orphans = [file for folder in folders for file in folder.glob(".*.tmp") if file.stat().st_mtime < old]
    if orphans:
        size = sum(file.stat().st_size for file in orphans) / 1e6
        yield yellow(
            RAW,
            f"{len(orphans)} half-written files of runs that were killed ({size:,.1f} MB), such as {orphans[0]}",
            "delete them",
        )


def look_at_spool(folder: Path, now: datetime) -> Iterator[Diagnosis]:
    """Look for walks that are too old to be continued; the next fetch removes them."""
    walks = (
        [walk for walk in (folder / "walks").iterdir() if walk.is_dir()]
        if (folder / "walks").is_dir()
        else []
    )
    oldest = (now - MAX_AGE).timestamp()
    stale = [walk for walk in walks if walk.stat().st_mtime < oldest]
    size = sum(file.stat().st_size for walk in stale for file in walk.iterdir()) / 1e6
    if stale:
        yield yellow(
            SPOOL,
            f"{len(stale)} fetches were broken off more than a day ago ({size:,.1f} MB)",
            "nothing: the next fetch removes them. If there is none, see the daemon",
        )
    else:
        yield green(SPOOL, f"{len(walks)} fetches to be continued")


def look_at_warehouse(target: str, data: str | None) -> Iterator[Diagnosis]:
    """Open the warehouse for a moment, as a run would. Raises what DuckDB says of one that cannot be opened."""
    warehouse = Warehouse(target, data, wait=1.0)
    if not Target(target).may_exist:
        yield green(WAREHOUSE, f"{warehouse.name} is not there yet: the first run makes it")
        return
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        try:
            # a DuckDB file for writing: whoever only reads it keeps a run from writing too
            with warehouse.attached(connection, read_only=warehouse.is_ducklake):
                tables = len(table_names(connection))
        except WarehouseBusy as error:
            holder = str(error).partition(": ")[2].partition(". ")[0]
            yield yellow(
                WAREHOUSE,
                f"{warehouse.name} is held: {holder}",
                "a run waits for ten minutes; close that program if it is none of Dagster's",
            )
            return
        except (duckdb.Error, WarehouseUnreachable) as error:
            if not (warehouse.is_ducklake and _is_new(error)):
                raise
            yield green(WAREHOUSE, f"{warehouse.name} is reached, and empty: the first run makes its tables")
            return
    yield green(WAREHOUSE, f"{warehouse.name} opens, with {tables} tables")


def _is_new(error: Exception) -> bool:
    """Tell whether a DuckLake's catalog is there, but nothing in it yet."""
    text = str(error)
    no_tables = "Existing DuckLake at metadata catalog" in text and "does not exist" in text
    return no_tables or "in read-only mode: database does not exist" in text  # a catalog that is a file
