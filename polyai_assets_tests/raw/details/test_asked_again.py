"""Who is asked for, decided without asking anybody."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.raw.details.asked_again import Known, is_due, moments, next_due_at
from polyai_assets.raw.header import Row

DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OVER = datetime(2026, 3, 2, tzinfo=UTC)
SHA = hashlib.sha256(b"a record").digest()


def row(**changed: Any) -> Row:
    given = {
        "identity": "CA1",
        "conversation_id": "CA1",
        "started_at": NOON,
        "ended_at": NOON,
        "in_progress": False,
        "num_turns": 1,
        "turns_sent": 1,
        "vanished_at": None,
        "payload_sha256": SHA,
    }
    return Row(**{**given, **changed})


def after(**passed: float) -> datetime:
    return OVER + timedelta(**passed)


def test_a_new_conversation_is_due() -> None:
    assert is_due(row(), None, DAY, NOON)


@pytest.mark.parametrize("changed", [{"in_progress": True}, {"vanished_at": NOON}, {"conversation_id": None}])
def test_one_that_runs_or_is_gone_or_has_no_id_is_not(changed: dict[str, Any]) -> None:
    assert not is_due(row(**changed), None, DAY, NOON)


def test_one_that_was_asked_for_is_not_due_again_on_the_same_day() -> None:
    known = Known(FOUND, NOON, SHA)
    assert not is_due(row(), known, DAY, NOON + timedelta(hours=11))
    assert not is_due(row(), known, DAY, after(hours=23, minutes=59))


@pytest.mark.parametrize("status", [FOUND, MISSING, UNREADABLE])
def test_one_whose_record_has_changed_is_due_at_once(status: str) -> None:
    assert is_due(row(payload_sha256=b"another"), Known(status, NOON, SHA), DAY, NOON)


@pytest.mark.parametrize("age", [1, 8, 15])
def test_it_is_due_when_its_day_is_so_old_and_the_last_asking_was_before(age: int) -> None:
    assert is_due(row(), Known(FOUND, after(days=age, seconds=-1), SHA), DAY, after(days=age))
    assert not is_due(row(), Known(FOUND, after(days=age), SHA), DAY, after(days=age))


def test_an_answer_that_could_not_be_read_is_asked_for_by_every_run() -> None:
    assert is_due(row(), Known(UNREADABLE, NOON, SHA), DAY, NOON)
    assert is_due(row(), Known(UNREADABLE, after(days=100), SHA), DAY, after(days=200))


def test_one_that_was_missed_for_a_while_is_asked_for_once() -> None:
    assert is_due(row(), Known(FOUND, NOON, SHA), DAY, after(days=100))
    assert not is_due(row(), Known(FOUND, after(days=100), SHA), DAY, after(days=200))


@pytest.mark.parametrize(
    ("asked", "now", "due"),
    [
        ({"minutes": 1}, {"minutes": 15}, False),
        ({"minutes": 1}, {"minutes": 16}, True),
        ({"hours": 2}, {"hours": 3, "minutes": 59}, False),
        ({"hours": 2}, {"hours": 4}, True),
        ({"hours": 23}, {"hours": 23, "minutes": 59}, False),
        ({"hours": 23}, {"hours": 24}, True),
        ({"hours": 24}, {"days": 100}, False),
    ],
)
def test_one_that_is_missing_is_asked_for_again_until_a_day_after_its_end(
    asked: dict[str, float], now: dict[str, float], due: bool
) -> None:
    known = Known(MISSING, NOON + timedelta(**asked), SHA)
    assert is_due(row(), known, DAY, NOON + timedelta(**now)) is due


def test_one_that_is_missing_is_asked_for_by_hand_however_old_it_is() -> None:
    known = Known(MISSING, after(days=50), SHA)
    assert not is_due(row(), known, DAY, after(days=100))
    assert is_due(row(), known, DAY, after(days=100), by_hand=True)
    assert not is_due(row(), Known(FOUND, after(days=50), SHA), DAY, after(days=100), by_hand=True)


@pytest.mark.parametrize("ended", [None, NOON, after(days=20_000)])
def test_what_a_record_says_of_its_length_keeps_no_absence_open_for_long(ended: datetime | None) -> None:
    known = Known(MISSING, after(days=2), SHA)
    assert next_due_at(DAY, [(row(started_at=None, ended_at=ended), known)]) is None


@pytest.mark.parametrize("name", [".", "..", "half \ud800"])
def test_an_id_that_no_url_leads_to_is_missing_for_good(name: str) -> None:
    one, known = row(conversation_id=name), Known(MISSING, NOON, SHA)
    assert next_due_at(DAY, [(one, known)]) is None
    assert not is_due(one, known, DAY, NOON + timedelta(hours=1))


def test_what_is_kept_of_an_earlier_asking_is_asked_for_by_every_run() -> None:
    assert is_due(row(), Known(FOUND, after(days=100), SHA, reason="then: none"), DAY, after(days=200))


def test_a_day_is_due_when_the_first_of_its_conversations_is() -> None:
    early, late = Known(FOUND, NOON, SHA), Known(FOUND, after(days=2), SHA)
    fresh, gone = Known(MISSING, NOON, SHA), Known(MISSING, NOON + timedelta(days=1), SHA)
    assert next_due_at(DAY, [(row(), late), (row(), early)]) == after(days=1)
    assert next_due_at(DAY, [(row(), late)]) == after(days=8)
    assert next_due_at(DAY, [(row(), late), (row(), gone)]) == after(days=8)
    assert next_due_at(DAY, [(row(), late), (row(), fresh)]) == NOON + timedelta(minutes=15)
    assert next_due_at(DAY, [(row(), Known(FOUND, after(days=15), SHA))]) is None
    assert next_due_at(DAY, []) is None


@given(st.sampled_from([FOUND, MISSING]), st.floats(-1, 30), st.floats(-1, 30))
def test_what_is_told_about_a_day_is_what_is_decided_about_its_conversation(
    status: str, asked: float, passed: float
) -> None:
    known, now = Known(status, after(days=asked), SHA), after(days=passed)
    told = next_due_at(DAY, [(row(), known)])
    if now >= known.asked_at:
        assert is_due(row(), known, DAY, now) is (told is not None and told <= now)


def test_one_that_never_comes_is_asked_for_a_few_times() -> None:
    known, askings = Known(MISSING, NOON, SHA), 0
    for minute in range(60 * 24 * 20):
        now = NOON + timedelta(minutes=minute)
        if is_due(row(), known, DAY, now):
            known, askings = Known(MISSING, now, SHA), askings + 1
    assert askings == 9


def test_a_conversation_is_asked_for_at_most_once_an_age() -> None:
    known, askings = Known(FOUND, NOON, SHA), 0
    for hour in range(24 * 40):
        now = NOON + timedelta(hours=hour)
        if is_due(row(), known, DAY, now):
            known, askings = Known(FOUND, now, SHA), askings + 1
    assert askings == len(moments(DAY))
