"""How the sound of a WAV is written, as its chunk `fmt ` says, and how many bytes a second of it takes.

The head names that rate, too, but writers that do not know it leave 0 or something wrong. Where it follows from the
other numbers they are believed.
"""

import struct
from dataclasses import dataclass

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
LONGEST = _SUBFORMAT + 16
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


def read_format(content: bytes) -> SoundFormat:
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
    """Give the samples of a channel in a block of so many bytes; 0 where they cannot be told."""
    if not block:
        return 0
    if len(content) >= _AFTER_ITS_SIZE + 2:
        samples: int = _SAMPLES_IN_A_BLOCK.unpack_from(content, _AFTER_ITS_SIZE)[0]
        if samples:
            return samples
    if code == _GSM:
        return _GSM_SAMPLES
    if (
        code == _IMA_ADPCM and channels
    ):  # a head of four bytes a channel holds a sample, each byte after it two
        return max(2 * (block - 4 * channels) // channels + 1, 0)
    return 0
