"""Details on their way: what an earlier run left is taken up, as far as it is whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from polyai_assets.raw.details.files import Asked, DetailSpool, detail_spool
from polyai_assets.raw.partition import Partition

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
PROJECT = "us-1/acme/hotel-bot"
NAMES = ("a/b", "it's", "\x00", "..", "", "漢")


def asked(name: str, status: str = "found", later: int = 0) -> Asked:
    return Asked(name, status, "", NOW + timedelta(seconds=later), b"\x01" * 32)


@contextmanager
def opened(folder: Path, now: datetime = NOW, project: str = PROJECT) -> Iterator[DetailSpool]:
    with detail_spool(folder, Partition(project, DAY), now) as spool:
        yield spool


def file_in(folder: Path) -> Path:
    (file,) = (folder / "details").glob("*.spool")
    return file


def test_what_was_spooled_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        for name in NAMES:
            spool.add(asked(name), name.encode() * 100)
        spool.add(asked("gone", "missing"), None)
        spool.add(asked("empty"), b"")
    with opened(tmp_path) as spool:
        assert spool.asked == {name: asked(name) for name in (*NAMES, "empty")} | {
            "gone": asked("gone", "missing")
        }
        assert [spool.payload(name) for name in NAMES] == [name.encode() * 100 for name in NAMES]
        assert (spool.payload("gone"), spool.payload("empty")) == (None, b"")
        spool.add(asked("more"), b"more")
        assert spool.payload("more") == b"more"


def test_the_state_of_the_list_is_kept_and_one_from_before_it_was_noted_is_read(tmp_path: Path) -> None:
    noted = asked("noted")._replace(listed_sha256=b"\x02" * 32)
    with opened(tmp_path) as spool:
        spool.add(noted, b"{}")
        spool.add(tuple.__new__(Asked, asked("before")[:5]), b"{}")
    with opened(tmp_path) as spool:
        assert spool.asked == {"noted": noted, "before": asked("before")}


def test_the_later_asking_counts(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.add(asked("a"), b"before")
        spool.add(asked("a", later=5), b"after")
    with opened(tmp_path) as spool:
        assert (spool.asked["a"].asked_at, spool.payload("a")) == (NOW + timedelta(seconds=5), b"after")


def test_a_tail_that_is_torn_anywhere_is_cut_off(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.add(asked("whole"), b"first")
        whole = file_in(tmp_path).stat().st_size
        spool.add(asked("torn"), b"second" * 10)
    content = file_in(tmp_path).read_bytes()
    for length in range(whole, len(content)):
        file_in(tmp_path).write_bytes(content[:length])
        with opened(tmp_path) as spool:
            assert list(spool.asked) == ["whole"]
            spool.add(asked("again"), b"third")
        with opened(tmp_path) as spool:
            assert {name: spool.payload(name) for name in spool.asked} == {
                "whole": b"first",
                "again": b"third",
            }


@pytest.mark.parametrize("at", [2, 30, -3])
def test_a_detail_that_was_damaged_is_not_believed(tmp_path: Path, at: int) -> None:
    with opened(tmp_path) as spool:
        spool.add(asked("whole"), b"first")
        whole = file_in(tmp_path).stat().st_size
        spool.add(asked("damaged"), b"second" * 10)
    content = bytearray(file_in(tmp_path).read_bytes())
    content[whole + at if at > 0 else at] ^= 0xFF
    file_in(tmp_path).write_bytes(content)
    with opened(tmp_path) as spool:
        assert list(spool.asked) == ["whole"]


def test_what_other_code_has_written_counts_as_the_end_and_is_begun_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.add(asked("whole"), b"first")
        spool.add(tuple.__new__(Asked, asked("of other code")[:3]), b"second")
        spool.add(asked("behind it"), b"third")
    with opened(tmp_path) as spool:
        assert list(spool.asked) == ["whole"]
        spool.add(asked("again"), b"fourth")
    with opened(tmp_path) as spool:
        assert {name: spool.payload(name) for name in spool.asked} == {"whole": b"first", "again": b"fourth"}


def test_what_is_committed_is_discarded(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.add(asked("a"), b"a")
        spool.discard()
    with opened(tmp_path) as spool:
        assert spool.asked == {}


def test_each_partition_has_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as spool, opened(tmp_path, project="us-1/acme/bank") as other:
        spool.add(asked("a"), b"a")
        assert other.asked == {}


def test_two_runs_do_not_share_one(tmp_path: Path) -> None:
    with opened(tmp_path) as first:
        first.add(asked("a"), b"a")
        with opened(tmp_path) as second:
            assert second.asked == {}
            second.add(asked("b"), b"b")
            second.discard()
        assert list(first.asked) == ["a"]


def test_one_that_is_too_old_is_thrown_away(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.add(asked("a"), b"a")
    a_day_ago = (NOW - timedelta(hours=25)).timestamp()
    os.utime(file_in(tmp_path), (a_day_ago, a_day_ago))
    with opened(tmp_path) as spool:
        assert spool.asked == {}


def test_locks_of_details_that_were_committed_do_not_stay_for_ever(tmp_path: Path) -> None:
    for number in range(3):
        with opened(tmp_path, project=f"us-1/acme/{number}") as spool:
            spool.add(asked("a"), b"a")
            spool.discard()
    a_day_ago = (NOW - timedelta(hours=25)).timestamp()
    for path in (tmp_path / "details").iterdir():
        os.utime(path, (a_day_ago, a_day_ago))
    with opened(tmp_path):
        assert len(list((tmp_path / "details").iterdir())) == 2


def test_several_threads_may_add(tmp_path: Path) -> None:
    def work(number: int) -> None:
        for n in range(50):
            spool.add(asked(f"{number} {n}"), f"{number} {n}".encode() * n)

    with opened(tmp_path) as spool:
        threads = [Thread(target=work, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with opened(tmp_path) as spool:
        assert len(spool.asked) == 200
        assert all(spool.payload(name) == name.encode() * int(name.split()[1]) for name in spool.asked)
