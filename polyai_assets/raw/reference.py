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
    no rows. `error` says why it failed at `failed_at`, after that; it is empty where it did not.
    """

    checked_at: datetime | None = None
    left_out: int = 0
    failed_at: datetime | None = None
    error: str = ""


def keep_snapshot(
    store: FileStore, project: Project, dataset: str, lists: Mapping[str, Sequence[bytes]], now: datetime
) -> bool:
    """Keep what was fetched; False, and nothing is written, where it is what the newest snapshot has.

    Objects that stand in another order are the same. Raises SnapshotUnreadable.
    """
    folder = _folder(project, dataset)
    newest = max(_snapshot_names(store, folder), default=None)
    fetched_at = now
    if newest is not None:
        snapshot = _read(store, project, dataset, newest)
        if _sorted(snapshot.lists) == _sorted(lists):
            return False
        fetched_at = max(now, snapshot.fetched_at + _NEXT)  # whatever the clock says: it came after that one
    while not _write(store, folder, project, dataset, lists, fetched_at):
        fetched_at += _NEXT
    return True


def read_snapshots(store: FileStore, project: Project, dataset: str) -> Iterator[Snapshot]:
    """Read the snapshots of a dataset, oldest first. Raises SnapshotUnreadable."""
    for name in sorted(_snapshot_names(store, _folder(project, dataset))):
        yield _read(store, project, dataset, name)


def count_snapshots(store: FileStore, project: Project, dataset: str) -> int:
    """Count the snapshots of a dataset."""
    return len(_snapshot_names(store, _folder(project, dataset)))


def read_latest(store: FileStore, project: Project, dataset: str) -> LatestLook:
    """Read how the last look at a dataset went; nothing is known where it cannot be read."""
    name = f"{_folder(project, dataset)}/{_LATEST}"
    content = store.read(name)
    if content is None:
        return LatestLook()
    try:
        return msgspec.json.decode(content, type=LatestLook)
    except UNREADABLE as error:
        log.warning("%s/%s cannot be read (%s): the next run writes it anew", store.url, name, error)
        return LatestLook()


def note_read(store: FileStore, project: Project, dataset: str, now: datetime, left_out: int) -> None:
    """Note that a dataset was read and loaded."""
    _note(store, project, dataset, LatestLook(checked_at=now, left_out=left_out))


def note_failed(store: FileStore, project: Project, dataset: str, now: datetime, error: str) -> None:
    """Note that a dataset could not be read or loaded."""
    before = read_latest(store, project, dataset)
    _note(store, project, dataset, msgspec.structs.replace(before, failed_at=now, error=error))


def _note(store: FileStore, project: Project, dataset: str, latest: LatestLook) -> None:
    store.write(f"{_folder(project, dataset)}/{_LATEST}", msgspec.json.encode(latest))


def _write(
    store: FileStore,
    folder: str,
    project: Project,
    dataset: str,
    lists: Mapping[str, Sequence[bytes]],
    fetched_at: datetime,
) -> bool:
    snapshot = {
        "version": 1,
        "project": project.key,
        "dataset": dataset,
        "fetched_at": fetched_at,
        "lists": {name: list(map(msgspec.Raw, payloads)) for name, payloads in lists.items()},
    }
    name = fetched_at.astimezone(UTC).strftime(_NAME)
    return store.write_new(f"{folder}/{name}", msgspec.json.encode(snapshot))


def _read(store: FileStore, project: Project, dataset: str, file: str) -> Snapshot:
    name = f"{_folder(project, dataset)}/{file}"
    content = store.read(name) or b""
    try:
        lists = object_in(content, "lists")
        return Snapshot(
            fetched_at=msgspec.json.decode(members_in(content)["fetched_at"], type=datetime),
            lists={list_name: cut_array(listed, list_name) for list_name, listed in lists.items()},
        )
    except (*UNREADABLE, PolyAIError, KeyError) as error:
        raise SnapshotUnreadable(
            f"{store.url}/{name} is no snapshot that we can read ({error}). Restore it from a backup; or move it away "
            f"and type `{launch_command(dataset, project.key)}`: then the table does not "
            "know what only this snapshot has seen."
        ) from error


def _snapshot_names(store: FileStore, folder: str) -> list[str]:
    return [name for name in store.names(folder) if name.endswith("Z.json") and not name.startswith(".")]


def _sorted(lists: Mapping[str, Sequence[bytes]]) -> dict[str, list[bytes]]:
    return {name: sorted(payloads) for name, payloads in lists.items()}


def _folder(project: Project, dataset: str) -> str:
    return f"{FOLDER}/{project_folder(project.key)}/{dataset}"
