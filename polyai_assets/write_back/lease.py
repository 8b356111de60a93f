"""Whether the publisher that took up a request is still at work.

A publisher holds a lock on a file of its own, which ends with its process, whatever ends that. Where the file is not to
be seen (another machine, which is possible with a DuckLake) only time tells.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from polyai_assets.machine.folders import own_folder, private_folder
from polyai_assets.raw.leftovers import remove_stale


@dataclass(frozen=True, slots=True)
class Leases:
    """The folder in which the publishers of this machine show that they are at work."""

    folder: Path

    @contextmanager
    def held(self) -> Iterator[str]:
        """Give a name to a publisher; it counts as being at work while the context is open."""
        own_folder(self.folder.parent)
        private_folder(self.folder)
        publisher = uuid4().hex
        with FileLock(self._file(publisher)):
            yield publisher
        self.forget(publisher)

    def tidy(self, now: datetime) -> None:
        """Remove what publishers have left that were killed long ago."""
        if self.folder.is_dir():
            remove_stale(self.folder, now)

    def is_gone(self, publisher: str | None, until: datetime | None, now: datetime) -> bool:
        """Tell whether a publisher that took something up `until` then will never finish it."""
        if publisher is None or until is None:
            return True
        file = self._file(publisher)
        if not file.exists():
            return now >= until
        try:
            with FileLock(file, timeout=0):
                return True
        except Timeout:
            return False

    def forget(self, publisher: str) -> None:
        """Remove the trace of a publisher that has nothing in its hands any more."""
        self._file(publisher).unlink(missing_ok=True)

    def _file(self, publisher: str) -> Path:
        return self.folder / f"{publisher}.lock"
