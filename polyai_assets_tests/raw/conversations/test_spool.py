"""The folder of walks: which are kept, shared and removed."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.api.record import read_record
from polyai_assets.raw.conversations.spool import Spool, spool
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.leftovers import MAX_AGE, remove_stale
from polyai_assets_tests.deployment import DAY1, NOW
from polyai_assets_tests.raw.conftest import page_of, payloads_of
from polyai_assets_tests.raw.conversations.test_walk_spool import record

ASKS = {"query": "the hotel's first of March"}


def begin(records: Spool, *names: str, cursor: str | None = "more", asks: object = ASKS) -> WalkSpool:
    """Open a walk and add a page; it is at its end unless there is a cursor."""
    walk = records.open_walk({"asks": asks}, frozenset([DAY1]), DAY1)
    if names:
        walk.add(page_of([read_record(record(name)) for name in names], cursor))
    return walk


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]


def test_a_walk_that_reached_its_end_is_removed(tmp_path: Path):
    with spool(tmp_path, NOW) as records:
        begin(records, "CA1", cursor=None)
        assert left(tmp_path)
    assert left(tmp_path) == []


def test_a_walk_that_did_not_is_continued_by_the_next_run(tmp_path: Path):
    with spool(tmp_path, NOW) as records:
        begin(records, "CA1")
    with spool(tmp_path, NOW + timedelta(hours=1)) as records:
        walk = begin(records)
        assert payloads_of(walk) == [record("CA1")]
        assert walk.next is not None
        assert (walk.next.cursor, walk.started_at) == ("more", NOW)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_when_a_run_breaks_off_every_walk_is_kept(tmp_path: Path, error: type[BaseException]):
    def break_off() -> None:
        with spool(tmp_path, NOW) as records:
            begin(records, "CA1", cursor=None)
            raise error

    with pytest.raises(error):
        break_off()
    with spool(tmp_path, NOW) as records:
        walk = begin(records)
        assert (payloads_of(walk), walk.next) == ([record("CA1")], None)


def test_a_walk_that_asks_something_else_is_another_walk(tmp_path: Path):
    with spool(tmp_path, NOW) as records:
        begin(records, "CA1")
    with spool(tmp_path, NOW) as records:
        assert begin(records, asks="the bank").pages == []


def test_two_runs_on_the_same_walk_at_once_do_not_share_it(tmp_path: Path):
    with spool(tmp_path, NOW) as one, spool(tmp_path, NOW) as other:
        walks = [begin(one, "CA1", cursor=None), begin(other, "CA2", cursor=None)]
        assert [payloads_of(walk) for walk in walks] == [[record("CA1")], [record("CA2")]]
    assert left(tmp_path) == []


def test_walks_that_nobody_will_continue_are_removed_with_their_locks(tmp_path: Path):
    with spool(tmp_path, NOW) as records:
        begin(records, "CA1")
    later = NOW + timedelta(days=2)
    for path in (tmp_path / "walks").iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    with spool(tmp_path, later):
        assert list((tmp_path / "walks").iterdir()) == []


def test_an_old_walk_that_a_run_is_on_is_left_to_it(tmp_path: Path):
    with spool(tmp_path, NOW) as records:
        walk = begin(records, "CA1")
        for path in (tmp_path / "walks").iterdir():
            os.utime(path, (NOW.timestamp(), NOW.timestamp()))
        with spool(tmp_path, NOW + timedelta(days=2)):
            assert payloads_of(walk) == [record("CA1")]


@pytest.mark.parametrize(("age", "continued"), [(MAX_AGE, True), (MAX_AGE + timedelta(seconds=1), False)])
def test_a_walk_is_continued_for_a_day(tmp_path: Path, age: timedelta, continued: bool):
    with spool(tmp_path, NOW) as records:
        begin(records, "CA1")
    with spool(tmp_path, NOW + age) as records:
        walk = begin(records)
        assert bool(walk.pages) is continued
        assert walk.started_at == (NOW if continued else NOW + age)


def test_what_is_kept_to_be_continued_has_a_bound_and_the_newest_stays(tmp_path: Path):
    with spool(tmp_path, NOW) as records:
        for number in range(5):
            walk = begin(records, "CA1", asks=number)
            at = NOW.timestamp() - 100 + number
            os.utime(walk.file.path.parent, (at, at))
    walks = tmp_path / "walks"
    size = sum(path.stat().st_size for path in left(walks)) // 5
    newest = sorted((path for path in walks.iterdir() if path.is_dir()), key=lambda one: one.stat().st_mtime)
    remove_stale(walks, NOW, most_bytes=2 * size + size // 2)
    assert {path for path in walks.iterdir() if path.is_dir()} == set(newest[-2:])
    assert len(list(walks.iterdir())) == 4  # and their locks
