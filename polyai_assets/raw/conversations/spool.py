"""The spool: where fetched records wait on local disk until their days are committed.

Each cursor walk has a folder, named for what it asks: a walk that died is continued at its cursor by whichever
run asks for the same again.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec
from filelock import FileLock

from polyai_assets.machine.folders import own_folder, private_folder
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.journal import hold
from polyai_assets.raw.leftovers import remove_stale


class Spool:
    """The walks of one fetch. Walks may be opened from several threads."""

    def __init__(self, folder: Path, now: datetime, frames: PlainFrames = PLAIN) -> None:
        self._folder = folder
        self._now = now
        self._frames = frames
        self._lock = Lock()
        self._walks: list[tuple[WalkSpool, FileLock]] = []

    def open_walk(self, asks: Mapping[str, Any], days: frozenset[date], fallback: date) -> WalkSpool:
        """Open the walk that asks just this, where an earlier run left it.

        `asks` are the query and where it goes to; `days` are those to keep. A walk that another run is on at
        this moment is not shared: then a fresh one is begun.
        """
        name = hashlib.sha256(msgspec.json.encode(asks, order="sorted")).hexdigest()[:24]
        name, lock = hold(self._folder, name)
        walk = WalkSpool(self._folder / name, asks, days, fallback, self._now, self._frames)
        with self._lock:
            self._walks.append((walk, lock))
        return walk

    def release(self, *, keep_all: bool) -> None:
        """Let go of the walks, and remove those that reached their end (none with `keep_all`)."""
        for walk, lock in self._walks:
            walk.close()
            if walk.closed_by is not None and not keep_all:
                shutil.rmtree(walk.file.path.parent)
            lock.release()
        self._walks.clear()


@contextmanager
def spool(folder: Path, now: datetime, frames: PlainFrames = PLAIN) -> Iterator[Spool]:
    """Open the spool in `folder`, for walks of one project, whose `frames` may be sealed.

    When the context ends well, walks that reached their end are removed, for their days were dealt with; a walk
    that did not is kept, and so is everything when the context ends in an exception or the process in a kill.
    """
    walks = folder / "walks"
    own_folder(folder)
    private_folder(walks)
    remove_stale(walks, now)
    opened = Spool(walks, now, frames)
    try:
        yield opened
    except BaseException:
        opened.release(keep_all=True)
        raise
    opened.release(keep_all=False)
