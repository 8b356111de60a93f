"""Cursors that die: their window begins anew, once, and no other."""

import pytest
from msgspec.structs import replace

from polyai_assets.api.errors import PermanentError
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, NOW
from polyai_assets_tests.raw.conftest import ids_of
from polyai_assets_tests.raw.conversations.resuming import HOUR, Attempt, down_after, ids_in
from polyai_assets_tests.tiers import long


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
@pytest.mark.parametrize("times", [long(1), None], ids=["once", "for ever"])
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
