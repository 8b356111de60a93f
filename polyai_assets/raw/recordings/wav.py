"""Reading the head of a WAV file: how the sound is written, how much of it is there, and whether some is missing.

A WAV is a RIFF file: chunks, each with a name of four letters and a length, padded to an even place. `fmt ` says
how the sound is written, `data` is the sound. RF64 and BW64 are the same with lengths of 64 bits, in a chunk `ds64`.
Only the heads of chunks are read, so that memory does not grow with the recording. `fmt ` also names the bytes a
second, but writers that do not know them leave 0 or something wrong: where they follow from the other numbers, these
count.

Lengths in a head are hints: a recorder that writes the sound before its end is known leaves 0, or some number of two
or four gigabytes. Where it is known by other means that all of the file is there, the sound is measured by its bytes.
"""

import os
import struct
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from polyai_assets.api.agents.recording import known_length
from polyai_assets.machine.actionable import Actionable

_FORMAT = struct.Struct("<HHIIHH")
_SAMPLES_IN_A_BLOCK = struct.Struct("<H")
_PCM, _ADPCM, _FLOAT, _A_LAW, _MU_LAW, _IMA_ADPCM, _GSM = 1, 2, 3, 6, 7, 0x11, 0x31
_EXTENSIBLE = 0xFFFE
_SAMPLE_BY_SAMPLE = (_PCM, _FLOAT, _A_LAW, _MU_LAW)
_IN_BLOCKS = (_ADPCM, _IMA_ADPCM, _GSM)
_AFTER_ITS_SIZE = _FORMAT.size + 2
_SUBFORMAT = 24
"""Where an extensible format names the one that it extends: in the first two bytes of a GUID."""
_GSM_SAMPLES = 320
_LONGEST_FORMAT = _SUBFORMAT + 16
"""Bytes of `fmt ` that are looked at."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """How sound is written. `code`: 1 PCM, 3 float, 6 A-law, 7 mu-law, 0xFFFE extensible, others.

    What the head does not say, or says to be 0, is None.
    """

    code: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    bytes_a_second: float | None = None


def _read_format(content: bytes) -> SoundFormat:
    """Read the content of `fmt `, or as much of it as is there."""
    if len(content) < _FORMAT.size:
        return SoundFormat()
    code, channels, sample_rate, announced, frame, bits = _FORMAT.unpack_from(content)
    meant = int.from_bytes(content[_SUBFORMAT : _SUBFORMAT + 2], "little") if code == _EXTENSIBLE else code
    rate = float(announced)
    if meant in _SAMPLE_BY_SAMPLE:
        rate = sample_rate * (frame or channels * -(-bits // 8))
    elif meant in _IN_BLOCKS and (samples := _samples_in_a_block(meant, content, channels, frame)):
        rate = sample_rate * frame / samples
    elif not announced:
        rate = sample_rate * frame
    is_known = channels and sample_rate and rate
    return SoundFormat(code, channels or None, sample_rate or None, rate if is_known else None)


def _samples_in_a_block(code: int, content: bytes, channels: int, block: int) -> int:
    """Give the samples of a channel in a block of so many bytes; 0 where the head does not say."""
    if not block:
        return 0
    if len(content) >= _AFTER_ITS_SIZE + 2:
        samples: int = _SAMPLES_IN_A_BLOCK.unpack_from(content, _AFTER_ITS_SIZE)[0]
        if samples:
            return samples
    if code == _GSM:
        return _GSM_SAMPLES
    if code == _IMA_ADPCM and channels:
        # a head of four bytes a channel holds a sample, each byte after it two
        return max(2 * (block - 4 * channels) // channels + 1, 0)
    return 0


_HEAD = struct.Struct("<4sI")
_LONG_LENGTHS = struct.Struct("<QQ")
_ELSEWHERE = 0xFFFFFFFF
"""The length of `data` where `ds64` has it."""
_MOST_CHUNKS = 10_000
"""A recorder writes fewer than ten; of a file that seems to hold more, these are looked at."""


class NotAWav(Actionable):
    """The file is no recording, or not all of one. The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Wav:
    """What a WAV holds: `data_bytes` of sound. `missing` are those that its head announces beside them."""

    format: SoundFormat
    data_bytes: int
    missing: int = 0

    @property
    def duration(self) -> float | None:
        """Length in seconds; None where the head does not say how the sound is written."""
        rate = self.format.bytes_a_second
        return self.data_bytes / rate if rate else None


@dataclass(slots=True)
class _Layout:
    """What the chunks of a file of `size` bytes say. Lengths are as announced; None where there is no such chunk."""

    size: int
    length: int
    """Of the file without its first eight bytes."""
    format: SoundFormat | None = None
    data: tuple[int, int] | None = None
    """The length and the place of the sound."""


def is_wav(head: bytes) -> bool:
    """Tell whether a file that begins with these twelve bytes is a WAV."""
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE"


def read_wav(file: BinaryIO, *, is_whole: bool = False) -> Wav:
    """Read a WAV from a file that can seek.

    `is_whole` says that nothing is missing at its end, whatever its head announces. Raises NotAWav: without
    `is_whole`, for one that was cut too.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if not is_wav(head):
        raise NotAWav(f"it is no WAV: it begins with {head!r}" if head else "it is empty")
    layout = _read_layout(file, size, int.from_bytes(head[4:8], "little"))
    announced = known_length(layout.length)
    if announced is not None and size < 8 + announced and not is_whole:
        _refuse_cut(file, size, announced)
    if layout.data is None:
        raise NotAWav(f"it holds no sound: {size:,} bytes")
    sound, missing = _measure(file, layout, *layout.data, is_whole=is_whole)
    return Wav(layout.format or SoundFormat(), sound, missing)


def _read_layout(file: BinaryIO, size: int, announced: int) -> _Layout:
    layout = _Layout(size, announced)
    data_length = _ELSEWHERE
    for name, length, place in _chunks(file, 12, size):
        if name == b"ds64" and len(content := file.read(_LONG_LENGTHS.size)) == _LONG_LENGTHS.size:
            layout.length, data_length = _LONG_LENGTHS.unpack(content)
        elif name == b"fmt " and layout.format is None:
            layout.format = _read_format(file.read(min(length, _LONGEST_FORMAT)))
        elif name == b"data" and layout.data is None:
            layout.data = (data_length if length == _ELSEWHERE else length, place)
        if layout.format and layout.data:
            break
    return layout


def _chunks(file: BinaryIO, place: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Give the name, the announced length and the place of the chunks from a place on, with the file at each."""
    return islice(_all_chunks(file, place, size), _MOST_CHUNKS)


def _all_chunks(file: BinaryIO, place: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    file.seek(place)
    while len(head := file.read(_HEAD.size)) == _HEAD.size:
        name, length = _HEAD.unpack(head)
        place += _HEAD.size
        yield name, length, place
        place = file.seek(min(place + length + length % 2, size))


def _refuse_cut(file: BinaryIO, size: int, announced: int) -> None:
    """Raise NotAWav, unless the first eight bytes were counted too, as some do: then it ends with its last chunk.

    A file that lost its last eight bytes has the same size, but ends within a chunk.
    """
    if size != announced or not _ends_with_the_last(_chunks(file, 12, size), size):
        raise NotAWav(f"it was cut: {size:,} bytes of {8 + announced:,}")


def _are_chunks(file: BinaryIO, place: int, size: int) -> bool:
    """Tell chunks from sound: they have names, and the last ends where the file does."""
    found = list(_chunks(file, place, size))
    named = all(name.isascii() and name.decode().isprintable() for name, _, _ in found)
    return named and _ends_with_the_last(found, size)


def _ends_with_the_last(chunks: Iterable[tuple[bytes, int, int]], size: int) -> bool:
    """Tell whether the last chunk ends where the file does, padded or not."""
    last = deque(chunks, maxlen=1)
    return any(size in (place + length, place + length + length % 2) for _, length, place in last)


def _measure(file: BinaryIO, layout: _Layout, length: int, place: int, *, is_whole: bool) -> tuple[int, int]:
    """Give the bytes of sound that are there and that are missing, where `length` are announced. Raises NotAWav."""
    left = layout.size - place
    announced = known_length(length)
    if announced is None:
        is_empty = length == 0 and (left == 0 or _are_chunks(file, place, layout.size))
        if left == 0 and not (is_empty and known_length(layout.length)):
            raise NotAWav("it ends before the sound")
        return 0 if is_empty else left, 0
    if announced <= left:
        return announced, 0
    if not is_whole:
        raise NotAWav(f"it was cut: {left:,} bytes of sound of {announced:,}")
    if not left:
        raise NotAWav("it ends before the sound")
    return left, announced - left
