"""Fetching ranges of days that can be fetched; `test_failing_days` has the others."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Clock, Simulator
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, DAY4, DAY5, HOTEL, NOW
from polyai_assets_tests.raw.conftest import FetchDays, ids_of


def put(polyai: Simulator, name: str, started_at: str, **more: object) -> None:
    polyai.put(HOTEL.key, {"id": name, "started_at": started_at, "in_progress": False, **more})


def ids_in(polyai: Simulator, day: date) -> list[str]:
    found = polyai.conversations(HOTEL.key, midnight(day), midnight(day) + timedelta(days=1))
    return [conversation["id"] for conversation in found]


def test_a_range_is_asked_for_once_and_brings_each_day_what_it_has(fetch_days: FetchDays, polyai: Simulator):
    fetched = fetch_days(DAY1, DAY2, DAY3, parallel_windows=1)
    assert [ids_of(fetched, day) for day in (DAY1, DAY2, DAY3)] == [
        ids_in(polyai, day) for day in (DAY1, DAY2, DAY3)
    ]
    assert len(polyai.requests) == 1
    assert fetched.failed == {}


def test_a_year_of_a_small_project_is_a_few_requests(fetch_days: FetchDays, polyai: Simulator):
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(60)]
    fetched = fetch_days(*days, parallel_windows=2)
    assert {len(entries) for entries in fetched.entries.values()} == {3}
    assert len(polyai.requests) == 2


def test_days_apart_are_asked_for_apart(fetch_days: FetchDays, polyai: Simulator):
    fetched = fetch_days(DAY1, DAY3, DAY5, parallel_windows=1)
    assert sorted(fetched.entries) == [DAY1, DAY3, DAY5]
    assert [walk.outside for walk in fetched.walks] == [0, 0, 0]
    assert len(polyai.requests) == 3


def test_records_are_byte_for_byte_what_the_api_sent(fetch_days: FetchDays, polyai: Simulator):
    odd = b'{ "id":"CA-odd",\t"started_at":"2025-03-02T10:00:00Z","x":"\xff\\ud83d","x":1e400}'
    polyai.put(HOTEL.key, odd, conversation_id="CA-odd", started_at="2025-03-02T10:00:00Z")
    fetched = fetch_days(DAY2)
    assert odd in list(fetched.entries[DAY2].payloads())


@pytest.mark.parametrize("page_size", [1, 2, 1000])
@pytest.mark.parametrize("parallel_windows", [1, 3, 7])
def test_records_on_a_boundary_land_once_and_on_the_right_day(
    fetch_days: FetchDays, polyai: Simulator, parallel_windows: int, page_size: int
):
    put(polyai, "last", "2025-03-01T23:59:59.999999Z")
    put(polyai, "midnight", "2025-03-02T00:00:00Z")
    put(polyai, "midnight too", "2025-03-02T00:00:00.000000Z")
    put(polyai, "elsewhere", "2025-03-02T01:00:00+01:00")
    put(polyai, "before", "2025-02-28T23:59:59.999999Z")
    put(polyai, "after", "2025-03-04T00:00:00Z")
    fetched = fetch_days(DAY1, DAY2, DAY3, parallel_windows=parallel_windows, page_size=page_size)
    assert [sorted(map(str, ids_of(fetched, day))) for day in (DAY1, DAY2, DAY3)] == [
        sorted(ids_in(polyai, day)) for day in (DAY1, DAY2, DAY3)
    ]
    assert "last" in ids_of(fetched, DAY1)
    assert {"elsewhere", "midnight", "midnight too"} <= set(ids_of(fetched, DAY2))


def test_every_client_environment_is_walked_through(fetch_days: FetchDays, polyai: Simulator):
    put(polyai, "in sandbox", "2025-03-01T10:00:00Z", environment="sandbox")
    put(polyai, "in pre-release", "2025-03-01T11:00:00Z", environment="pre-release")
    fetched = fetch_days(DAY1, client_env=("live", "sandbox"), parallel_windows=1)
    assert "in sandbox" in ids_of(fetched, DAY1)
    assert "in pre-release" not in ids_of(fetched, DAY1)
    assert len(ids_of(fetched, DAY1)) == 4
    assert [(walk.client_env, len(walk.pages)) for walk in fetched.walks] == [("live", 1), ("sandbox", 1)]


def test_each_window_is_told_with_its_pages(fetch_days: FetchDays):
    fetched = fetch_days(DAY1, DAY2, parallel_windows=2, page_size=2)
    walks = sorted(fetched.walks, key=lambda walk: walk.start)
    assert [(walk.start, walk.end) for walk in walks] == [
        (midnight(DAY1), midnight(DAY2)),
        (midnight(DAY2), midnight(DAY3)),
    ]
    assert [[(page.rows, page.limit) for page in walk.pages] for walk in walks] == [[(2, 2), (1, 2)]] * 2
    assert {walk.closed_by for walk in walks} == {"null cursor"}


def test_a_day_without_conversations_is_fetched_and_empty(fetch_days: FetchDays):
    long_ago = date(2024, 12, 24)
    fetched = fetch_days(long_ago, parallel_windows=1)
    assert {day: len(records) for day, records in fetched.entries.items()} == {long_ago: 0}
    assert [page.rows for walk in fetched.walks for page in walk.pages] == [0]


def test_a_conversation_in_progress_is_marked(fetch_days: FetchDays, polyai: Simulator):
    put(polyai, "running", "2025-03-04T11:00:00Z")
    polyai.put(HOTEL.key, {"id": "running", "started_at": "2025-03-04T11:00:00Z", "in_progress": True})
    fetched = fetch_days(DAY4)
    assert [one.entry.conversation_id for one in fetched.entries[DAY4].each() if one.entry.in_progress] == [
        "running"
    ]


@pytest.fixture(scope="module")
def by_offset() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator([HOTEL, BANK], clock=Clock(NOW), pagination="offset")
    with simulator.running() as url:
        yield simulator, url


def test_a_deployment_that_pages_by_offset_is_walked_to_its_end(
    fetch_days: FetchDays, by_offset: tuple[Simulator, str]
):
    simulator, url = by_offset
    fetched = fetch_days(DAY1, DAY2, DAY3, base_url=url, page_size=2, parallel_windows=1)
    assert [ids_of(fetched, day) for day in (DAY1, DAY2, DAY3)] == [
        ids_in(simulator, day) for day in (DAY1, DAY2, DAY3)
    ]
    assert [walk.closed_by for walk in fetched.walks] == ["no next_offset"]
    assert len(simulator.requests) == 5
