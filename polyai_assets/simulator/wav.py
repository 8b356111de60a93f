"""Recordings: real WAV files with tones instead of speech, always the same ones, made by repeating a second.

8,000 samples a second unless another rate is wanted, mono, 8 bit: 8 kB a second. The user is a low tone, the agent a
higher one, and both are heard in `combined`. A redacted recording is bleeped in the last quarter of every second and
says so in its comment.
"""

import math
import struct
from functools import lru_cache
from typing import Literal

Direction = Literal["combined", "user", "agent"]

RATE = 8000
LONGEST = 3600  # seconds; a call that claims to be longer has a recording of this length
_PITCH = {"user": (220,), "agent": (330,), "combined": (220, 330)}
_BLEEP = 1000
_LOUD, _SILENCE = 50, 128


def recording(seconds: int, direction: Direction, voice: float, *, redacted: bool, rate: int = RATE) -> bytes:
    """Return the WAV file. `voice` is in [0, 1) and shifts the pitch, so that two callers sound different."""
    samples = _second(direction, int(voice * 64), redacted, rate) * max(1, min(seconds, LONGEST))
    comment = f"{direction}, redacted" if redacted else f"{direction}, not redacted"
    chunks = b"".join(
        [
            _chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8)),
            _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", comment.encode() + b"\0")),
            _chunk(b"data", samples),
        ]
    )
    return _chunk(b"RIFF", b"WAVE" + chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    # Chunks begin at even places.
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


@lru_cache(maxsize=400)
def _second(direction: Direction, shift: int, redacted: bool, rate: int) -> bytes:
    tones = [_tone(pitch + shift, rate) for pitch in _PITCH[direction]]
    heard = [sum(sample) // len(tones) for sample in zip(*tones, strict=True)]
    if redacted:
        begin = rate * 3 // 4
        heard[begin:] = _tone(min(_BLEEP, rate * 2 // 5), rate)[begin:]
    return bytes(_SILENCE + sample for sample in heard)


def _tone(pitch: int, rate: int) -> list[int]:
    return [round(_LOUD * math.sin(2 * math.pi * pitch * place / rate)) for place in range(rate)]
