"""Reading the head of a WAV file, and finding out whether all of the sound is there.

A WAV is a RIFF file: chunks, each with a name of four letters and a length, padded to an even place. `fmt ` says
how the sound is written, `data` is the sound. Only the heads of chunks are read, so that memory does not grow with
the recording.
"""

import os
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_HEAD = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_PCM = 1
_UNTOLD = (0, 0xFFFFFFFF)
"""Lengths that those write who send the sound before they know how long it will be."""


class NotAWav(Exception):
    """The file is no WAV, or not all of one. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Wav:
    """What a WAV holds. `format` is its code: 1 PCM, 3 float, 6 A-law, 7 mu-law, 0xFFFE extensible, others."""

    format: int
    channels: int
    sample_rate: int
    data_bytes: int
    bytes_a_second: int

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.data_bytes / self.bytes_a_second


def read_wav(file: BinaryIO) -> Wav:
    """Read a WAV from a file that can seek. Raises NotAWav, for one that was cut too."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise NotAWav(f"it is no WAV: it begins with {head!r}" if head else "it is empty")
    told = int.from_bytes(head[4:8], "little")
    if told not in _UNTOLD and size < 8 + told and not _counts_its_head(file, size, told):
        raise NotAWav(f"it was cut: {size:,} bytes of {8 + told:,}")
    return _read_chunks(file, size, told not in _UNTOLD)


def _counts_its_head(file: BinaryIO, size: int, told: int) -> bool:
    """Say whether the first eight bytes were counted too, as some do: then the last chunk ends where the file does.

    A file that lost its last eight bytes has the same size, but ends within a chunk.
    """
    if size != told:
        return False
    last = deque(_chunks(file), maxlen=1)
    return any(
        size in (place + length, place + length + length % 2) for _, length, place in last
    )  # padded or not


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Give the name, the announced length and the place of every chunk, with the file at its content."""
    place = file.seek(12)
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        name, length = _HEAD.unpack(head)
        place += _HEAD.size
        yield name, length, place
        place = file.seek(place + length + length % 2)


def _read_chunks(file: BinaryIO, size: int, is_told: bool) -> Wav:
    sound = None
    for name, length, place in _chunks(file):
        if name == b"data":
            if sound is None:
                raise NotAWav("it does not say how the sound is written")
            return _wav(sound, _sound_bytes(size - place, length, is_told))
        if name == b"fmt ":
            sound = file.read(min(length, _FORMAT.size))
    raise NotAWav(f"it holds no sound: {size:,} bytes")


def _sound_bytes(left: int, length: int, is_told: bool) -> int:
    """Say how much sound there is, of `left` bytes to the end of the file, where `length` are announced."""
    if length in _UNTOLD and not (length == 0 and is_told):
        if not left:
            raise NotAWav("it ends before the sound")
        return left
    if left < length:
        raise NotAWav(f"it was cut: {left:,} bytes of sound of {length:,}")
    return length


def _wav(sound: bytes, data_bytes: int) -> Wav:
    if len(sound) < _FORMAT.size:
        raise NotAWav("what it says of how the sound is written was cut")
    code, channels, sample_rate, bytes_a_second, frame, _ = _FORMAT.unpack(sound)
    if code == _PCM or not bytes_a_second:
        bytes_a_second = sample_rate * frame
    if not (channels and sample_rate and bytes_a_second):
        raise NotAWav(f"it has {channels} channels with {sample_rate} samples a second")
    return Wav(code, channels, sample_rate, data_bytes, bytes_a_second)
