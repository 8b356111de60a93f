"""When a day counts as settled, and how it stands until then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.proof import (
    SWITCHED_OFF,
    TOPPED_UP,
    Proof,
    ProofState,
    Road,
    looked_again,
)
from polyai_assets.raw.conversations.settle import SHORTEST_PAUSE, State, is_settled, settle_time, state_of
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.deployment import DAY2
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

HOUR = timedelta(hours=1)
AFTER, HORIZON = 2 * HOUR, timedelta(days=3)
END = midnight(DAY2)
UNPROVEN = Proof(state=ProofState.UNPROVEN, explanation="nobody counts", remedy="Ask")
PROVEN = Proof(state=ProofState.PROVEN, road=Road.OFFSET)


def fetched(at: datetime, **changed: Any) -> Certificate:
    return certificate(
        Hours(0, 24), **{"fetch_started_at": at, "in_progress": {}, "proof": PROVEN, **changed}
    )


def settles(now: Certificate, before: Certificate | None) -> bool:
    return is_settled(now, before, AFTER, HORIZON)


@pytest.mark.parametrize(("hours", "settled"), [(1.9, False), (2, True)])
def test_a_fetch_that_changed_nothing_settles_its_day_some_time_after_its_end(hours: float, settled: bool):
    assert settles(fetched(END + hours * HOUR), fetched(END + HOUR)) is settled


def test_the_time_counts_from_the_last_end_where_that_is_later():
    late = {"last_end": END + HOUR}
    assert not settles(fetched(END + 2 * HOUR, **late), fetched(END, **late))
    assert settles(fetched(END + 3 * HOUR, **late), fetched(END, **late))
    assert settle_time(fetched(END, **late), AFTER) == END + 3 * HOUR


def test_an_end_after_the_fetch_puts_nothing_off():
    absurd = {"last_end": END + timedelta(days=12_000), "fetch_finished_at": END + HOUR}
    assert settle_time(fetched(END + HOUR, **absurd), AFTER) == END + 3 * HOUR


def test_a_first_fetch_does_not_settle_its_day_before_the_horizon():
    assert not settles(fetched(END + HORIZON - HOUR), None)
    assert settles(fetched(END + HORIZON), None)


@pytest.mark.parametrize(
    ("closed_by", "pages", "settled"),
    [("null cursor", 3, True), ("no next_offset", 1, True), ("no next_offset", 3, False)],
)
def test_a_first_fetch_in_several_pages_by_offset_settles_nothing(closed_by: str, pages: int, settled: bool):
    (walk,) = certificate(Hours(0, 24)).walks
    walks = [replace(walk, closed_by=closed_by, pages=walk.pages * pages)]
    first = fetched(END + HORIZON, walks=walks)
    assert settles(first, None) is settled
    assert settles(fetched(END + HORIZON + HOUR, walks=walks), first)


@pytest.mark.parametrize(
    ("proof", "settled"),
    [(PROVEN, True), (SWITCHED_OFF, True), (TOPPED_UP, False), (UNPROVEN, False), (None, False)],
)
def test_a_day_that_is_not_proven_does_not_settle_however_old_it_is(proof: Proof | None, settled: bool):
    late = fetched(END + HORIZON + 24 * HOUR, proof=proof)
    assert settles(late, late) is settled


def test_a_day_that_stays_unproven_is_looked_at_again_in_growing_pauses_and_at_last_no_more():
    at, proof, pauses = END + 3 * HOUR, UNPROVEN, []
    before: Proof | None = None
    for _ in range(20):
        proof = looked_again(UNPROVEN, before, at)
        note = state_of(fetched(at, proof=proof), AFTER)
        assert (note.state, note.problem) == (State.UNPROVEN, "unproven: nobody counts. Ask")
        if note.look_again_at is None:
            break
        pauses.append((note.look_again_at - at) / HOUR)
        at, before = note.look_again_at, proof
    assert pauses == [2, 4, 8, 16, 24]
    assert (proof.looks, proof.since) == (6, END + 3 * HOUR)


def test_what_makes_a_day_doubtful_anew_is_counted_anew():
    before = looked_again(UNPROVEN, None, END)
    assert looked_again(PROVEN, before, END + HOUR).looks == 0
    assert looked_again(UNPROVEN, PROVEN, END + HOUR).since == END + HOUR


def test_a_fetch_that_changed_something_does_not_settle_its_day():
    assert not settles(fetched(END + 5 * HOUR), fetched(END + 3 * HOUR, records_sha256="other"))


@pytest.mark.parametrize(("given_up", "settled"), [([], False), (["CA1"], True)])
def test_what_is_in_progress_keeps_a_day_from_settling_until_it_is_given_up(
    given_up: list[str], settled: bool
):
    running = {"in_progress": {"CA1": END - HOUR}, "given_up": given_up}
    assert settles(fetched(END + 2 * HORIZON, **running), fetched(END + HORIZON, **running)) is settled


def test_a_top_up_settles_nothing():
    assert not settles(fetched(END + 2 * HORIZON, top_ups=1), fetched(END + HORIZON))


@pytest.mark.parametrize(
    ("at", "in_progress", "state"),
    [
        (END - HOUR, {}, State.OPEN),
        (END + HOUR, {"CA1": END - HOUR}, State.OPEN),
        (END + HOUR, {}, State.SETTLING),
    ],
)
def test_a_day_is_open_until_it_is_over_and_nothing_is_in_progress(
    at: datetime, in_progress: dict[str, datetime], state: State
):
    found = state_of(fetched(at, in_progress=in_progress), AFTER)
    assert (found.state, found.fetched_at, found.running) == (state, at, in_progress)
    assert found.look_again_at == datetime(2025, 3, 2, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "settle_after", "pause"),
    [
        ({"changed": 1}, AFTER, AFTER),
        ({"changed": 1}, timedelta(0), SHORTEST_PAUSE),
        ({"changed": 1, "top_ups": 1}, AFTER, timedelta(0)),
        ({"changed": 0}, AFTER, timedelta(0)),
    ],
)
def test_a_source_that_changes_at_every_look_is_not_asked_every_minute(
    changed: dict[str, int], settle_after: timedelta, pause: timedelta
):
    look = END + 5 * HOUR
    due = state_of(fetched(look, **changed), settle_after).look_again_at
    assert due == (look + pause if pause else END + settle_after)
