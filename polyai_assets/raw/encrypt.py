"""Encrypting what a raw store holds already, folder by folder; it may be killed, and is then done again."""

from collections.abc import Iterable, Iterator

from polyai_assets.api.project import Project
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.store import RawStore


def encrypt_projects(store: RawStore, projects: Iterable[Project]) -> int:
    """Have a store encrypt what is written from now on, and encrypt what is there; gives how many files that were.

    Raises MasterKeyUnusable and EncryptionMissing before anything is changed.
    """
    store.encrypt()
    return sum(store.seal_existing(folder) for project in projects for folder in _folders(store, project))


def _folders(store: RawStore, project: Project) -> Iterator[str]:
    for day in store.days(project):
        partition = Partition(project, day)
        yield partition.folder
        yield DETAIL_FILES.folder(partition)
        yield RECORDING_FILES.folder(partition)
