"""Encrypting what a raw store holds already, folder by folder; it may be killed, and is then done again."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from polyai_assets.api.project import Project
from polyai_assets.raw.datasets import DATASETS
from polyai_assets.raw.leftovers import remove_stale
from polyai_assets.raw.partition import Partition
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


def _folders(store: RawStore, project: Project) -> Iterable[str]:
    days = [Partition(project, day) for day in store.days(project)]
    return dict.fromkeys(dataset.folder(day) for day in days for dataset in DATASETS)
