import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.contract.guarantees import ISO_8601
from polyai_assets_tests.examples import examples

ZONES = [
    UTC,
    ZoneInfo("Europe/London"),
    ZoneInfo("America/St_Johns"),
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("Asia/Tokyo"),
]
# Before 1972 some zones had offsets with seconds, which ISO 8601 does not know.
FIRST = datetime(1972, 1, 8, tzinfo=UTC).replace(tzinfo=None)
LAST = datetime(9999, 12, 30, tzinfo=UTC).replace(tzinfo=None)
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.sampled_from(ZONES))
MATCHES = re.compile(ISO_8601).fullmatch
EXAMPLES = settings(max_examples=examples(200))


@given(MOMENTS, st.sampled_from(["auto", "seconds", "milliseconds", "microseconds"]))
@EXAMPLES
def test_a_moment_in_any_zone_keeps_the_rule(moment: datetime, precision: str) -> None:
    assert MATCHES(moment.isoformat(timespec=precision))
    assert MATCHES(moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z"))
    assert MATCHES(moment.strftime("%Y").zfill(4) + moment.strftime("-%m-%dT%H:%M:%S%z"))


@given(MOMENTS, st.integers(-15 * 60 - 59, 15 * 60 + 59))
@EXAMPLES
def test_every_offset_to_the_minute_keeps_the_rule(moment: datetime, minutes: int) -> None:
    assert MATCHES(moment.replace(tzinfo=timezone(timedelta(minutes=minutes))).isoformat())


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:00.1Z",
        "2026-03-01T10:00:00.123456789Z",
        "2026-03-01T10:00:00.123456789+05:30",
        "2026-03-01T10:00:00+05",
        "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
    ],
)
def test_other_forms_of_iso_8601_keep_the_rule(text: str) -> None:
    assert MATCHES(text)


@given(MOMENTS)
@EXAMPLES
def test_a_moment_without_a_zone_breaks_the_rule(moment: datetime) -> None:
    assert not MATCHES(moment.replace(tzinfo=None).isoformat())


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
@settings(max_examples=examples(400))
def test_a_day_keeps_the_rule_if_the_calendar_has_it(year: int, month: int, day: int) -> None:
    try:
        exists = bool(date(year or 4, month, day))  # Python has no year 0, which was a leap year
    except ValueError:
        exists = False
    assert bool(MATCHES(f"{year:04}-{month:02}-{day:02}T10:00:00Z")) == exists


@pytest.mark.parametrize("year", [1900, 2023, 2024, 2100, 2000])
def test_29_february_keeps_the_rule_in_leap_years_only(year: int) -> None:
    assert bool(MATCHES(f"{year}-02-29T10:00:00Z")) == (year in (2000, 2024))


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
@EXAMPLES
def test_a_time_keeps_the_rule_if_the_clock_has_it(hour: int, minute: int, second: int) -> None:
    exists = hour < 24 and minute < 60 and second < 60
    assert bool(MATCHES(f"2026-03-01T{hour:02}:{minute:02}:{second:02}Z")) == exists


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T10:00Z",
        "2026-03-01 10:00:00Z",
        "2026-03-01t10:00:00Z",
        "2026-03-01T10:00:00z",
        "2026-03-01T10:00:00.Z",
        "2026-03-01T10:00:00,5Z",
        "2026-03-01T10:00:00.1234567890Z",
        "2026-03-01T10:00:00+5:30",
        "2026-03-01T10:00:00+05:60",
        "2026-03-01T10:00:00+16:00",
        "2026-03-01T10:00:00+05:30:15",
        "2026-03-01T10:00:00 +05:30",
        "2026-03-01T10:00:00 Europe/Berlin",
        "2026-03-01T10:00:00Z\n",
        " 2026-03-01T10:00:00Z",
        "12026-03-01T10:00:00Z",
        "2026-3-1T10:00:00Z",
        "20260301T100000Z",
        "2026-W09-7T10:00:00Z",
        "1772359200",
        "Sun, 01 Mar 2026 10:00:00 GMT",
        "infinity",
        "epoch",
        "now",
    ],
)
def test_near_misses_break_the_rule(text: str) -> None:
    assert not MATCHES(text)
