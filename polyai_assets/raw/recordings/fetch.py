"""Fetching recordings: several at a time, each to a file of its own that is kept only if all of it came."""

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from time import monotonic

from filelock import FileLock

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import (
    ConversationNotFound,
    InvalidConnection,
    InvalidKey,
    PolyAIError,
    RecordingNotFound,
    RedirectRefused,
    UnaddressableConversation,
    Unauthorized,
)
from polyai_assets.contract.recording import FAILED, NO_RECORDING
from polyai_assets.machine.folders import own_folder, private_file, private_folder
from polyai_assets.raw.disk import told_if_full
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import Key, Recording, recorded
from polyai_assets.raw.recordings.sound import read_sound
from polyai_assets.raw.recordings.wav import NotAWav
from polyai_assets.raw.stale import remove_stale
from polyai_assets.raw.store import RawStore

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Recordings that are under way at the same time; their tempo is the connection's `requests_per_second`."""

HOPELESS = 5
"""When so many recordings in a row could not be fetched, the rest of their day is not tried."""

WHOLE_PROJECT = (Unauthorized, RedirectRefused, InvalidKey, InvalidConnection)
"""Errors that every recording of the project would meet."""

_NONE_THERE = (RecordingNotFound, ConversationNotFound, UnaddressableConversation)

_TRIES = 2
"""How often a recording is asked for that came, but is none."""

_PROGRESS_EVERY = 10.0  # seconds
_CHUNK = 1 << 20


@dataclass(slots=True)
class Progress:
    """Says how far the fetching of a day is, every ten seconds."""

    name: str
    total: int
    done: int = 0
    bytes: int = 0
    said: float = field(default_factory=monotonic)

    def add(self, one: Recording) -> None:
        """Count a recording that was asked for."""
        self.done += 1
        self.bytes += one.bytes or 0
        if monotonic() - self.said >= _PROGRESS_EVERY:
            self.said = monotonic()
            log.info("%s: %s so far", self.name, self)

    def __str__(self) -> str:
        return f"{self.done:,} of {self.total:,} recordings, {self.bytes / 1e6:,.1f} MB"


class Fetcher:
    """Fetches recordings of one partition into its `folder` of the raw store, by way of a local folder."""

    def __init__(
        self, client: AgentsClient, store: RawStore, folder: str, local: Path, now: Callable[[], datetime]
    ) -> None:
        self._client, self._store, self._folder, self._local, self._now = client, store, folder, local, now
        self._lock = Lock()
        self._in_a_row = 0
        self._ended = False
        self.gave_up = False
        """Whether the rest of the day was not tried."""
        self.last_error: PolyAIError | NotAWav | None = None
        """Why the last of those could not be fetched that failed."""

    def fetch(self, keys: Sequence[Key]) -> Iterator[Recording]:
        """Ask for recordings and yield what became of each, in order; those that were not tried are left out.

        Raises OSError where the store cannot be written.
        """
        with (
            ThreadPoolExecutor(AT_ONCE, thread_name_prefix="recordings") as pool,
            self._client.halt.on_interrupt(),
        ):
            try:
                for one in pool.map(self._fetch, keys):
                    if one is not None:
                        yield one
            finally:
                self._ended = True  # whoever waits in the pool need not begin any more

    def _fetch(self, key: Key) -> Recording | None:
        if self._ended:
            return None
        try:
            kept = self._keep(key)
        except _NONE_THERE as error:
            self._worked()
            return self._without(key, NO_RECORDING, error)
        except (PolyAIError, NotAWav) as error:
            log.warning("no recording of %r: %s", key.conversation_id, error)
            self._failed(error)
            return self._without(key, FAILED, error)
        self._worked()
        return kept

    def _keep(self, key: Key) -> Recording:
        path = self._local / key.file
        try:
            for tries_left in range(_TRIES - 1, -1, -1):
                private_file(path)
                with told_if_full(path), path.open("w+b") as file:
                    saved = self._client.save_audio(
                        key.conversation_id, file, direction=key.direction, redacted=key.redacted
                    )
                    file.flush()
                    try:
                        sound = read_sound(file, is_whole=saved.is_whole)
                    except NotAWav as error:
                        if not tries_left:
                            raise
                        log.warning("the recording of %r is asked for again: %s", key.conversation_id, error)
                    else:
                        break
            self._store.take(f"{self._folder}/{key.file}", path)
        finally:
            path.unlink(missing_ok=True)
        return recorded(key, sound, saved.bytes, saved.sha256, self._now())

    def _without(self, key: Key, status: str, error: Exception) -> Recording:
        return Recording(
            **key._asdict(), status=status, reason=f"{type(error).__name__}: {error}", fetched_at=self._now()
        )

    def _worked(self) -> None:
        with self._lock:
            self._in_a_row = 0

    def _failed(self, error: PolyAIError | NotAWav) -> None:
        with self._lock:
            self._in_a_row += 1
            self.last_error = error
            if isinstance(error, WHOLE_PROJECT) or self._in_a_row >= HOPELESS:
                self._ended = self.gave_up = True


def read_found(store: RawStore, folder: str, key: Key, now: datetime, *, is_only: bool) -> Recording:
    """Describe a recording by its file alone. Raises NotAWav.

    Nobody knows how many bytes HTTP delivered: one that looks cut is refused, unless it is the only one there will be.
    """
    digest, size = hashlib.sha256(), 0
    with store.local(f"{folder}/{key.file}") as path, path.open("rb") as file:
        sound = read_sound(file, is_whole=is_only)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return recorded(key, sound, size, digest.hexdigest(), now)


@contextmanager
def local_folder(spool: Path, partition: Partition, now: datetime) -> Iterator[Path]:
    """Give an empty local folder for recordings of a partition on their way; one run at a time has it.

    What runs that were killed have left in it is removed, and what they left long ago in others. Raises
    filelock.Timeout after ten minutes.
    """
    name = hashlib.sha256(f"{partition.project}|{partition.date.isoformat()}".encode()).hexdigest()[:24]
    folder = spool / "recordings" / name
    own_folder(spool)
    private_folder(folder.parent)
    remove_stale(folder.parent, now)
    lock = folder.with_suffix(".lock")
    with FileLock(lock, timeout=600):
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)
