"""Reading WAV files: all that a telephone exchange may write, and nothing that was cut or is none."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.raw.recordings.wav import NotAWav, Wav, read_wav
from polyai_assets_tests.raw.recordings.wavs import EXTENSIBLE, FLOAT, MU_LAW, PCM, chunk, fmt, riff, wav

SOUND = b"\1" * 16_000
UNTOLD = 0xFFFFFFFF


def read(content: bytes) -> Wav:
    return read_wav(io.BytesIO(content))


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
    assert (found.format, found.channels, found.sample_rate) == (code, channels, rate)
    assert found.duration == 2.5
    assert found.data_bytes == int(2.5 * rate) * channels * width


def test_it_agrees_with_python():
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, 2, 11_025, 0, "NONE", ""))
        written.writeframes(b"\0" * 4 * 11_025 * 3)
    found = read(file.getvalue())
    assert (found.channels, found.sample_rate, found.duration) == (2, 11_025, 3.0)


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


def test_a_recording_that_does_not_say_its_bytes_a_second_is_read_by_its_frames():
    content = chunk(b"fmt ", struct.pack("<HHIIHH", PCM, 1, 8000, 0, 2, 16))
    assert read(riff(content, chunk(b"data", SOUND))).duration == 1.0


def test_a_recording_that_lies_about_its_bytes_a_second_is_read_by_its_frames():
    content = chunk(b"fmt ", struct.pack("<HHIIHH", PCM, 1, 8000, 1, 2, 16))
    assert read(riff(content, chunk(b"data", SOUND))).duration == 1.0


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
        (riff(chunk(b"data", SOUND)), "it does not say how the sound is written"),
        (riff(fmt(), chunk(b"LIST", b"INFO")), "it holds no sound"),
        (riff(fmt(channels=0), chunk(b"data", SOUND)), "it has 0 channels"),
        (riff(fmt(rate=0), chunk(b"data", SOUND)), "with 0 samples a second"),
        (riff(chunk(b"fmt ", b"\1\0\1\0"), chunk(b"data", SOUND)), "was cut"),
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


@given(st.binary(max_size=300))
def test_any_bytes_are_a_wav_or_refused(content: bytes):
    for candidate in (content, b"RIFF\0\0\0\0WAVE" + content, riff(fmt(), content)):
        try:
            found = read(candidate)
        except NotAWav:
            continue
        assert 0 <= found.data_bytes <= len(candidate)
        assert found.duration >= 0
