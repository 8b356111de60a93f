"""Reading the times of the API, as any of its versions writes them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.record import parse_time


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
    assert parse_time("2025-03-01T12:00:00.5") == datetime(2025, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)


@given(st.datetimes(), st.sampled_from(["", "Z", "+00:00"]), st.sampled_from("T "))
def test_every_time_that_any_version_writes_is_read_exactly(
    moment: datetime, zone: str, between: str
) -> None:
    assert parse_time(moment.isoformat(between) + zone) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("fraction", [".1", ".12", ".123", ".1234", ".12345", ".123456", ".123456789"])
def test_a_fraction_may_have_any_number_of_digits(fraction: str) -> None:
    whole = datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert parse_time(f"2025-03-01 12:00:00{fraction}Z") == whole.replace(
        microsecond=int(fraction[1:7].ljust(6, "0"))
    )


@given(st.text() | st.text("0123456789-:TZ+. ", max_size=30))
def test_reading_a_time_never_raises(text: str) -> None:
    moment = parse_time(text)
    assert moment is None or moment.tzinfo is UTC
