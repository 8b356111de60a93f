"""What is known of a recording by its bytes."""

import io

import pytest

from polyai_assets.raw.recordings.sound import Sound, read_sound
from polyai_assets.raw.recordings.wav import NotAWav
from polyai_assets_tests.raw.recordings.wavs import chunk, fmt, riff, wav

SOUND = b"\1" * 16_000


def read(content: bytes) -> Sound:
    return read_sound(io.BytesIO(content), is_whole=True)


def test_a_wav_is_measured_and_nothing_is_odd_about_it():
    assert read(wav(2.0)) == Sound(2.0, 8000, 1)


@pytest.mark.parametrize("more", [8, 44, 1600])
def test_a_head_that_counts_a_little_more_is_not_odd(more: int):
    assert read(riff(fmt(), chunk(b"data", SOUND, 16_000 + more))) == Sound(1.0, 8000, 1)


def test_a_head_that_announces_much_more_is_told():
    found = read(riff(fmt(), chunk(b"data", SOUND, 32_000)))
    assert found == Sound(1.0, 8000, 1, "its head announces 16,000 bytes more than PolyAI sent")


def test_a_head_that_does_not_say_how_it_is_written_is_told():
    assert "does not say how its sound is written" in read(riff(chunk(b"data", SOUND))).remark


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\4\0\0\0\0\0\0\0\0", "MP3"),
        (b"\xff\xfb\x90\x00", "MP3"),
        (b"\xff\xf3\x48\xc4", "MP3"),
        (b"\xff\xf1\x50\x80", "AAC"),
        (b"OggS\0\2", "Ogg"),
        (b"fLaC\0\0\0\x22", "FLAC"),
        (b"\0\0\0\x20ftypM4A ", "MP4"),
        (b"RIFX" + wav()[4:], "RIFX"),
        (b"FORM\0\0\x10\0AIFF", "AIFF"),
        (b".snd\0\0\0\x18", "AU"),
        (b"\x1aE\xdf\xa3", "WebM"),
    ],
)
def test_another_kind_of_sound_is_known_by_how_it_begins(head: bytes, kind: str):
    assert read(head + SOUND) == Sound(remark=f"it is {kind} and no WAV, so its length is not known")


@pytest.mark.parametrize(
    "content",
    [b"", b"<!DOCTYPE html>\n", b'{"error": "x"}', "\ufeff{}".encode("utf-16"), b"\xef\xbb\xbf{}", b"RIFF"],
)
def test_what_is_no_sound_is_refused(content: bytes):
    with pytest.raises(NotAWav):
        read(content)
