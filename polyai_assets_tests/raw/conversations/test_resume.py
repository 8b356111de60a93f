"""Fetches that die on the way, and go on at their cursor when they are tried again."""

import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from polyai_assets.api.errors import PermanentError
from polyai_assets.api.record import read_record
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import Fetch, FetchRequest
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.leftovers import MAX_AGE
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, ids_of, page_of, payloads_of
from polyai_assets_tests.raw.conversations.test_walk_spool import record

HOUR = timedelta(hours=1)
Attempt = Callable[..., Fetch]


@pytest.fixture
def attempt(tmp_path: Path, configure: Configure) -> Attempt:
    """Fetch days of the hotel, one conversation a page; every attempt finds the spool as the last one left it."""

    def attempt(*days: date, now: datetime = NOW, **options: object) -> Fetch:
        config = configure(**{"max_attempts": 1, "page_size": 1, **options})
        request = FetchRequest(connection=config.connection(), days=days, page_size=config.page_size)
        with spool(tmp_path / "spool", now) as records:
            return fetch(request, records, now=lambda: now)

    return attempt


def down_after(pages: int) -> Fault:
    """Let so many requests through, and answer no other."""
    return Fault("error", {"status": 503}, times=None, after=pages)


def good_cursors(polyai: Simulator) -> list[str | None]:
    """The cursors of the requests that were answered, in order; None is the beginning of a walk."""
    return [
        next(iter(request.query.get("cursor", [])), None)
        for request in polyai.requests
        if request.status == 200
    ]


def ids_in(polyai: Simulator, day: date) -> list[str]:
    return [one["id"] for one in polyai.conversations(HOTEL.key, midnight(day), midnight(day) + 24 * HOUR)]


@pytest.mark.parametrize("pages", [1, 4, 8])
def test_a_fetch_that_died_goes_on_at_its_cursor_and_asks_for_nothing_twice(
    attempt: Attempt, polyai: Simulator, pages: int
):
    polyai.faults.add(down_after(pages))
    assert set(attempt(DAY1, DAY2, DAY3).failed) == {DAY1, DAY2, DAY3}
    polyai.faults.clear()
    fetched = attempt(DAY1, DAY2, DAY3)
    assert fetched.failed == {}
    assert [ids_of(fetched, day) for day in (DAY1, DAY2, DAY3)] == [
        ids_in(polyai, day) for day in (DAY1, DAY2, DAY3)
    ]
    cursors = good_cursors(polyai)
    assert len(cursors) == len(set(cursors)) == 9
    assert [len(walk.pages) for walk in fetched.walks] == [9]
    assert [walk.closed_by for walk in fetched.walks] == ["null cursor"]


def test_a_fetch_that_died_again_and_again_gets_there(attempt: Attempt, polyai: Simulator):
    for _ in range(4):
        polyai.faults.add(down_after(2))
        attempt(DAY1, DAY2, DAY3)
        polyai.faults.clear()
    fetched = attempt(DAY1, DAY2, DAY3)
    assert fetched.failed == {}
    assert len(good_cursors(polyai)) == 9


def test_a_fetch_that_goes_on_counts_from_when_it_began(attempt: Attempt, polyai: Simulator):
    polyai.faults.add(down_after(1))
    attempt(DAY1)
    polyai.faults.clear()
    fetched = attempt(DAY1, now=NOW + HOUR)
    assert (fetched.started_at, fetched.finished_at) == (NOW, NOW + HOUR)


def test_after_a_day_it_begins_anew(attempt: Attempt, polyai: Simulator):
    polyai.faults.add(down_after(1))
    attempt(DAY1)
    polyai.faults.clear()
    later = NOW + MAX_AGE + timedelta(seconds=1)
    assert attempt(DAY1, now=later).started_at == later
    assert len(good_cursors(polyai)) == 1 + 3


def test_other_filters_or_days_are_another_walk(attempt: Attempt, polyai: Simulator):
    polyai.faults.add(down_after(1))
    attempt(DAY1, DAY2)
    polyai.faults.clear()
    attempt(DAY1)
    assert len(good_cursors(polyai)) == 1 + 3


def test_a_cursor_that_is_refused_later_begins_its_window_anew_and_no_other(
    attempt: Attempt, polyai: Simulator
):
    polyai.faults.add(Fault("error", {"status": 503}, times=None, page=2))
    attempt(DAY1, DAY3)
    polyai.faults.clear()
    polyai.faults.add(Fault("bad_cursor", since=midnight(DAY3), until=midnight(DAY3) + 24 * HOUR))
    polyai.requests.clear()
    fetched = attempt(DAY1, DAY3)
    assert fetched.failed == {}
    assert [len(fetched.entries[day]) for day in (DAY1, DAY3)] == [3, 3]
    asked = [(request.query["start_time"][0][:10], request.status) for request in polyai.requests]
    first, third = ("2025-02-28", 200), ("2025-03-02", 200)  # windows begin a second early
    assert asked == [first] * 2 + [("2025-03-02", 400)] + [third] * 3


def test_what_a_walk_brought_before_its_cursor_was_refused_does_not_stay(attempt: Attempt, polyai: Simulator):
    gone = ids_in(polyai, DAY1)[0]
    polyai.faults.add(down_after(1))
    attempt(DAY1)
    polyai.faults.clear()
    polyai.remove(HOTEL.key, gone)
    polyai.faults.add(Fault("bad_cursor"))
    fetched = attempt(DAY1, now=NOW + HOUR)
    assert gone not in ids_of(fetched, DAY1)
    assert fetched.started_at == NOW + HOUR


DEATHS = [
    *(Fault("error", {"status": status}) for status in (400, 401, 403, 404, 410, 422, 500, 502)),
    Fault("redirect", {"to": "https://elsewhere.example"}),
    Fault("envelope", {"members": {"error_code": "CURSOR_NOT_FOUND"}, "empty": True}),
    Fault("envelope", {"members": {"success": "false"}}),
    Fault("html_page"),
    Fault("repeat_cursor"),
]
ids_of_deaths = [
    f"{one.kind} {one.parameters.get('status', one.parameters.get('members', ''))}" for one in DEATHS
]


@pytest.mark.parametrize("death", DEATHS, ids=ids_of_deaths)
@pytest.mark.parametrize("times", [1, None], ids=["once", "for ever"])
def test_a_stored_cursor_may_die_in_any_way_and_its_window_begins_anew(
    attempt: Attempt, polyai: Simulator, death: Fault, times: int | None
):
    polyai.faults.add(down_after(1))
    attempt(DAY1)
    polyai.faults.clear()
    polyai.faults.add(replace(death, page=2, times=times, until=None if times else midnight(DAY1)))
    fetched = attempt(DAY1, page_size=1)
    assert (fetched.failed, ids_of(fetched, DAY1)) == ({}, ids_in(polyai, DAY1))


@pytest.mark.parametrize("death", DEATHS[:6], ids=ids_of_deaths[:6])
def test_a_cursor_that_dies_in_the_middle_of_a_walk_is_no_error_of_the_project(
    attempt: Attempt, polyai: Simulator, death: Fault
):
    polyai.faults.add(replace(death, page=3))
    fetched = attempt(DAY1, DAY2)
    assert fetched.failed == {}
    assert [ids_of(fetched, day) for day in (DAY1, DAY2)] == [ids_in(polyai, day) for day in (DAY1, DAY2)]
    assert len(fetched.walks) == 1
    assert len(polyai.requests) == 3 + 6


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_walk_begins_anew_once_and_not_for_ever(attempt: Attempt, polyai: Simulator, status: int):
    window = {"since": midnight(DAY1), "until": midnight(DAY1) + 24 * HOUR}
    polyai.faults.add(Fault("error", {"status": status}, times=None, page=2, **window))
    fetched = attempt(DAY1, DAY3)
    assert set(fetched.failed) == {DAY1}
    assert len(ids_of(fetched, DAY3)) == 3
    assert len(polyai.requests) <= 3 + 2 * 4


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_a_fresh_first_page_meets_too_is_the_projects_error_and_costs_no_page(
    attempt: Attempt, polyai: Simulator, status: int
):
    polyai.faults.add(down_after(2))
    attempt(DAY1)
    polyai.faults.clear()
    polyai.faults.add(Fault("error", {"status": status}, times=None))
    polyai.requests.clear()
    with pytest.raises(PermanentError) as caught:
        attempt(DAY1)
    assert caught.value.status == status
    assert [request.status for request in polyai.requests] == [status, status]
    polyai.faults.clear()
    polyai.requests.clear()
    assert attempt(DAY1).failed == {}
    assert len(polyai.requests) == 1


def test_members_of_pages_that_nobody_declared_are_reported(
    attempt: Attempt, polyai: Simulator, caplog: pytest.LogCaptureFixture
):
    members = {"total": 3, "error": None, "data": None}
    polyai.faults.add(Fault("envelope", {"members": members}, times=2))
    polyai.faults.add(down_after(1))
    attempt(DAY1)
    polyai.faults.clear()
    polyai.faults.add(Fault("envelope", {"members": {"partial": True}}))
    fetched = attempt(DAY1)
    assert [walk.unknown for walk in fetched.walks] == [{"total": 1, "partial": 1}]
    assert caplog.messages.count(f"{HOTEL.key}: pages have members that are not declared: total") >= 1


def test_trouble_in_the_middle_of_a_walk_costs_none_of_its_pages(attempt: Attempt, polyai: Simulator):
    polyai.faults.add(down_after(2))
    assert set(attempt(DAY1).failed) == {DAY1}
    polyai.faults.clear()
    polyai.requests.clear()
    assert attempt(DAY1).failed == {}
    assert len(polyai.requests) == 1


@pytest.fixture
def fetching(tmp_path: Path, polyai_url: str) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Fetch and commit days in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def fetching(*days: date) -> subprocess.Popen[bytes]:
        module = "polyai_assets_tests.raw.fetching"
        started.append(
            subprocess.Popen([sys.executable, "-m", module, polyai_url, str(tmp_path), *map(str, days)])
        )
        return started[-1]

    yield fetching
    for process in started:
        process.kill()
        process.wait()


def test_a_fetch_that_was_killed_goes_on_at_its_cursor(
    attempt: Attempt, polyai: Simulator, fetching: Callable[..., subprocess.Popen[bytes]]
):
    hanging = polyai.faults.add(Fault("stall", {"seconds": 60}, page=6))
    process = fetching(DAY1, DAY2, DAY3)
    while not hanging.hits:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    polyai.requests.clear()
    fetched = attempt(DAY1, DAY2, DAY3)
    assert [ids_of(fetched, day) for day in (DAY1, DAY2, DAY3)] == [
        ids_in(polyai, day) for day in (DAY1, DAY2, DAY3)
    ]
    assert len(polyai.requests) == 9 - 5  # the page that it hung at, and those after it


def test_two_runs_on_the_same_days_at_once_end_in_the_newer_fetch_whole(
    tmp_path: Path, configure: Configure, polyai: Simulator
):
    store = RawStore(str(tmp_path / "raw"))
    request = FetchRequest(connection=configure().connection(), days=(DAY1,), page_size=1)
    with spool(tmp_path / "spool", NOW) as records:
        older = fetch(request, records, now=lambda: NOW)
        polyai.remove(HOTEL.key, ids_in(polyai, DAY1)[0])
        with spool(tmp_path / "spool", NOW + HOUR) as others:
            newer = fetch(request, others, now=lambda: NOW + HOUR)
            expected = commit_day(store, newer, DAY1, RULES)
        assert commit_day(store, older, DAY1, RULES) == expected
    assert (len(older.entries[DAY1]), expected.rows) == (3, 2)
    assert store.certificate(Partition(project_of(HOTEL), DAY1)) == expected


def open_walk(folder: Path) -> WalkSpool:
    return WalkSpool(folder, {}, frozenset([DAY1]), DAY1, NOW)


def three_pages(folder: Path) -> None:
    walk = open_walk(folder)
    for number in range(3):
        walk.add(page_of([read_record(record(f"CA{number}"))], cursor=f"after {number}"))
    walk.close()


def expect_pages(folder: Path, count: int) -> None:
    """A walk of so many whole pages, to which the others can be added again."""
    walk = open_walk(folder)
    assert len(walk.pages) == count
    assert payloads_of(walk) == [record(f"CA{number}") for number in range(count)]
    assert walk.next is not None
    assert walk.next.cursor == (f"after {count - 1}" if count else None)
    walk.add(page_of([read_record(record("last"))]))
    walk.close()
    again = open_walk(folder)
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


@given(st.integers(0, 2000))
def test_a_journal_that_was_torn_anywhere_is_cut_back_to_the_last_whole_page(place: int):
    with TemporaryDirectory() as name:
        folder = Path(name)
        three_pages(folder)
        content = (folder / "journal").read_bytes()
        (folder / "journal").write_bytes(content[:place])
        expect_pages(folder, sum(end <= place for end in ends_of_pages(content)))


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
