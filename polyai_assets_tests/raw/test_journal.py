"""Frames that are appended, and cut to what is whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames, SealedFrames
from polyai_assets.privacy.sealing import new_data_key
from polyai_assets.raw.journal import Extent, Journal, hold


def opened(
    path: Path, kind: type = str, frames: PlainFrames = PLAIN
) -> tuple[Journal[str], list[tuple[str, bytes | None]]]:
    found: list[tuple[str, Extent]] = []

    def take(head: str, place: Extent) -> bool:
        found.append((head, place))
        return head != "stop"

    journal = Journal[str](path, kind, take, frames)
    return journal, [(head, journal.read(place)) for head, place in found if head != "stop"]


FRAMES = st.lists(st.tuples(st.text(), st.none() | st.binary()), max_size=8)


SEALED = SealedFrames(new_data_key())


@given(FRAMES, FRAMES, st.sampled_from([PLAIN, SEALED]))
def test_frames_come_back_unharmed_in_their_order(tmp_path_factory, frames, more, sealed):
    path = tmp_path_factory.mktemp("journal") / "journal"
    for added, before in ((frames, []), (more, frames)):
        journal, found = opened(path, frames=sealed)
        assert found == before
        places = [journal.add(*frame) for frame in added]
        assert [journal.read(place) for place in places] == [payload for _, payload in added]
        journal.close()
    journal, found = opened(path, frames=sealed)
    assert found == [*frames, *more]
    journal.discard()
    assert not path.exists()


def test_what_is_said_no_to_is_cut_off_with_all_after_it(tmp_path: Path):
    journal, _ = opened(tmp_path / "journal")
    for head in ("first", "stop", "later"):
        journal.add(head, b"payload")
    journal.close()
    journal, found = opened(tmp_path / "journal")
    assert found == [("first", b"payload")]
    journal.add("again", None)
    journal.close()
    assert opened(tmp_path / "journal")[1] == [("first", b"payload"), ("again", None)]


def test_a_head_of_another_kind_is_the_end(tmp_path: Path):
    journal, _ = opened(tmp_path / "journal")
    journal.add("a text", b"payload")
    journal.close()
    assert opened(tmp_path / "journal", kind=int)[1] == []
    assert (tmp_path / "journal").stat().st_size == 0


@pytest.mark.parametrize("other", [PLAIN, SealedFrames(new_data_key())])
def test_what_was_sealed_otherwise_is_the_end(tmp_path: Path, other: PlainFrames):
    for written, read in ((other, SEALED), (SEALED, other)):
        journal, _ = opened(tmp_path / "journal", frames=written)
        journal.add("head", b"payload")
        journal.close()
        assert opened(tmp_path / "journal", frames=read)[1] == []
        assert (tmp_path / "journal").stat().st_size == 0


def test_neither_heads_nor_payloads_can_be_read_where_they_are_sealed(tmp_path: Path):
    journal, _ = opened(tmp_path / "journal", frames=SEALED)
    journal.add("a head", b"a payload")
    journal.add_pieces("another head", [b"a piece", b"another piece"])
    journal.close()
    content = (tmp_path / "journal").read_bytes()
    assert not any(word in content for word in (b"head", b"payload", b"piece"))


def test_what_another_run_holds_is_not_shared(tmp_path: Path):
    name, lock = hold(tmp_path, "walk")
    other, other_lock = hold(tmp_path, "walk")
    assert name == "walk"
    assert other.startswith("walk-")
    lock.release()
    other_lock.release()
    again, lock = hold(tmp_path, "walk")
    assert again == "walk"
    lock.release()
