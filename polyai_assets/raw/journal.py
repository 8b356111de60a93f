"""Journals: what is on its way lies on local disk, frame after frame, until it is committed.

A frame is two lengths, a payload (or none), a head that says what it is, and their checksum. A page of a walk is a
frame, and so is a detail. A kill leaves a torn tail, which is cut off when the journal is opened again; so is
everything from a frame on that this code cannot read. What was fetched before that is not fetched again.

Where the raw store is encrypted, the head of a frame is sealed, and so is each piece of its payload.
"""

import os
import struct
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from threading import Lock
from time import monotonic
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar

import msgspec
from filelock import FileLock, Timeout

from polyai_assets.api.record import UNREADABLE
from polyai_assets.machine.folders import private_file
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames
from polyai_assets.privacy.sealing import NotSealed
from polyai_assets.raw.disk import naming_what_is_full

Head = TypeVar("Head")

_LENGTHS = struct.Struct(">QI")
_CRC = struct.Struct(">I")
_NO_PAYLOAD = 2**64 - 1
_FLUSH_EVERY = 1.0  # seconds between two flushes to disk: a power cut costs no more than these frames


class Extent(NamedTuple):
    """Where a payload lies in a journal, in bytes; `length` is None where a frame has none."""

    offset: int
    length: int | None


class Journal(Generic[Head]):
    """An append-only file of frames. Several threads may add to it and read from it.

    `kind` is the type of the heads. `take` is given every frame that an earlier run left, in order; the first that it
    says no to is cut off, with all after it.
    """

    def __init__(
        self, path: Path, kind: Any, take: Callable[[Head, Extent], bool], frames: PlainFrames = PLAIN
    ) -> None:
        self.path = path
        self.frames = frames
        self._lock = Lock()
        self._flushed = monotonic()
        private_file(path)
        self._file: BinaryIO = path.open("r+b")
        os.truncate(path, self._recover(kind, take))
        self._file.seek(0, os.SEEK_END)

    @property
    def end(self) -> int:
        """Where the payload of the next frame will lie."""
        return self._file.tell() + _LENGTHS.size

    def add(self, head: Head, payload: bytes | None) -> Extent:
        """Append a frame. Raises DiskFull; the frame counts for nothing then."""
        return self.add_pieces(head, None if payload is None else [payload])

    def add_pieces(self, head: Head, pieces: Sequence[bytes] | None) -> Extent:
        """Append a frame whose payload is several pieces in a row, each to be read by itself.

        On disk a piece has `frames.overhead` bytes more. Raises DiskFull.
        """
        encoded = self.frames.seal(msgspec.msgpack.encode(head))
        content = b"".join(map(self.frames.seal, pieces or ()))
        length = None if pieces is None else len(content)
        lengths = _LENGTHS.pack(_NO_PAYLOAD if length is None else length, len(encoded))
        checksum = _CRC.pack(zlib.crc32(encoded, zlib.crc32(content)))
        with self._lock, naming_what_is_full(self.path):
            place = Extent(self.end, length)
            self._file.write(lengths)
            self._file.write(content)
            self._file.write(encoded + checksum)
            self._file.flush()
            if monotonic() - self._flushed >= _FLUSH_EVERY:
                os.fsync(self._file.fileno())
                self._flushed = monotonic()
        return place

    def read(self, place: Extent) -> bytes | None:
        """Read a payload of one piece; None where a frame has none."""
        if place.length is None:
            return None
        with self._lock:
            self._file.seek(place.offset)
            payload = self._file.read(place.length)
            self._file.seek(0, os.SEEK_END)
        return self.frames.open(payload)

    def clear(self) -> None:
        """Forget all frames."""
        with self._lock:
            self._file.truncate(0)
            self._file.seek(0)

    def close(self) -> None:
        """Close the file; it stays."""
        with suppress(OSError):  # what a full disk has refused is refused again, and was said before
            self._file.close()

    def discard(self) -> None:
        """Remove the file: what it held is committed."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _recover(self, kind: Any, take: Callable[[Head, Extent], bool]) -> int:
        """Give the frames of an earlier run to `take`; returns up to where the file is whole."""
        end, size = 0, self.path.stat().st_size
        while len(lengths := self._file.read(_LENGTHS.size)) == _LENGTHS.size:
            sent, head_length = _LENGTHS.unpack(lengths)
            length = 0 if sent == _NO_PAYLOAD else sent
            if end + _LENGTHS.size + length + head_length + _CRC.size > size:
                break
            checksum = zlib.crc32(self._file.read(length))
            encoded = self._file.read(head_length)
            if _CRC.unpack(self._file.read(_CRC.size))[0] != zlib.crc32(encoded, checksum):
                break
            try:
                head = msgspec.msgpack.decode(self.frames.open(encoded), type=kind)
            except (*UNREADABLE, NotSealed):  # written before an upgrade, or before the store was encrypted
                break
            if not take(head, Extent(end + _LENGTHS.size, None if sent == _NO_PAYLOAD else length)):
                break
            end += _LENGTHS.size + length + head_length + _CRC.size
        return end


def hold(folder: Path, name: str) -> tuple[str, FileLock]:
    """Take hold of what is called `name` in a folder of journals; gives its name, and the lock to release.

    What another run is on at this moment is not shared: then it has a fresh name.
    """
    try:
        return name, _locked(folder, name)
    except Timeout:
        fresh = f"{name}-{token_hex(4)}"
        return fresh, _locked(folder, fresh)


def _locked(folder: Path, name: str) -> FileLock:
    lock = FileLock(folder / f"{name}.lock", timeout=0, thread_local=False)
    lock.acquire()
    return lock
