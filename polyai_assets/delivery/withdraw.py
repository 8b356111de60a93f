"""Withdrawing the versions of a day that its newest one restates: what was erased must be in none of them."""

import re
from datetime import datetime

from polyai_assets.delivery.manifest import file_folder, newest_versions, read_manifest
from polyai_assets.delivery.settings import PUBLISHABLE
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition, project_folder

_FILE = re.compile(r"v\d+-[0-9a-f]{12}\.parquet")


def withdraw_restated(
    store: FileStore, partition: Partition, keep: int = 1, unnamed_before: datetime | None = None
) -> int:
    """Remove the versions of a day but the newest to `keep`, and every file of ours that none of these names.

    A file that was written since `unnamed_before` may be of a version whose manifest is still to come, and stays.
    Gives how many were removed.

    Raises ManifestUnreadable and StoreUnavailable.
    """
    version = newest_versions(store, partition.project).get(partition.date)
    if version is None:
        return 0
    removed = 0
    manifests = f"manifests/{project_folder(partition.project.key)}"
    kept: list[int] = []
    for name in store.names(manifests):
        day, _, number = name.removesuffix(".json").partition(".v")
        if day != str(partition.date) or not number.isdigit():
            continue
        if int(number) > version - keep:
            kept.append(int(number))
        else:
            store.delete(f"{manifests}/{name}")
            removed += 1
    named = {file.file for number in kept for file in read_manifest(store, partition, number).tables.values()}
    for table in PUBLISHABLE:
        folder = file_folder(table, partition)
        for name in store.names(folder):
            if _FILE.fullmatch(name) and f"{folder}/{name}" not in named:
                if unnamed_before is not None and _is_written_since(
                    store, f"{folder}/{name}", unnamed_before
                ):
                    continue
                store.delete(f"{folder}/{name}")
                removed += 1
    return removed


def _is_written_since(store: FileStore, name: str, moment: datetime) -> bool:
    written = store.modified(name)
    return written is not None and written >= moment
