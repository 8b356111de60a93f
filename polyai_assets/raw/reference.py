"""Reference data in the raw store: the snapshots of a dataset of a project, each exactly as the API sent it.

    <root>/reference/<region>/<account>/<project>/<dataset>/<fetched at>.json
    <root>/reference/<region>/<account>/<project>/<dataset>/latest.json

A snapshot is written only where it differs from the one before, whole, once every list of it has been read. It is
never changed. `latest.json` says when the API was last asked, and why that failed if it did; it can be found out again
by asking, so that a damaged one counts as not known.

It is no `Dataset`: that keeps a partition of a project and a day, whose certificate names files and is replaced. Here
there is no day, and nothing is replaced or named: a snapshot is one file, and `write_new` keeps those of two runs.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.project import Project
from polyai_assets.api.record import UNREADABLE
from polyai_assets.api.split import cut_array, members_in, object_in
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import project_folder
from polyai_assets.raw.remedies import launch_command

log = logging.getLogger(__name__)

FOLDER = "reference"

_LATEST = "latest.json"
_NAME = "%Y-%m-%dT%H-%M-%S.%fZ.json"
"""The name of a snapshot by its moment: names sort as their moments do, and no file system objects to them."""
_NEXT = timedelta(microseconds=1)


class SnapshotUnreadable(Actionable):
    """A snapshot in the raw store is damaged. Says which, and what to do."""


class Snapshot(NamedTuple):
    """What the API answered at `fetched_at`: the objects of each list that was asked for, byte for byte."""

    fetched_at: datetime
    lists: dict[str, list[bytes]]


class LatestLook(msgspec.Struct, frozen=True, kw_only=True):
    """How it went when the API was last asked for a dataset of a project.

    `checked_at` is when it was last read and loaded, None where that never was; `left_out` how many of its objects are
    no rows. `error` says why it failed at `failed_at`, after that; it is empty where it did not. `policy` identifies
    the policy on personal data by which the rows were made, None where that is not known.
    """

    checked_at: datetime | None = None
    left_out: int = 0
    failed_at: datetime | None = None
    error: str = ""
    policy: str | None = None


class Snapshots:
    """The snapshots of a dataset of a project, and how the last look at it went."""

    __slots__ = ("_dataset", "_folder", "_project", "_store")

    def __init__(self, store: FileStore, project: Project, dataset: str) -> None:
        self._store, self._project, self._dataset = store, project, dataset
        self._folder = f"{FOLDER}/{project_folder(project.key)}/{dataset}"

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[Snapshot]:
        """Read each, oldest first. Raises SnapshotUnreadable."""
        return map(self._read, sorted(self._names()))

    def keep(self, lists: Mapping[str, Sequence[bytes]], now: datetime) -> bool:
        """Keep what was fetched; False, and nothing is written, where it is what the newest snapshot has.

        Objects that stand in another order are the same. Raises SnapshotUnreadable.
        """
        newest = max(self._names(), default=None)
        fetched_at = now
        if newest is not None:
            snapshot = self._read(newest)
            if _sorted(snapshot.lists) == _sorted(lists):
                return False
            fetched_at = max(
                now, snapshot.fetched_at + _NEXT
            )  # whatever the clock says: it came after that one
        while not self._write(lists, fetched_at):
            fetched_at += _NEXT
        return True

    def read_latest(self) -> LatestLook:
        """Read how the last look went; nothing is known where it cannot be read."""
        name = f"{self._folder}/{_LATEST}"
        content = self._store.read(name)
        if content is None:
            return LatestLook()
        try:
            return msgspec.json.decode(content, type=LatestLook)
        except UNREADABLE as error:
            log.warning(
                "%s/%s cannot be read (%s): the next run writes it anew", self._store.url, name, error
            )
            return LatestLook()

    def note_read(self, now: datetime, left_out: int, policy: str = "") -> None:
        """Note that the dataset was read and loaded, how many of its objects are no rows, and by which policy."""
        self._note(LatestLook(checked_at=now, left_out=left_out, policy=policy))

    def note_replayed(self, policy: str) -> None:
        """Note that the rows were made anew from what is kept, by a policy."""
        self._note(msgspec.structs.replace(self.read_latest(), policy=policy))

    def note_failed(self, now: datetime, error: str) -> None:
        """Note that the dataset could not be read or loaded."""
        self._note(msgspec.structs.replace(self.read_latest(), failed_at=now, error=error))

    def _note(self, latest: LatestLook) -> None:
        self._store.write(f"{self._folder}/{_LATEST}", msgspec.json.encode(latest))

    def _write(self, lists: Mapping[str, Sequence[bytes]], fetched_at: datetime) -> bool:
        snapshot = {
            "version": 1,
            "project": self._project.key,
            "dataset": self._dataset,
            "fetched_at": fetched_at,
            "lists": {name: list(map(msgspec.Raw, payloads)) for name, payloads in lists.items()},
        }
        name = fetched_at.astimezone(UTC).strftime(_NAME)
        return self._store.write_new(f"{self._folder}/{name}", msgspec.json.encode(snapshot))

    def _read(self, file: str) -> Snapshot:
        name = f"{self._folder}/{file}"
        content = self._store.read(name) or b""
        try:
            lists = object_in(content, "lists")
            return Snapshot(
                fetched_at=msgspec.json.decode(members_in(content)["fetched_at"], type=datetime),
                lists={list_name: cut_array(listed, list_name) for list_name, listed in lists.items()},
            )
        except (*UNREADABLE, PolyAIError, KeyError) as error:
            raise SnapshotUnreadable(
                f"{self._store.url}/{name} is no snapshot that we can read ({error}). Restore it from a backup; or "
                f"move it away and type `{launch_command(self._dataset, self._project.key)}`: then the table does not "
                "know what only this snapshot has seen."
            ) from error

    def _names(self) -> list[str]:
        names = self._store.names(self._folder)
        return [name for name in names if name.endswith("Z.json") and not name.startswith(".")]


def _sorted(lists: Mapping[str, Sequence[bytes]]) -> dict[str, list[bytes]]:
    return {name: sorted(payloads) for name, payloads in lists.items()}
