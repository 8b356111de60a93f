"""Fetches that die on the way, and go on at their cursor when they are tried again."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from polyai_assets.privacy.master_key import VARIABLE
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import FetchRequest
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.leftovers import MAX_AGE
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, ids_of
from polyai_assets_tests.raw.conversations.resuming import (
    HOUR,
    Attempt,
    down_after,
    good_cursors,
    ids_in,
    known,
)


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


def test_a_fetch_that_was_killed_goes_on_at_its_cursor_and_has_left_no_text_of_an_encrypted_store(
    attempt: Attempt,
    polyai: Simulator,
    fetching: Callable[..., subprocess.Popen[bytes]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv(VARIABLE, f"1:{'a' * 32}")
    RawStore(str(tmp_path / "raw")).encrypt()
    hanging = polyai.faults.add(Fault("stall", {"seconds": 60}, page=6))
    process = fetching(DAY1, DAY2, DAY3)
    while not hanging.hits:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    said = {turn["user_input"].encode() for one in known(polyai, DAY1) for turn in one["turns"]} - {b""}
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert len(said) > 3
    assert len(on_disk) > 5_000  # five pages
    assert [text for text in said if text in on_disk] == []
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
