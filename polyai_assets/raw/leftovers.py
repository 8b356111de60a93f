"""What killed runs leave behind, in the raw store and on local disk.

In the folders of the store: files on their way, and files that no certificate names. They hold whole records and count
nowhere, so the next commit to the folder removes them.

On local disk: walks, details and recordings on their way, in a folder each. They are continued, for a day and up to a
size. `<name>` or `<name>.<kind>` belongs to the run that holds `<name>.lock`.
"""

import logging
import re
import shutil
from collections.abc import Set
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from polyai_assets.raw.file_store import FileStore

LEFT_BEHIND = timedelta(days=1)
"""Files that are younger may belong to a run that is about to name them."""

_ON_ITS_WAY = re.compile(r"\.[a-z0-9_]{8}\.tmp")
DAMAGED = ".damaged"
"""What a damaged file is called that is kept for what a person may still read in it."""

_KEPT_ASIDE = re.compile(rf"\d{{8}}T\d{{12}}Z-[0-9a-f]{{8}}\.changes{re.escape(DAMAGED)}")
_WITH_RECORDS = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{8}\.(parquet|changes)")  # from the time of their fetch on

log = logging.getLogger(__name__)


def remove_leftovers(
    store: FileStore, folder: str, named: Set[str], before: datetime, *, spares_older: bool
) -> None:
    """Remove from a folder the files of ours that are not `named` and were last written before a moment.

    It costs one listing. Files of other people stay. With `spares_older`, damaged ones stay too, and those of
    earlier fetches than any that is named: they are what is left of a day whose certificate was lost, and may be the
    only copy.
    """
    try:
        _remove_leftovers(store, folder, named, before, spares_older=spares_older)
    except OSError as error:  # what is left over harms nothing, and the next commit looks again
        log.warning("%s cannot be looked through for what killed runs have left: %s", folder, error)


def _remove_leftovers(
    store: FileStore, folder: str, named: Set[str], before: datetime, *, spares_older: bool
) -> None:
    oldest = min(filter(_WITH_RECORDS.fullmatch, named), default="") if spares_older else ""
    for file in store.names(folder):
        is_record = _WITH_RECORDS.fullmatch(file) and file not in named and file > oldest
        is_aside = not spares_older and _KEPT_ASIDE.fullmatch(file)
        if is_record or is_aside or _ON_ITS_WAY.fullmatch(file):
            name = f"{folder}/{file}"
            written_at = store.modified(name)
            if written_at is not None and written_at < before:
                log.info("%s is left over, and is removed", name)
                remove(store, name)


def remove(store: FileStore, name: str) -> None:
    """Remove a file that nothing names any more. Where that cannot be done it stays, and the log says so."""
    try:
        store.delete(name)
    except OSError as error:
        log.warning("%s is needed no more and cannot be removed: %s", name, error)


def clean(
    store: FileStore, folder: str, before: Set[str], named: Set[str], until: datetime | None, now: datetime
) -> None:
    """Remove from a folder the files that were named `before` a commit and are no more, and what killed runs left."""
    for name in before - named:
        remove(store, f"{folder}/{name}")
    remove_leftovers(store, folder, named, leftover_before(until, now), spares_older=until is None)


def leftover_before(until: datetime | None, now: datetime) -> datetime:
    """Give the moment before which files that no certificate names are leftovers; all that a decision reaches are."""
    latest = now - LEFT_BEHIND
    return latest if until is None else max(latest, min(until, now))


MAX_AGE = timedelta(hours=24)
"""What was begun longer ago is not continued: what came first may be out of date."""

MOST_BYTES = 10_000_000_000
"""So much is kept to be continued of each kind; beyond that, the oldest is asked for again."""

_LOCK = ".lock"


def remove_stale(folder: Path, now: datetime, most_bytes: int = MOST_BYTES) -> None:
    """Remove what no run is on and that is too old to be continued, or for which there is no room."""
    kept: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        kept.setdefault(path.stem, []).append(path)
    oldest = (now - MAX_AGE).timestamp()
    aged = sorted(((_changed_at(paths), name) for name, paths in kept.items()), reverse=True)
    total = 0
    for changed_at, name in aged:
        total += sum(map(_size, kept[name]))
        if changed_at <= oldest or total > most_bytes:
            with suppress(Timeout), FileLock(folder / f"{name}{_LOCK}", timeout=0, thread_local=False):
                for path in sorted(kept[name], key=lambda path: path.suffix == _LOCK):
                    _remove(path)


def _changed_at(paths: list[Path]) -> float:
    """Give when something was changed; what another run removes meanwhile counts as new."""
    content = [path for path in paths if path.suffix != _LOCK] or paths
    try:
        return max(path.stat().st_mtime for path in content)
    except FileNotFoundError:
        return float("inf")


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):
        return sum(_size(part) for part in path.iterdir()) if path.is_dir() else path.stat().st_size
    return 0


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
