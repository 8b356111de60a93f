"""What is known of a recording by its bytes: a WAV is measured; another kind of sound is known by how it begins."""

from dataclasses import dataclass
from typing import BinaryIO

from polyai_assets.raw.recordings.wav import is_wav, read_wav

_OTHERS = {
    b"ID3": "MP3",
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"RIFX": "RIFX",
    b"riff": "Wave64",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b".snd": "AU",
    b"#!AMR": "AMR",
    b"\x1aE\xdf\xa3": "WebM",
}
_MP3_FRAMES = {bytes([0xFF, second]) for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)}
_AAC_FRAMES = {bytes([0xFF, second]) for second in (0xF1, 0xF0, 0xF9, 0xF8)}
_HEAD = 12
_TOLERANCE = 0.1
"""A head that announces more by no more than this share counts something else, such as itself."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as its bytes show it; `duration` in seconds. What they do not show is None.

    `remark` says what is odd about it, "" if nothing.
    """

    duration: float | None = None
    sample_rate: int | None = None
    channels: int | None = None
    remark: str = ""


def read_sound(file: BinaryIO, *, is_whole: bool) -> Sound:
    """Read a recording from a file that can seek; see `read_wav`. Raises NotAWav."""
    file.seek(0)
    head = file.read(_HEAD)
    kind = None if is_wav(head) else _other_kind(head)
    if kind is not None:
        return Sound(remark=f"it is {kind} and no WAV, so its length is not known")
    wav = read_wav(file, is_whole=is_whole)
    if wav.missing > _TOLERANCE * wav.data_bytes:
        remark = f"its head announces {wav.missing:,} bytes more than PolyAI sent"
    elif wav.duration is None:
        remark = "its head does not say how its sound is written, so its length is not known"
    else:
        remark = ""
    return Sound(wav.duration, wav.format.sample_rate, wav.format.channels, remark)


def _other_kind(head: bytes) -> str | None:
    """Name the kind of sound that begins so; None if it is none that is known."""
    if head[4:8] == b"ftyp":
        return "MP4"
    if head[:2] in _MP3_FRAMES:
        return "MP3"
    if head[:2] in _AAC_FRAMES:
        return "AAC"
    return next((kind for magic, kind in _OTHERS.items() if head.startswith(magic)), None)
