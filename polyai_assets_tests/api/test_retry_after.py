"""The header Retry-After."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.retries import retry_after

NOW = datetime(2026, 11, 3, 12, 0, 0, tzinfo=UTC)


@given(st.integers(1, 10**8))
def test_seconds_are_read(seconds: int) -> None:
    assert retry_after(str(seconds), now=NOW) == seconds


@given(st.integers(1, 10**8))
def test_a_date_is_read_as_the_time_until_then(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(date, now=NOW) == seconds


def test_a_date_without_a_zone_is_taken_as_utc() -> None:
    assert retry_after("Tue, 03 Nov 2026 12:00:30", now=NOW) == 30


@pytest.mark.parametrize(
    "value", [None, "", "0", "-3", "soon", "nan", "inf", "\uff11\uff12", "Tue, 03 Nov 2026 11:59:59 GMT"]
)
def test_what_asks_for_no_wait_is_none(value: str | None) -> None:
    assert retry_after(value, now=NOW) is None


@given(st.text())
def test_anything_else_is_a_wait_or_none_and_never_an_error(value: str) -> None:
    found = retry_after(value, now=NOW)
    assert found is None or found > 0
