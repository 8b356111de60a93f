"""Counts proven by another road, and what is made of counts that cannot be; `test_proof` has lists of other kinds."""

from datetime import date, timedelta
from math import log2

import pytest

from polyai_assets.raw.conversations.proof import ProofState, Road
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.api.scripted_server import Answer, ScriptedServer, error, page
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, NOW, broken
from polyai_assets_tests.raw.conftest import FetchDays

WEEK = [DAY1 + timedelta(days=n) for n in range(7)]

PROVEN = {ProofState.PROVEN: True, ProofState.REFUTED: False, ProofState.UNPROVEN: None}


def proven(fetched: Fetch) -> dict[date, bool | None]:
    """True: proven, False: refuted, None: unproven."""
    return {day: PROVEN[proof.state] for day, proof in fetched.proofs.items()}


def counting(polyai: Simulator) -> int:
    """How many requests counted."""
    return sum("offset" in request.query for request in polyai.requests)


@pytest.mark.parametrize("days", [1, 7])
def test_the_counts_of_a_range_are_proven_with_two_calls(fetch_days: FetchDays, polyai: Simulator, days: int):
    fetched = fetch_days(*WEEK[:days], verify="offset")
    assert proven(fetched) == dict.fromkeys(WEEK[:days], True)
    assert fetched.proofs[DAY1].explanation == "the API counts 3 conversations by offset too"
    assert counting(polyai) == 2


def test_an_empty_range_is_proven_with_one_call(fetch_days: FetchDays, polyai: Simulator):
    long_ago = HOTEL.since - timedelta(days=10)
    assert proven(fetch_days(long_ago, verify="offset")) == {long_ago: True}
    assert counting(polyai) == 1


def test_records_at_midnight_and_just_before_it_do_not_disturb_the_count(
    fetch_days: FetchDays, polyai: Simulator
):
    for name, start in (("last", "2025-03-01T23:59:59.999999Z"), ("first", "2025-03-02T00:00:00Z")):
        polyai.put(HOTEL.key, {"id": name, "started_at": start})
    assert proven(fetch_days(DAY1, DAY2, DAY3, verify="offset")) == dict.fromkeys([DAY1, DAY2, DAY3], True)
    assert proven(fetch_days(DAY1, DAY3, verify="offset")) == dict.fromkeys([DAY1, DAY3], True)


def test_a_day_that_may_still_change_is_not_counted(fetch_days: FetchDays, polyai: Simulator):
    now = midnight(DAY3) + timedelta(hours=1)
    polyai.clock.stop_at(now)
    assert proven(fetch_days(DAY1, DAY2, DAY3, now=now, verify="offset")) == {DAY1: True}


@pytest.mark.parametrize("bad", [WEEK[0], WEEK[3], WEEK[6]])
def test_a_day_with_a_conversation_too_few_is_found_among_its_neighbours(
    fetch_days: FetchDays, polyai: Simulator, bad: date
):
    ids = [
        one["id"] for one in polyai.conversations(HOTEL.key, midnight(bad), midnight(bad) + timedelta(days=1))
    ]
    polyai.faults.add(Fault("drop_conversations", {"ids": ids[:1]}, page=1))
    fetched = fetch_days(*WEEK, verify="offset", parallel_windows=1)
    assert proven(fetched) == {day: day != bad for day in WEEK}
    assert (
        "2 conversations were fetched, but the API counts another number" in fetched.proofs[bad].explanation
    )
    assert counting(polyai) <= 4 * (log2(len(WEEK)) + 2)


def test_days_beside_one_that_cannot_be_asked_for_are_counted_without_touching_it(
    fetch_days: FetchDays, polyai: Simulator
):
    polyai.faults.add(broken(DAY2))
    assert proven(fetch_days(DAY1, DAY2, DAY3, verify="offset")) == {DAY1: True, DAY3: True}


def test_a_page_that_got_lost_is_found(fetch_days: FetchDays, polyai: Simulator):
    polyai.faults.add(Fault("drop_page", page=2))
    fetched = fetch_days(DAY1, DAY2, DAY3, verify="offset", parallel_windows=1, page_size=3)
    assert proven(fetched) == {DAY1: True, DAY2: False, DAY3: True}


def test_a_year_in_which_every_day_is_wrong_takes_a_bounded_number_of_calls(
    fetch_days: FetchDays, polyai: Simulator
):
    days = [date(2025, 1, 2) + timedelta(days=n) for n in range(60)]
    polyai.faults.add(Fault("drop_conversations", {"every": 3}, times=None))
    fetched = fetch_days(*days, verify="offset", parallel_windows=1)
    assert set(proven(fetched).values()) == {False}
    assert counting(polyai) <= 110


def test_without_verify_nothing_is_counted(fetch_days: FetchDays, polyai: Simulator):
    assert fetch_days(DAY1, verify="off").proofs == {}
    assert counting(polyai) == 0


def test_trouble_while_counting_does_not_cost_what_was_fetched(fetch_days: FetchDays, polyai: Simulator):
    polyai.faults.add(Fault("error", {"status": 500}, times=None, after=1))
    fetched = fetch_days(DAY1, verify="offset", parallel_windows=1)
    assert (fetched.failed, len(fetched.entries[DAY1])) == ({}, 3)
    proof = fetched.proofs[DAY1]
    assert (proof.state, proof.road, proof.agreed) == (ProofState.UNPROVEN, Road.NONE, [])
    assert proof.explanation.startswith("not proven by count: ")
    assert "; walking it a second time failed: " in proof.explanation
    assert "verify: off" in proof.remedy


@pytest.mark.parametrize(
    ("to_an_offset", "told"),
    [
        (page(["CA1", "CA2"], cursor=None), "the API ignores the offset"),
        (error(400, "BAD_REQUEST", "offset: unknown parameter"), "the API takes no offset"),
    ],
)
def test_an_api_that_does_not_count_by_offset_is_soon_asked_no_more_and_walked_again(
    fetch_days: FetchDays, to_an_offset: Answer, told: str
):
    everything = page([f"CA{number}" for number in range(3)], cursor=None)
    with ScriptedServer() as server:
        server.serve(lambda asked: everything if asked.param("offset") is None else to_an_offset)
        days = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
        fetched = fetch_days(
            *days, now=NOW + timedelta(days=900), verify="offset", base_url=server.url, parallel_windows=1
        )
        proof = fetched.proofs[days[0]]
        assert (proof.state, proof.road) == (ProofState.PROVEN, Road.REWALK)
        assert f"not proven by count: {told}" in proof.explanation
        assert len([asked for asked in server.asked if asked.param("offset") is not None]) <= 3
        assert len(server.asked) <= 1 + 3 + 2
