"""Fetching recordings: several at a time, each to a file of its own that is kept only if all of it came."""

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.errors import (
    ConversationNotFound,
    PolyAIError,
    RecordingNotFound,
    UnaddressableConversation,
)
from polyai_assets.contract.recording import FAILED, NO_RECORDING
from polyai_assets.machine.folders import own_folder, private_file, private_folder
from polyai_assets.raw.disk import naming_what_is_full
from polyai_assets.raw.leftovers import remove_stale
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import Key, Recording, recorded
from polyai_assets.raw.recordings.sound import read_sound
from polyai_assets.raw.recordings.wav import NotAWav
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.trouble import EVERY_REQUEST, HOPELESS, Breaker, ask_in_parallel

log = logging.getLogger(__name__)

AT_ONCE = 10
"""Recordings that are under way at the same time; their tempo is the connection's `requests_per_second`."""

_NONE_THERE = (RecordingNotFound, ConversationNotFound, UnaddressableConversation)

_TRIES = 2
"""How often a recording is asked for that came, but is none."""

_CHUNK = 1 << 20


class Fetcher:
    """Fetches recordings of one partition into its `folder` of the raw store, by way of a local folder."""

    def __init__(
        self, client: AgentsClient, store: RawStore, folder: str, local: Path, now: Callable[[], datetime]
    ) -> None:
        self._client, self._store, self._folder, self._local, self._now = client, store, folder, local, now
        self.breaker = Breaker(HOPELESS, EVERY_REQUEST)
        """Open when the rest of the day was not tried."""

    def fetch(self, keys: Sequence[Key]) -> Iterator[Recording]:
        """Ask for recordings and give the outcome of each, in order; those that were not tried are left out.

        Raises OSError where the store cannot be written.
        """
        return ask_in_parallel(
            self._fetch, keys, self.breaker, self._client.halt, at_once=AT_ONCE, name="recordings"
        )

    def _fetch(self, key: Key) -> Recording:
        try:
            recording = self._keep(key)
        except _NONE_THERE as error:
            recording = self._without(key, NO_RECORDING, error)
        except (PolyAIError, NotAWav) as error:
            log.warning("no recording of %r: %s", key.conversation_id, error)
            self.breaker.fail(error)
            return self._without(key, FAILED, error)
        self.breaker.succeed()
        return recording

    def _keep(self, key: Key) -> Recording:
        path = self._local / key.file
        try:
            for tries_left in range(_TRIES - 1, -1, -1):
                private_file(path)
                with naming_what_is_full(path), path.open("w+b") as file:
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


def read_found(store: RawStore, folder: str, key: Key, now: datetime, *, is_only: bool) -> Recording:
    """Describe a recording by its file alone. Raises NotAWav.

    How many bytes HTTP delivered is not known: one that looks cut is refused, unless it is the only one there will be.
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
    folder = spool / "recordings" / partition.spool_name
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
