"""Journals of walks that are torn or damaged: they are cut back to the last whole page."""

import struct
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.record import read_record
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames, SealedFrames
from polyai_assets.privacy.sealing import new_data_key
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets_tests.deployment import DAY1, NOW
from polyai_assets_tests.raw.conftest import page_of, payloads_of
from polyai_assets_tests.raw.conversations.test_walk_spool import record


def open_walk(folder: Path, frames: PlainFrames = PLAIN) -> WalkSpool:
    return WalkSpool(folder, {}, frozenset([DAY1]), DAY1, NOW, frames)


def three_pages(folder: Path, frames: PlainFrames = PLAIN) -> None:
    walk = open_walk(folder, frames)
    for number in range(3):
        walk.add(page_of([read_record(record(f"CA{number}"))], cursor=f"after {number}"))
    walk.close()


def expect_pages(folder: Path, count: int, frames: PlainFrames = PLAIN) -> None:
    """A walk of so many whole pages, to which the others can be added again."""
    walk = open_walk(folder, frames)
    assert len(walk.pages) == count
    assert payloads_of(walk) == [record(f"CA{number}") for number in range(count)]
    assert walk.next is not None
    assert walk.next.cursor == (f"after {count - 1}" if count else None)
    walk.add(page_of([read_record(record("last"))]))
    walk.close()
    again = open_walk(folder, frames)
    assert payloads_of(again) == [*(record(f"CA{number}") for number in range(count)), record("last")]
    again.close()


def ends_of_pages(content: bytes) -> list[int]:
    """Where each page of a journal ends; the first frame says when the walk began."""
    ends, place = [], 0
    while place < len(content):
        payload, head = struct.unpack_from(">QI", content, place)
        place += 12 + (0 if payload == 2**64 - 1 else payload) + head + 4
        ends.append(place)
    return ends[1:]


@given(st.integers(0, 2000), st.sampled_from([PLAIN, SealedFrames(new_data_key())]))
def test_a_journal_that_was_torn_anywhere_is_cut_back_to_the_last_whole_page(place: int, frames: PlainFrames):
    with TemporaryDirectory() as name:
        folder = Path(name)
        three_pages(folder, frames)
        content = (folder / "journal").read_bytes()
        (folder / "journal").write_bytes(content[:place])
        expect_pages(folder, sum(end <= place for end in ends_of_pages(content)), frames)


@given(st.data())
def test_a_page_whose_bytes_are_not_what_was_written_is_asked_for_again(data: st.DataObject):
    with TemporaryDirectory() as name:
        folder = Path(name)
        three_pages(folder)
        content = bytearray((folder / "journal").read_bytes())
        ends = ends_of_pages(bytes(content))
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
        (folder / "journal").write_bytes(content)
        expect_pages(folder, sum(end <= place for end in ends))


@pytest.mark.parametrize(
    "damage", [b"", b"\n", b"{}\n", b"\x00" * 500, b"\xff" * 500, b'{"started_at":"x"}\n']
)
def test_a_journal_that_makes_no_sense_begins_the_walk_anew(tmp_path: Path, damage: bytes):
    three_pages(tmp_path)
    (tmp_path / "journal").write_bytes(damage)
    expect_pages(tmp_path, 0)


def test_a_walk_that_earlier_code_has_left_begins_anew(tmp_path: Path):
    (tmp_path / "log").write_bytes(b'{"started_at":"2026-03-01T00:00:00Z","asks":{}}\n')
    (tmp_path / "records").write_bytes(record("CA0"))
    three_pages(tmp_path)
    expect_pages(tmp_path, 3)
