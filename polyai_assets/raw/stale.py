"""What runs have left on local disk of records on their way: kept to be continued, for a day and up to a size.

Walks, details and recordings lie in a folder each; `<name>` or `<name>.<kind>` belongs to whoever holds `<name>.lock`.
"""

import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

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
