"""What a publisher writes down that was taken for dead meanwhile."""

from datetime import timedelta

import pytest

from polyai_assets.write_back.ledger import CallOutcome, Claimed, claim, settle
from polyai_assets.write_back.look import look
from polyai_assets.write_back.tables import LEASE, RequestState, transact
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.write_back.conftest import Desk, connect

ELSEWHERE = "a publisher on another machine"


@pytest.fixture
def claimed(desk: Desk, names: list[str]) -> Claimed:
    """An annotation that a publisher elsewhere has taken up, and that counts as left by it."""
    desk.annotate(names[0])
    with connect() as connection:
        found = transact(
            connection, desk.warehouse, lambda given: look(given, [HOTEL.key], desk.leases, desk.now)
        )
        claimed = transact(
            connection, desk.warehouse, lambda given: claim(given, found.units[0], ELSEWHERE, desk.now)
        )
    desk.publish(later=LEASE + timedelta(minutes=1))
    assert desk.states() == ["unknown"]
    assert claimed is not None
    return claimed


def write_down(desk: Desk, claimed: Claimed, outcome: CallOutcome, publisher: str = ELSEWHERE) -> str:
    with connect() as connection:
        transact(
            connection, desk.warehouse, lambda given: settle(given, claimed, outcome, publisher, desk.now)
        )
    (state,) = desk.states()
    return state


def test_what_it_knows_is_better_than_that_nothing_is_known(desk: Desk, claimed: Claimed):
    assert write_down(desk, claimed, CallOutcome(state=RequestState.DONE, result="201")) == "done"
    (row,) = desk.annotations()
    assert (row["result"], row["error"]) == ("201", None)


@pytest.mark.parametrize("decided", ["done", "pending"])
def test_a_person_has_decided_already(desk: Desk, claimed: Claimed, decided: str):
    desk.sql("UPDATE annotation_requests SET state = ?", decided)
    assert write_down(desk, claimed, CallOutcome(state=RequestState.REFUSED)) == decided


def test_another_publisher_has_taken_it_up_since(desk: Desk, claimed: Claimed):
    desk.sql("UPDATE annotation_requests SET state = 'sending', sending_by = 'another'")
    assert write_down(desk, claimed, CallOutcome(state=RequestState.REFUSED)) == "sending"
