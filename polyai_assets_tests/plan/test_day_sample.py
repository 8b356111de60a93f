"""Counting a few days for all."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.query import ConversationQuery
from polyai_assets.configuration import ProjectConfig
from polyai_assets.plan.counting import CountedCalls, count_by_days, spread
from polyai_assets_tests.plan.conftest import SINCE, UNTIL

DAYS = (UNTIL - SINCE).days + 1


@given(first=st.dates(date(2020, 1, 1), date(2030, 1, 1)), length=st.integers(1, 800), most=st.integers(1, 7))
def test_days_are_different_and_in_the_range(first: date, length: int, most: int):
    last = first + timedelta(days=length - 1)
    days = spread(first, last, most)
    assert len(days) == len(set(days)) == min(length, most)
    assert days == sorted(days)
    assert all(first <= day <= last for day in days)


@given(first=st.dates(date(2020, 1, 1), date(2030, 1, 1)), length=st.integers(49, 800))
def test_in_a_long_range_every_weekday_is_seen(first: date, length: int):
    days = spread(first, first + timedelta(days=length - 1))
    assert {day.weekday() for day in days} == set(range(7))


def test_few_days_stand_for_all(
    configure_busy: Callable[..., ProjectConfig], truth: Callable[..., list[dict[str, Any]]]
):
    with ConversationsClient(configure_busy().connection()) as client:
        asker = CountedCalls(client, 25)
        found = count_by_days(asker, ConversationQuery(), spread(SINCE, UNTIL), DAYS, 20)
    there = len(truth())
    assert found.low <= there <= found.high
    assert abs(found.likely - there) < 0.15 * there
    assert asker.calls == 7


def test_days_that_are_all_there_are_are_counted(
    configure_busy: Callable[..., ProjectConfig], truth: Callable[..., list[dict[str, Any]]]
):
    last = SINCE + timedelta(days=2)
    with ConversationsClient(configure_busy().connection()) as client:
        found = count_by_days(CountedCalls(client, 25), ConversationQuery(), spread(SINCE, last), 3, 20)
    assert found.low == found.high == len(truth(until=last))
