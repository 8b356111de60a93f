"""Encrypting what a raw store holds already, folder by folder; it may be killed, and is then done again."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from polyai_assets.api.project import Project
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.leftovers import remove_stale
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.store import RawStore


def encrypt_projects(store: RawStore, projects: Iterable[Project]) -> int:
    """Have a store encrypt what is written from now on, and encrypt what is there; gives how many files that were.

    Raises MasterKeyUnusable and EncryptionMissing before anything is changed.
    """
    store.encrypt()
    return sum(store.seal_existing(folder) for project in projects for folder in _folders(store, project))


def remove_journals(spool: Path, now: datetime) -> None:
    """Remove what killed runs have left on local disk: it is not encrypted, and is fetched again."""
    for folder in (spool / "walks", spool / "details", spool / "recordings", *spool.glob("*/walks")):
        if folder.is_dir():
            remove_stale(folder, now, most_bytes=-1)


def _folders(store: RawStore, project: Project) -> Iterator[str]:
    for day in store.days(project):
        partition = Partition(project, day)
        yield partition.folder
        yield DETAIL_FILES.folder(partition)
        yield RECORDING_FILES.folder(partition)
