"""Dates as they are typed."""

from datetime import UTC, date, datetime, timedelta

import click
import pytest

from polyai_assets.cli.parameters import Day


@pytest.mark.parametrize("typed", ["2026-11-03", " 2026-11-03 ", date(2026, 11, 3)])
def test_a_date_is_itself(typed: object):
    assert Day().convert(typed, None, None) == date(2026, 11, 3)


@pytest.mark.parametrize(("typed", "back"), [("today", 0), ("yesterday", 1), ("Yesterday", 1)])
def test_a_day_may_be_named_by_where_it_is_in_utc(typed: str, back: int):
    before = datetime.now(UTC).date()
    found = Day().convert(typed, None, None)
    after = datetime.now(UTC).date()
    assert before - timedelta(days=back) <= found <= after - timedelta(days=back)


@pytest.mark.parametrize("typed", ["3 November", "2026-13-01", "", "tomorrow", "2026-11-03T10:00"])
def test_what_is_no_date_is_answered_with_what_to_write(typed: str):
    with pytest.raises(click.BadParameter, match="write it like 2026-11-03, today or yesterday"):
        Day().convert(typed, None, None)
