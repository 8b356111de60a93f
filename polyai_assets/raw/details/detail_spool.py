"""The spool: where details wait on local disk until they are committed.

One file per partition. A detail is a length, a head and a payload, and their checksum; a torn tail, which a kill
leaves, is cut off when the next run opens the file, and so is what this code cannot read. So what was fetched before is
not fetched again.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from threading import Lock
from time import monotonic
from typing import BinaryIO, NamedTuple

import msgspec
from filelock import FileLock, Timeout

from polyai_assets.api.record import UNREADABLE
from polyai_assets.machine.folders import own_folder, private_file, private_folder
from polyai_assets.raw.details.files import Asked
from polyai_assets.raw.disk import told_if_full
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.stale import remove_stale

_LENGTHS = struct.Struct(">IQ")
_CRC = struct.Struct(">I")
_NO_PAYLOAD = 2**64 - 1
_FLUSH_EVERY = 1.0  # seconds between two flushes to disk: a power cut costs no more than these details


class _Place(NamedTuple):
    asked: Asked
    offset: int
    length: int | None


class DetailSpool:
    """The details of one partition on their way. Several threads may add to it."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._flushed = monotonic()
        self._places: dict[str, _Place] = {}
        self._path = path
        private_file(path)
        self._file: BinaryIO = path.open("r+b")
        os.truncate(path, self._read())
        self._file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return len(self._places)

    @property
    def asked(self) -> dict[str, Asked]:
        """What is spooled, by conversation."""
        return {name: place.asked for name, place in self._places.items()}

    def add(self, asked: Asked, payload: bytes | None) -> None:
        """Spool what came of asking for a conversation; the later asking counts."""
        head = msgspec.msgpack.encode(asked)
        lengths = _LENGTHS.pack(len(head), _NO_PAYLOAD if payload is None else len(payload))
        content = head + (payload or b"")
        with self._lock, told_if_full(self._path):
            begun = self._file.tell()
            self._file.write(lengths + content + _CRC.pack(zlib.crc32(content)))
            self._file.flush()
            if monotonic() - self._flushed >= _FLUSH_EVERY:
                os.fsync(self._file.fileno())
                self._flushed = monotonic()
            length = None if payload is None else len(payload)
            self._places[asked.conversation_id] = _Place(asked, begun + _LENGTHS.size + len(head), length)

    def payload(self, conversation_id: str) -> bytes | None:
        """Read a spooled payload; None where the asking brought none."""
        place = self._places[conversation_id]
        if place.length is None:
            return None
        with self._lock:
            self._file.seek(place.offset)
            payload = self._file.read(place.length)
            self._file.seek(0, os.SEEK_END)
        return payload

    def close(self) -> None:
        """Close the file; it stays."""
        self._file.close()

    def discard(self) -> None:
        """Remove the file: what it held is committed."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _read(self) -> int:
        """Take up what an earlier run left; returns up to where it is whole."""
        end = 0
        while (lengths := self._file.read(_LENGTHS.size)) and len(lengths) == _LENGTHS.size:
            head_length, sent = _LENGTHS.unpack(lengths)
            length = None if sent == _NO_PAYLOAD else sent
            size = head_length + (length or 0)
            if size > self._path.stat().st_size:
                break
            content = self._file.read(size)
            checksum = self._file.read(_CRC.size)
            if len(checksum) < _CRC.size or _CRC.unpack(checksum)[0] != zlib.crc32(content):
                break
            try:
                asked = msgspec.msgpack.decode(content[:head_length], type=Asked)
            except (
                UNREADABLE
            ):  # written before an upgrade: that counts as the end, and the rest is asked for again
                break
            self._places[asked.conversation_id] = _Place(asked, end + _LENGTHS.size + head_length, length)
            end += _LENGTHS.size + size + _CRC.size
        return end


@contextmanager
def detail_spool(folder: Path, partition: Partition, now: datetime) -> Iterator[DetailSpool]:
    """Open the spool of a partition below `folder`, where an earlier run left it.

    One that another run is on at this moment is not shared: then a fresh one is begun, and removed at the end.
    """
    details = folder / "details"
    own_folder(folder)
    private_folder(details)
    remove_stale(details, now)
    name = hashlib.sha256(f"{partition.project}|{partition.date.isoformat()}".encode()).hexdigest()[:24]
    lock = FileLock(details / f"{name}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        name = f"{name}-{token_hex(4)}"
        lock = FileLock(details / f"{name}.lock", timeout=0, thread_local=False)
        lock.acquire()
    try:
        spool = DetailSpool(details / f"{name}.spool")
        try:
            yield spool
        finally:
            spool.close()
    finally:
        lock.release()
