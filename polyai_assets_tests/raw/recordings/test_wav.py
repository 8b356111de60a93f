"""Reading WAV files: all that a telephone exchange may write, and nothing that was cut or is none."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.raw.recordings.wav import NotAWav, Wav, read_wav
from polyai_assets_tests.raw.recordings.wavs import (
    EXTENSIBLE,
    FLOAT,
    MU_LAW,
    PCM,
    chunk,
    fmt,
    long_wav,
    riff,
    wav,
)

SOUND = b"\1" * 16_000
UNTOLD = 0xFFFFFFFF
TWENTY_SECONDS = b"\1" * 320_000


def read(content: bytes, *, is_whole: bool = False) -> Wav:
    return read_wav(io.BytesIO(content), is_whole=is_whole)


@pytest.mark.parametrize(
    ("code", "channels", "rate", "width"),
    [
        (PCM, 1, 8000, 2),
        (PCM, 2, 44_100, 3),
        (PCM, 1, 8000, 1),
        (MU_LAW, 1, 8000, 1),
        (MU_LAW, 2, 8000, 1),
        (6, 1, 8000, 1),
        (FLOAT, 2, 48_000, 4),
        (EXTENSIBLE, 2, 16_000, 2),
    ],
)
def test_every_way_of_writing_sound_is_read(code: int, channels: int, rate: int, width: int):
    found = read(wav(2.5, code, channels, rate, width))
    assert (found.format.code, found.format.channels, found.format.sample_rate) == (code, channels, rate)
    assert found.duration == 2.5
    assert found.data_bytes == int(2.5 * rate) * channels * width


def test_it_agrees_with_python():
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, 2, 11_025, 0, "NONE", ""))
        written.writeframes(b"\0" * 4 * 11_025 * 3)
    found = read(file.getvalue())
    assert (found.format.channels, found.format.sample_rate, found.duration) == (2, 11_025, 3.0)


def test_chunks_around_the_sound_are_passed_over():
    odd = chunk(b"LIST", b"INFO of an odd length")
    content = riff(
        chunk(b"JUNK", b"\0" * 27), fmt(), chunk(b"fact", b"1234"), odd, chunk(b"data", SOUND), odd
    )
    assert read(content).duration == 1.0


@pytest.mark.parametrize("length", [0, UNTOLD])
def test_a_recording_whose_length_was_not_known_reaches_to_the_end_of_the_file(length: int):
    content = riff(fmt(), chunk(b"data", SOUND, UNTOLD), length=length)
    assert read(content).duration == 1.0
    assert read(riff(fmt(), chunk(b"data", SOUND, 0), length=0)).duration == 1.0


def test_a_recording_of_no_sound_that_says_so_is_one():
    assert read(riff(fmt(), chunk(b"data", b""))).duration == 0.0


@pytest.mark.parametrize(
    "content",
    [
        riff(fmt(), chunk(b"data", b"", UNTOLD), length=UNTOLD),
        riff(fmt(), chunk(b"data", b""), length=0),
        riff(fmt(), length=UNTOLD),
    ],
)
def test_a_recording_that_ends_where_the_sound_should_begin_is_none(content: bytes):
    with pytest.raises(NotAWav):
        read(content)


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize(
    ("whole", "sound"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x7FFFF024, 0x7FFFF000),
        (0x7FFFFFFF, 0x7FFFFFFF),
        (0x80000024, 0x80000000),
        (0xFFFF1024, 0xFFFF1000),
        (320_036, 0x7FFFFFFF),
        (320_036, 0),
        (36, 0),
        (0, 0),
        (0, 0xFFFFFFFF),
    ],
)
def test_a_length_that_its_writer_could_not_know_is_measured(whole: int, sound: int, is_whole: bool):
    content = riff(fmt(), chunk(b"data", TWENTY_SECONDS, sound), length=whole)
    found = read(content, is_whole=is_whole)
    assert (found.duration, found.missing) == (20.0, 0)


@pytest.mark.parametrize(
    ("whole", "sound"),
    [(320_136, 320_100), (640_036, 640_000), (0x1000_0024, 0x1000_0000), (320_036, 320_001)],
)
def test_of_a_file_that_is_whole_the_sound_that_is_there_counts(whole: int, sound: int):
    content = riff(fmt(), chunk(b"data", TWENTY_SECONDS, sound), length=whole)
    found = read(content, is_whole=True)
    assert (found.duration, found.missing) == (20.0, sound - 320_000)
    with pytest.raises(NotAWav, match="it was cut"):
        read(content)


@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
@pytest.mark.parametrize("lengths", [None, (0, 0), (2**64 - 1, 2**64 - 1), (320_072, 2**64 - 1)])
def test_lengths_of_64_bits_are_read(name: bytes, lengths: tuple[int, int] | None, is_whole: bool):
    assert read(long_wav(name, TWENTY_SECONDS, lengths), is_whole=is_whole).duration == 20.0


def test_of_64_bits_too_it_is_noticed_what_is_missing():
    content = long_wav(b"RF64", TWENTY_SECONDS)[:-2]
    with pytest.raises(NotAWav, match="it was cut"):
        read(content)
    assert read(content, is_whole=True).missing == 2


def test_a_sound_that_comes_before_how_it_is_written_is_read():
    assert read(riff(chunk(b"data", SOUND), fmt())).duration == 1.0


def test_what_follows_a_recording_of_no_sound_is_no_sound():
    content = riff(fmt(), chunk(b"data", b""), chunk(b"LIST", b"INFO of an odd length"))
    assert read(content).duration == read(content, is_whole=True).duration == 0.0


def test_a_last_chunk_without_its_padding_is_whole():
    content = riff(fmt(width=1), chunk(b"data", b"\1" * 15_999))[:-1]
    content = content[:4] + struct.pack("<I", len(content) - 8) + content[8:]
    assert read(content).data_bytes == read(content, is_whole=True).data_bytes == 15_999


@pytest.mark.parametrize(
    ("code", "announced", "frame", "bits", "more"),
    [
        *((code, announced, 2, 16, b"") for code in (PCM, FLOAT, 6, MU_LAW) for announced in (0, 1, 99_999)),
        (PCM, 0, 0, 16, b""),
        (MU_LAW, 0, 0, 12, b""),
        (EXTENSIBLE, 1, 2, 16, bytes.fromhex("160010000400000001000000000010008000")),
        (EXTENSIBLE, 0, 2, 8, bytes.fromhex("160010000400000007000000000010008000")),
        (0x5555, 16_000, 1, 0, b""),
        (0x5555, 0, 2, 0, b""),
        (0x11, 0, 256, 4, b"\2\0" + struct.pack("<H", 128)),
        (0x11, 16_000, 256, 4, b""),
    ],
)
def test_bytes_a_second_follow_from_the_rest_of_the_head(
    code: int, announced: int, frame: int, bits: int, more: bytes
):
    content = struct.pack("<HHIIHH", code, 1, 8000, announced, frame, bits) + more
    found = read(riff(chunk(b"fmt ", content), chunk(b"data", SOUND)))
    blocks = (256 - 4) * 2 + 1  # samples of a block of 256 bytes, one voice
    expected = 1.0 if code != 0x11 or more else 16_000 / (8000 * 256 / blocks)
    assert found.duration == pytest.approx(expected)


@pytest.mark.parametrize(("announced", "more"), [(1625, b""), (0, b"\2\0\x40\1"), (0, b"")])
def test_gsm_is_measured_by_its_blocks(announced: int, more: bytes):
    content = struct.pack("<HHIIHH", 0x31, 1, 8000, announced, 65, 0) + more
    assert read(riff(chunk(b"fmt ", content), chunk(b"data", b"\1" * 1625))).duration == 1.0


@pytest.mark.parametrize(
    "content",
    [
        riff(chunk(b"data", SOUND)),
        riff(fmt(channels=0), chunk(b"data", SOUND)),
        riff(fmt(rate=0), chunk(b"data", SOUND)),
        riff(chunk(b"fmt ", b"\1\0\1\0"), chunk(b"data", SOUND)),
    ],
)
def test_a_recording_that_does_not_say_how_it_is_written_is_of_unknown_length(content: bytes):
    found = read(content)
    assert (found.duration, found.data_bytes) == (None, 16_000)


def test_a_recording_that_counts_its_first_eight_bytes_too_is_whole():
    content = wav()
    assert read(content[:4] + struct.pack("<I", len(content)) + content[8:]) == read(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html>\n<html>", "it is no WAV: it begins with b'<!DOCTYPE ht'"),
        (b'{"error": "not found"}', "it is no WAV"),
        (b"RIFF", "it is no WAV"),
        (b"RIFX" + wav()[4:], "it is no WAV"),
        (riff(fmt()).replace(b"WAVE", b"AVI "), "it is no WAV"),
        (riff(fmt(), chunk(b"LIST", b"INFO")), "it holds no sound"),
        (b"RIFF\x0c\0\0\0WAVE", "it was cut: 12 bytes of 20"),
        (wav()[:-1], r"it was cut: 16,043 bytes of 16,044"),
        (riff(fmt(), chunk(b"data", SOUND, 16_001), length=UNTOLD), "it was cut: 16,000 bytes of sound of 16,001"),
    ],
)  # fmt: skip
def test_what_is_no_wav_is_refused_and_told(content: bytes, told: str):
    with pytest.raises(NotAWav, match=told):
        read(content)


def test_a_recording_that_lost_its_last_eight_bytes_is_not_taken_for_one_that_counts_its_first_eight():
    for after in (b"\1", b"1234567", b"12345678", b"\1" * 50):
        with pytest.raises(NotAWav, match="it was cut"):
            read(riff(fmt(), chunk(b"data", SOUND), chunk(b"LIST", after))[:-8])


# None of no length: a file that lost such a one at its end is as one that counts its first eight bytes.
CHUNKS = st.lists(
    st.tuples(
        st.sampled_from([b"LIST", b"JUNK", b"fact", b"\0\xff\0\xff"]), st.binary(min_size=1, max_size=50)
    ),
    max_size=3,
)


@given(before=CHUNKS, between=CHUNKS, after=CHUNKS, sound=st.binary(min_size=1, max_size=400), data=st.data())
def test_wherever_a_recording_is_cut_it_is_noticed(before, between, after, sound: bytes, data: st.DataObject):
    parts = [
        *(chunk(*one) for one in before),
        fmt(),
        *(chunk(*one) for one in between),
        chunk(b"data", sound),
        *(chunk(*one) for one in after),
    ]
    content = riff(*parts)
    assert read(content).data_bytes == len(sound)
    with pytest.raises(NotAWav):
        read(content[: data.draw(st.integers(0, len(content) - 1))])


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_wav_or_refused(content: bytes, is_whole: bool):
    for candidate in (
        content,
        b"RIFF\0\0\0\0WAVE" + content,
        b"RF64\0\0\0\0WAVEds64" + content,
        riff(fmt(), content),
        riff(chunk(b"fmt ", content), chunk(b"data", SOUND)),
    ):
        try:
            found = read(candidate, is_whole=is_whole)
        except NotAWav:
            continue
        assert 0 <= found.data_bytes <= len(candidate)
        assert found.duration is None or found.duration >= 0
