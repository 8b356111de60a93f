"""Lists of every kind: a whole day is proven, and a day that lacks a conversation never is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest

from polyai_assets.api.query import timestamp
from polyai_assets.raw.conversations.proof import ProofState, Road
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.windows import OVERLAP, midnight
from polyai_assets_tests.api.scripted_server import Answer, Asked, ScriptedServer, error
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3
from polyai_assets_tests.raw.conftest import FetchDays, ids_of
from polyai_assets_tests.raw.listing import Listing
from polyai_assets_tests.tiers import long

HOUR = timedelta(hours=1)
EVERY_HOUR = {f"CA{number:02}": midnight(DAY1) + number * HOUR for number in range(72)}
TWO_WALKS = "2 walks, cut differently, fetched the same 24 conversations"
TICK = timedelta(microseconds=1)
# Every moment at which an end may lie, and those beside it.
EDGES = {
    f"{day} {away}": midnight(day) + away
    for day in (DAY1, DAY2, DAY3)
    for near in (-OVERLAP, timedelta(0), OVERLAP)
    for away in (near - TICK, near, near + TICK)
}
every_kind_of_end = [
    pytest.param({"takes_start": start, "takes_end": end, "newest_first": start == end}, id=f"{start}-{end}")
    for start in (True, False)
    for end in (True, False)
]


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


PROVEN = {ProofState.PROVEN: True, ProofState.REFUTED: False, ProofState.UNPROVEN: None}


def proven(fetched: Fetch) -> dict[date, bool | None]:
    """True: proven, False: refuted, None: unproven."""
    return {day: PROVEN[proof.state] for day, proof in fetched.proofs.items()}


@pytest.mark.parametrize("days", [[DAY1], [DAY2], [DAY1, DAY2], [DAY1, DAY3]], ids=str)
@pytest.mark.parametrize("ends", every_kind_of_end)
def test_nothing_hangs_on_whether_an_end_is_inclusive(
    fetch_days: FetchDays, server: ScriptedServer, ends: dict[str, bool], days: list[date]
):
    server.serve(Listing(starts=EDGES, **ends))
    fetched = fetch_days(*days, base_url=server.url, verify="offset", page_size=4)
    assert {day: set(ids_of(fetched, day)) for day in days} == {
        day: {name for name, start in EDGES.items() if start.date() == day} for day in days
    }
    assert proven(fetched) == dict.fromkeys(days, True)


@pytest.mark.parametrize("ends", every_kind_of_end)
def test_a_conversation_that_is_missing_at_an_end_is_noticed(
    fetch_days: FetchDays, server: ScriptedServer, ends: dict[str, bool]
):
    for missing, start in EDGES.items():
        if start.date() == DAY2:
            server.serve(Listing(starts=EDGES, hidden=frozenset([missing]), **ends))
            fetched = fetch_days(DAY2, base_url=server.url, verify="offset")
            assert proven(fetched) == {DAY2: False}, missing


JUST_BEFORE = {f"CA-before-{day}": midnight(day) - timedelta(milliseconds=5) for day in (DAY2, DAY3)}


@pytest.mark.parametrize("ends", every_kind_of_end)
def test_times_may_be_written_more_coarsely_than_they_are_filtered_by(
    fetch_days: FetchDays, server: ScriptedServer, ends: dict[str, bool]
):
    listing = Listing(starts=EVERY_HOUR | JUST_BEFORE, whole_seconds=True, **ends)
    server.serve(listing)
    assert proven(fetch_days(DAY2, base_url=server.url, verify="offset")) == {DAY2: True}
    for missing in (f"CA-before-{DAY3}", "CA30"):
        server.serve(replace(listing, hidden=frozenset([missing])))
        assert proven(fetch_days(DAY2, base_url=server.url, verify="offset")) == {DAY2: False}


@pytest.mark.parametrize("ends", every_kind_of_end)
def test_of_conversations_that_begin_together_at_midnight_none_may_be_missing(
    fetch_days: FetchDays, server: ScriptedServer, ends: dict[str, bool]
):
    together = {f"CA{number}": midnight(DAY2) for number in range(4)} | {"CA9": midnight(DAY3)}
    server.serve(Listing(starts=together, hidden=frozenset(["CA0", "CA1"]), **ends))
    fetched = fetch_days(DAY1, DAY2, base_url=server.url, verify="offset", parallel_windows=1)
    assert proven(fetched) == {DAY1: True, DAY2: False}


@pytest.mark.parametrize("ends", every_kind_of_end)
def test_what_is_missing_just_beyond_a_day_is_not_held_against_it(
    fetch_days: FetchDays, server: ScriptedServer, ends: dict[str, bool]
):
    half_a_second = timedelta(seconds=0.5)
    starts = {"last": midnight(DAY2) - half_a_second, "first": midnight(DAY2) + half_a_second}
    for missing, wrong in (("last", DAY1), ("first", DAY2)):
        server.serve(Listing(starts=starts, hidden=frozenset([missing]), **ends))
        fetched = fetch_days(DAY1, DAY2, base_url=server.url, verify="offset")
        assert proven(fetched) == {DAY1: wrong != DAY1, DAY2: wrong != DAY2}


@pytest.mark.parametrize("overlap", [1, 3])
def test_pages_that_overlap_do_not_disturb_the_count(
    fetch_days: FetchDays, server: ScriptedServer, overlap: int
):
    server.serve(Listing(starts=EVERY_HOUR, overlap=overlap))
    fetched = fetch_days(DAY1, DAY2, DAY3, base_url=server.url, verify="offset", page_size=6)
    assert proven(fetched) == dict.fromkeys([DAY1, DAY2, DAY3], True)
    proof = fetched.proofs[DAY1]
    assert proof.explanation == f"the API counts 24 conversations by offset too; {TWO_WALKS}"
    assert (proof.road, proof.agreed[0][:6], proof.agreed[1][:6]) == (Road.OFFSET, "walk 1", "walk 2")
    assert proof.agreed[2] == "count by offset"
    assert min(len(walk.duplicates) for walk in fetched.walks) > 3


def test_a_repeat_does_not_stand_for_a_conversation_that_is_missing(
    fetch_days: FetchDays, server: ScriptedServer
):
    server.serve(Listing(starts=EVERY_HOUR, overlap=1, hidden=frozenset(["CA05"])))
    fetched = fetch_days(DAY1, base_url=server.url, verify="offset", page_size=20, parallel_windows=1)
    assert [len(walk.duplicates) for walk in fetched.walks if walk.number == 1] == [1]
    assert proven(fetched) == {DAY1: False}
    assert fetched.proofs[DAY1].explanation == (
        "23 conversations were fetched, 1 of them more than once, but the API counts another number"
    )


def test_conversations_that_the_list_itself_has_twice_are_counted_twice(
    fetch_days: FetchDays, server: ScriptedServer
):
    server.serve(Listing(starts=EVERY_HOUR, twice=frozenset(["CA05", "CA30"])))
    fetched = fetch_days(DAY1, DAY2, DAY3, base_url=server.url, verify="offset", page_size=6)
    assert proven(fetched) == dict.fromkeys([DAY1, DAY2, DAY3], True)
    assert fetched.proofs[DAY1].explanation == (
        f"the API counts 24 conversations by offset too; rows that repeat one: 1; {TWO_WALKS}"
    )


def test_what_the_list_has_twice_does_not_stand_for_a_conversation_that_is_missing(
    fetch_days: FetchDays, server: ScriptedServer
):
    server.serve(Listing(starts=EVERY_HOUR, twice=frozenset(["CA05"]), hidden=frozenset(["CA06"])))
    fetched = fetch_days(DAY1, DAY2, base_url=server.url, verify="offset", page_size=6)
    assert proven(fetched) == {DAY1: False, DAY2: True}


def test_where_too_many_came_again_to_look_for_each_the_day_is_doubted(
    fetch_days: FetchDays, server: ScriptedServer
):
    server.serve(Listing(starts=EVERY_HOUR, twice=frozenset(list(EVERY_HOUR)[:24])))
    fetched = fetch_days(DAY1, base_url=server.url, verify="offset")
    assert proven(fetched) == {DAY1: False}
    assert "24 of them more than once" in fetched.proofs[DAY1].explanation
    assert len(server.asked) < 20


@pytest.mark.parametrize("status", [400, 500])
def test_an_api_that_does_not_look_as_far_as_we_ask_is_believed_what_it_has_counted(
    fetch_days: FetchDays, server: ScriptedServer, status: int
):
    listing = Listing(starts=EVERY_HOUR, hidden=frozenset(["CA05"]))

    def find(asked: Asked) -> Answer:
        return error(status) if int(asked.param("offset") or 0) > 10_000 else listing(asked)

    server.serve(find)
    assert proven(fetch_days(DAY1, DAY2, base_url=server.url, verify="offset")) == {DAY1: False, DAY2: True}


def test_a_range_whose_count_is_wrong_is_doubted_if_its_days_cannot_be_counted(
    fetch_days: FetchDays, server: ScriptedServer
):
    listing = Listing(starts=EVERY_HOUR, hidden=frozenset(["CA05"]))
    whole = [timestamp(midnight(DAY1) - OVERLAP), timestamp(midnight(DAY3) + OVERLAP)]

    def find(asked: Asked) -> Answer:
        is_whole = [asked.param("start_time"), asked.param("end_time")] == whole
        return listing(asked) if is_whole or asked.param("offset") is None else error(503)

    server.serve(find)
    assert proven(fetch_days(DAY1, DAY2, base_url=server.url, verify="offset")) == {DAY1: False, DAY2: False}


def any_listing(dice: Random) -> Listing:
    """A list of any kind, that may hide some conversations of one day."""
    moments = [midnight(day) + dice.random() * 24 * HOUR for day in (DAY1, DAY2, DAY3) for _ in range(20)]
    if dice.random() < 0.5:
        moments = [moment.replace(microsecond=0) for moment in moments]
    moments += dice.sample(list(EDGES.values()), 12)
    starts = {f"CA{number:02}": moment for number, moment in enumerate(moments)}
    lacking = dice.choice([DAY1, DAY2, DAY3])
    of_a_day = [name for name, moment in starts.items() if moment.date() == lacking]
    each_once = dice.random() < 0.7
    return Listing(
        starts=starts,
        takes_start=dice.random() < 0.5,
        takes_end=dice.random() < 0.5,
        newest_first=dice.random() < 0.5,
        overlap=dice.choice([0, 1, 3]) if each_once else 0,
        twice=frozenset() if each_once else frozenset(dice.sample(sorted(starts), 2)),
        hidden=frozenset(dice.sample(of_a_day, dice.choice([0, 0, 1, 1, 3]))),
    )


@pytest.mark.parametrize("seed", [*range(8), *map(long, range(8, 20))])
def test_whatever_the_list_is_like_a_day_that_lacks_a_conversation_is_not_proven_and_a_whole_one_is(
    fetch_days: FetchDays, server: ScriptedServer, seed: int
):
    listing = any_listing(Random(seed))
    server.serve(listing)
    fetched = fetch_days(DAY1, DAY2, DAY3, base_url=server.url, verify="offset", page_size=20)
    missing, twice = ([listing.starts[name] for name in names] for names in (listing.hidden, listing.twice))
    for day in (DAY1, DAY2, DAY3):
        if day in {start.date() for start in missing}:
            assert proven(fetched)[day] is False
        elif not any(is_at_an_end(start, day) for start in (*missing, *twice)):
            assert proven(fetched)[day] is True


def is_at_an_end(start: datetime, day: date) -> bool:
    """Whether nobody can say if it is counted with the day: then a doubt may be one too many."""
    return any(
        abs(start - end) <= timedelta(milliseconds=10)
        for end in (midnight(day), midnight(day + timedelta(days=1)))
    )
