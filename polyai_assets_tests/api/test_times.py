"""Reading the times of the API, as any of its versions writes them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.moments import read_moment


@pytest.fixture
def _far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is thirteen hours ahead."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Pacific/Tongatapu")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_utc")
def test_a_start_without_a_zone_is_utc_wherever_the_machine_stands() -> None:
    assert read_moment("2025-03-01T12:00:00.5") == datetime(2025, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)


@given(st.datetimes(), st.sampled_from(["", "Z", "+00:00"]), st.sampled_from("T "))
def test_every_time_that_any_version_writes_is_read_exactly(
    moment: datetime, zone: str, between: str
) -> None:
    assert read_moment(moment.isoformat(between) + zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("fraction", [".1", ".12", ".123", ".1234", ".12345", ".123456", ".123456789"])
def test_a_fraction_may_have_any_number_of_digits(fraction: str) -> None:
    whole = datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert read_moment(f"2025-03-01 12:00:00{fraction}Z") == whole.replace(
        microsecond=int(fraction[1:7].ljust(6, "0"))
    )


@given(st.text() | st.text("0123456789-:TZ+. ", max_size=30))
def test_reading_a_time_never_raises(text: str) -> None:
    moment = read_moment(text)
    assert moment is None or moment.tzinfo is UTC


MOMENT = datetime(2026, 6, 3, 13, 18, tzinfo=UTC)
FORMS = {
    "2026-06-03T13:18:09Z": MOMENT.replace(second=9),
    "2026-06-03T14:18:09.580000+01:00": MOMENT.replace(second=9, microsecond=580_000),
    "2026-06-03T13:18:09": MOMENT.replace(second=9),
    "2026-06-03T13:18Z": MOMENT,
    "2026-06-03T08:18-05:00": MOMENT,
    "2026-06-03 13:18": MOMENT,
    "2026-06-03 15:18:00 +02:00": MOMENT,
    "2026-06-03 13:18:00 UTC": MOMENT,
    "2026-06-03t13:18:00z": MOMENT,
    "20260603T131809Z": MOMENT.replace(second=9),
    "20260603T131809.25+0000": MOMENT.replace(second=9, microsecond=250_000),
    "20260603T1318": MOMENT,
    "2026-W23-3T13:18:00Z": MOMENT,
    "2026-06-03": MOMENT.replace(hour=0, minute=0),
    "Wed, 03 Jun 2026 13:18:09 GMT": MOMENT.replace(second=9),
    "Wed, 03 Jun 2026 15:18:09 +0200": MOMENT.replace(second=9),
    "3 Jun 2026 13:18 GMT": MOMENT,
}
NO_MOMENTS = (
    *("", " ", "soon", "now", "epoch", "infinity", "-infinity", "10:00:00", "9", "2026", "1772359200"),
    *("1772359200.5", "2026-02-30T10:00:00Z", "2026-06-03T25:00:00Z", "2026-06-03T13:18:61Z"),
    *("2026-06-03x13:18:09", "2026-06-03T13:18:09 Europe/Berlin", "2026-06-03T13:18:09+24:00", "03/06/2026"),
    *(
        "Wed, 32 Jun 2026 13:18:09 GMT",
        "June 3",
        "3 Jun",
        "0001-01-01T00:00:00+01:00",
        "2026-06-03T13:18:09Z\n",
    ),
)


@pytest.mark.parametrize(("text", "moment"), FORMS.items(), ids=FORMS.keys())
def test_every_form_that_polyai_writes_is_read(text: str, moment: datetime) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert read_moment(text) is None


@given(
    st.datetimes(MOMENT.replace(year=1900, tzinfo=None), MOMENT.replace(year=9998, tzinfo=None)),
    st.integers(-840, 840),
)
def test_rfc_1123_and_basic_iso_8601_are_the_same_moment(moment: datetime, minutes: int) -> None:
    there = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_moment(format_datetime(there)) == read_moment(there.strftime("%Y%m%dT%H%M%S%z")) == there
