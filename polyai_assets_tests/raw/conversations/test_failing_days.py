"""Fetching when some of it fails: one bad day never costs its neighbours, and nothing is asked for without end."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from math import log2
from pathlib import Path

import pytest

from polyai_assets.api.errors import (
    BadRequest,
    EndlessList,
    InvalidKey,
    ServerError,
    Unauthorized,
    UnexpectedStatus,
    is_worth_retrying,
)
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import FetchRequest
from polyai_assets.raw.conversations.spool import spool
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, DAY4, DAY5, HOTEL, NOW, broken
from polyai_assets_tests.raw.conftest import RULES, FetchDays, ids_of


def endless(asked: Asked) -> Answer:
    """Bring full pages of one moment of the day, other conversations in each window, for ever."""
    first, limit = int(asked.param("cursor") or 0), int(asked.param("limit") or 0)
    moment = midnight(DAY1) + timedelta(hours=12)
    records = [
        {"id": f"{asked.param('start_time')} {first + number}", "started_at": moment.isoformat()}
        for number in range(limit)
    ]
    return Answer(body=json.dumps({"conversations": records, "cursor": str(first + limit)}).encode())


WEEK = [DAY1 + timedelta(days=n) for n in range(7)]


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.mark.parametrize("parallel_windows", [1, 2, 5])
@pytest.mark.parametrize("bad", [DAY1, DAY3, DAY5])
def test_a_bad_day_does_not_cost_its_neighbours(
    fetch_days: FetchDays, polyai: Simulator, bad: date, parallel_windows: int
):
    polyai.faults.add(broken(bad))
    days = (DAY1, DAY2, DAY3, DAY4, DAY5)
    fetched = fetch_days(*days, parallel_windows=parallel_windows)
    assert set(fetched.failed) == {bad}
    assert isinstance(fetched.failed[bad], UnexpectedStatus)
    assert {day: len(fetched.entries[day]) for day in days if day != bad} == {
        day: 3 for day in days if day != bad
    }


def test_a_good_day_beside_a_bad_one_is_proven_complete(
    fetch_days: FetchDays, polyai: Simulator, tmp_path_factory: pytest.TempPathFactory
):
    polyai.faults.add(broken(DAY2))
    fetched = fetch_days(DAY1, DAY2, DAY3)
    store = RawStore(str(tmp_path_factory.mktemp("raw")))
    for day in (DAY1, DAY3):
        assert commit_day(store, fetched, day, RULES).problems() == []


@pytest.mark.parametrize("days", [8, 60])
def test_finding_a_bad_day_takes_requests_by_the_logarithm(
    fetch_days: FetchDays, polyai: Simulator, days: int
):
    polyai.faults.add(broken(DAY1))
    around = [DAY1 + timedelta(days=n) for n in range(-days // 2, days // 2)]
    assert set(fetch_days(*around, parallel_windows=1).failed) == {DAY1}
    assert len(polyai.requests) <= 6 * log2(days) + 4


def test_several_bad_days_are_told_apart(fetch_days: FetchDays, polyai: Simulator):
    for bad in (WEEK[1], WEEK[2], WEEK[5]):
        polyai.faults.add(broken(bad))
    fetched = fetch_days(*WEEK)
    assert set(fetched.failed) == {WEEK[1], WEEK[2], WEEK[5]}


def test_half_a_bad_day_makes_the_day_bad(fetch_days: FetchDays, polyai: Simulator):
    noon = midnight(DAY2) + timedelta(hours=12)
    polyai.faults.add(
        Fault("error", {"status": 418}, times=None, since=noon, until=noon + timedelta(hours=1))
    )
    assert set(fetch_days(DAY2, parallel_windows=4).failed) == {DAY2}


def test_a_day_that_fails_in_one_environment_has_failed(fetch_days: FetchDays, polyai: Simulator):
    # the second request is the one for the sandbox
    polyai.faults.add(Fault("error", {"status": 418}, times=None, after=1))
    fetched = fetch_days(DAY2, client_env=("live", "sandbox"), parallel_windows=1)
    assert set(fetched.failed) == {DAY2}


@pytest.mark.parametrize(("parallel_windows", "most"), [(1, 7), (2, 14), (7, 14)])
def test_when_the_whole_api_is_down_we_soon_give_up(
    fetch_days: FetchDays, polyai: Simulator, parallel_windows: int, most: int
):
    polyai.faults.add(Fault("error", {"status": 503}, times=None))
    fetched = fetch_days(*WEEK, parallel_windows=parallel_windows)
    assert set(fetched.failed) == set(WEEK)
    assert {type(error) for error in fetched.failed.values()} == {ServerError}
    assert len(polyai.requests) <= most


def test_an_api_that_comes_back_while_we_look_for_the_bad_day_costs_nothing(
    fetch_days: FetchDays, polyai: Simulator
):
    polyai.faults.add(Fault("reset", times=2))
    fetched = fetch_days(*WEEK, parallel_windows=1)
    assert fetched.failed == {}
    assert {len(entries) for entries in fetched.entries.values()} == {3}


@pytest.mark.parametrize("parallel_windows", [1, 4])
def test_a_refused_key_ends_the_fetch_at_once(
    fetch_days: FetchDays, polyai: Simulator, parallel_windows: int
):
    with pytest.raises(Unauthorized):
        fetch_days(*WEEK, key="wrong", parallel_windows=parallel_windows, max_attempts=8)
    assert len(polyai.requests) <= parallel_windows


def test_a_key_that_no_header_can_carry_is_not_sent(fetch_days: FetchDays, polyai: Simulator):
    with pytest.raises(InvalidKey):
        fetch_days(DAY1, key="line\nbreak")
    assert polyai.requests == []


def test_filters_that_are_refused_end_the_fetch_at_once(fetch_days: FetchDays, polyai: Simulator):
    polyai.faults.add(Fault("error", {"status": 400}, times=None))
    with pytest.raises(BadRequest):
        fetch_days(*WEEK, parallel_windows=1)
    assert len(polyai.requests) == 1


def test_a_cursor_that_is_refused_is_not_held_against_the_filters(fetch_days: FetchDays, polyai: Simulator):
    polyai.faults.add(Fault("bad_cursor"))
    fetched = fetch_days(DAY1, DAY2, parallel_windows=1, page_size=2)
    assert fetched.failed == {}
    assert [len(fetched.entries[day]) for day in (DAY1, DAY2)] == [3, 3]


def test_a_day_whose_cursors_are_all_refused_fails_alone(fetch_days: FetchDays, polyai: Simulator):
    until = midnight(DAY3)
    polyai.faults.add(Fault("bad_cursor", times=None, since=midnight(DAY2), until=until))
    fetched = fetch_days(DAY1, DAY2, DAY3, parallel_windows=1, page_size=2)
    assert set(fetched.failed) == {DAY2}


@pytest.mark.parametrize("kind", ["repeat_cursor", "bad_cursor"])
def test_a_walk_in_circles_fails_after_few_requests(fetch_days: FetchDays, polyai: Simulator, kind: str):
    polyai.faults.add(Fault(kind, times=None))
    assert set(fetch_days(DAY1, parallel_windows=1, page_size=1).failed) == {DAY1}
    assert len(polyai.requests) <= 8


def test_a_walk_that_broke_and_was_repeated_leaves_no_stale_records(fetch_days: FetchDays, polyai: Simulator):
    conversations = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
    gone, changed, _ = [conversation["id"] for conversation in conversations]
    # the first page has both as they were; before the walk is repeated, one vanishes and the other changes
    polyai.faults.add(Fault("error", {"status": 418}, page=2))
    polyai.faults.add(Fault("vanish", {"ids": [gone]}, after=1))
    polyai.faults.add(Fault("change", {"field": "from_number", "value": "later", "ids": [changed]}, after=1))
    fetched = fetch_days(DAY1, DAY2, parallel_windows=1, page_size=2)
    assert gone not in ids_of(fetched, DAY1)
    kept = dict(zip(ids_of(fetched, DAY1), fetched.entries[DAY1].payloads(), strict=True))
    assert b'"later"' in kept[changed]
    assert fetched.failed == {}


def test_a_walk_that_broke_is_not_in_the_certificate(
    fetch_days: FetchDays, polyai: Simulator, tmp_path_factory: pytest.TempPathFactory
):
    polyai.faults.add(Fault("error", {"status": 418}, page=2))
    fetched = fetch_days(DAY1, DAY2, parallel_windows=1, page_size=2)
    certificate = commit_day(RawStore(str(tmp_path_factory.mktemp("raw"))), fetched, DAY1, RULES)
    assert [walk.closed_by for walk in certificate.walks] == ["null cursor"]
    assert certificate.problems() == []


def test_only_passing_trouble_is_worth_a_later_attempt():
    assert is_worth_retrying([ServerError(), ServerError()])
    assert not is_worth_retrying([ServerError(), UnexpectedStatus()])
    assert not is_worth_retrying([ServerError(), OSError()])
    assert not is_worth_retrying([])


def test_a_day_without_end_is_left_when_all_its_windows_hold_more_than_a_day_can_hold(
    fetch_days: FetchDays, scripted: ScriptedServer
):
    scripted.serve(endless)
    fetched = fetch_days(
        DAY1, base_url=scripted.url, page_size=200, parallel_windows=2, max_conversations_per_day=1000
    )
    assert isinstance(fetched.failed[DAY1], EndlessList)
    assert len(scripted.asked) <= 2 * 6
    assert not is_worth_retrying(list(fetched.failed.values()))


def test_nothing_is_kept_of_a_list_without_end(
    tmp_path: Path, configure: Configure, scripted: ScriptedServer
):
    scripted.serve(endless)
    config = configure(base_url=scripted.url, page_size=200, max_conversations_per_day=1000)
    request = FetchRequest(connection=config.connection(), days=(DAY1,), page_size=200)
    with spool(tmp_path, NOW) as records:
        fetched = fetch(request, records, now=lambda: NOW)
    assert isinstance(fetched.failed[DAY1], EndlessList)
    assert sum(path.stat().st_size for path in tmp_path.rglob("records")) == 0
