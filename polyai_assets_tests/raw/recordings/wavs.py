"""Making WAV files, right ones and wrong ones."""

import struct

PCM, FLOAT, MU_LAW, EXTENSIBLE = 1, 3, 7, 0xFFFE
_PCM_INSIDE = struct.pack("<HHI", 22, 16, 4) + bytes.fromhex("0100000000001000800000aa00389b71")


def chunk(name: bytes, content: bytes, length: int | None = None) -> bytes:
    size = len(content) if length is None else length
    return name + struct.pack("<I", size) + content + b"\0" * (len(content) % 2)


def fmt(code: int = PCM, channels: int = 1, rate: int = 8000, width: int = 2) -> bytes:
    frame = channels * width
    content = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, 8 * width)
    more = _PCM_INSIDE if code == EXTENSIBLE else b"" if code == PCM else struct.pack("<H", 0)
    return chunk(b"fmt ", content + more)


def riff(*chunks: bytes, length: int | None = None) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks), length)


def wav(seconds: float = 1.0, code: int = PCM, channels: int = 1, rate: int = 8000, width: int = 2) -> bytes:
    sound = b"\1" * (int(seconds * rate) * channels * width)
    return riff(fmt(code, channels, rate, width), chunk(b"data", sound))


def long_wav(name: bytes, sound: bytes, lengths: tuple[int, int] | None = None) -> bytes:
    """An RF64 or BW64: 8 kHz, 16 bit; `lengths` of the whole and of the sound stand in its `ds64` instead of theirs."""
    rest = fmt() + chunk(b"data", sound, 0xFFFFFFFF)
    whole, inside = lengths or (4 + 36 + len(rest), len(sound))
    long_lengths = chunk(b"ds64", struct.pack("<QQQI", whole, inside, len(sound) // 2, 0))
    return name + b"\xff" * 4 + b"WAVE" + long_lengths + rest
