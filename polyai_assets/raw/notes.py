"""Notes: one small JSON file a partition, in one folder for the whole store.

Runs that work on different days at the same time do not overwrite each other's notes, and a single listing finds them
all. A note says no more than what can be found out again. So one that is damaged is reported and counts as not known:
it stops no run, and the next one that works on its partition writes it anew.
"""

import logging
from datetime import date, datetime
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import quote, unquote

import msgspec

from polyai_assets.api.errors import InvalidProject
from polyai_assets.api.project import Project
from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.leftovers import LEFT_BEHIND, remove_leftovers
from polyai_assets.raw.partition import Partition, Partitioned

log = logging.getLogger(__name__)

T = TypeVar("T", bound=Partitioned)


class DamagedNote(NamedTuple):
    """A note that cannot be read: of which partition it is, and what is wrong with it."""

    partition: Partition
    problem: str


class Notes(Generic[T]):
    """The notes of a folder, each of the same kind."""

    def __init__(self, folder: str, kind: type[T]) -> None:
        self._folder, self._kind = folder, kind

    def read(self, store: FileStore, partition: Partition) -> T | None:
        """Read the note of a partition; None where there is none, or none that can be read."""
        name = _file(partition)
        content = store.read(f"{self._folder}/{name}")
        note = None if content is None else self._decode(store, name, content)
        return None if isinstance(note, str) else note

    def read_all(self, store: FileStore) -> tuple[list[T], list[DamagedNote]]:
        """Read the notes of all partitions, and which of them are damaged."""
        notes: list[T] = []
        damaged: list[DamagedNote] = []
        for name, content in store.read_all(self._folder).items():
            note = self._decode(store, name, content)
            if not isinstance(note, str):
                notes.append(note)
            elif (partition := _partition(name)) is not None:
                damaged.append(DamagedNote(partition, note))
        return notes, damaged

    def write(self, store: FileStore, note: T) -> None:
        """Write the note of its partition."""
        store.write(f"{self._folder}/{_file(note.partition)}", msgspec.json.encode(note))

    def delete(self, store: FileStore, partition: Partition) -> None:
        """Delete the note of a partition, if there is one."""
        store.delete(f"{self._folder}/{_file(partition)}")

    def tidy(self, store: FileStore, now: datetime) -> None:
        """Remove what killed runs have left of notes that they were writing."""
        remove_leftovers(store, self._folder, frozenset(), now - LEFT_BEHIND, spares_older=True)

    def _decode(self, store: FileStore, name: str, content: bytes) -> T | str:
        try:
            return msgspec.json.decode(content, type=self._kind)
        except UNREADABLE as error:
            problem = f"its note {store.url}/{self._folder}/{name} cannot be read ({error})"
            log.warning("%s: it counts as not known, and the next run of its day writes it anew", problem)
            return problem


def _file(partition: Partition) -> str:
    return f"{quote(partition.project.key, safe='')}@{partition.date.isoformat()}.json"


def _partition(name: str) -> Partition | None:
    """Read of which partition a note is from its name; None for a file of another kind."""
    project, _, day = name.removesuffix(".json").rpartition("@")
    try:
        return Partition(Project.parse(unquote(project)), date.fromisoformat(day))
    except (ValueError, InvalidProject):
        return None
