"""Withdrawing the versions of a day that its newest one restates: what was erased must be in none of them."""

import re

from polyai_assets.delivery.manifest import file_folder, newest_versions, read_manifest
from polyai_assets.delivery.settings import PUBLISHABLE
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition, project_folder

_FILE = re.compile(r"v\d+-[0-9a-f]{12}\.parquet")


def withdraw_restated(store: FileStore, partition: Partition) -> int:
    """Remove every version of a day but the newest, and every file of ours that it does not name; gives how many.

    Raises ManifestUnreadable and StoreUnavailable.
    """
    version = newest_versions(store, partition.project).get(partition.date)
    if version is None:
        return 0
    named = {file.file for file in read_manifest(store, partition, version).tables.values()}
    removed = 0
    manifests = f"manifests/{project_folder(partition.project.key)}"
    for name in store.names(manifests):
        day, _, number = name.removesuffix(".json").partition(".v")
        if day == str(partition.date) and number.isdigit() and int(number) < version:
            store.delete(f"{manifests}/{name}")
            removed += 1
    for table in PUBLISHABLE:
        folder = file_folder(table, partition)
        for name in store.names(folder):
            if _FILE.fullmatch(name) and f"{folder}/{name}" not in named:
                store.delete(f"{folder}/{name}")
                removed += 1
    return removed
