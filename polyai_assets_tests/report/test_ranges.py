"""Which days the named ranges are."""

from datetime import date

import pytest

from polyai_assets.report.ranges import RANGES

SUNDAY, END_OF_MONTH = date(2026, 11, 29), date(2026, 11, 30)


@pytest.mark.parametrize(
    ("name", "newest", "expected"),
    [
        ("last-7-days", SUNDAY, (date(2026, 11, 23), SUNDAY)),
        ("last-28-days", SUNDAY, (date(2026, 11, 2), SUNDAY)),
        ("last-week", SUNDAY, (date(2026, 11, 23), SUNDAY)),
        ("last-week", END_OF_MONTH, (date(2026, 11, 23), SUNDAY)),
        ("last-week", date(2026, 11, 28), (date(2026, 11, 16), date(2026, 11, 22))),
        ("this-month", SUNDAY, (date(2026, 11, 1), SUNDAY)),
        ("last-month", SUNDAY, (date(2026, 10, 1), date(2026, 10, 31))),
        ("last-month", END_OF_MONTH, (date(2026, 11, 1), END_OF_MONTH)),
        ("last-month", date(2027, 1, 3), (date(2026, 12, 1), date(2026, 12, 31))),
    ],
)
def test_a_range_ends_on_the_newest_day_or_with_the_week_or_month_that_is_over(
    name: str, newest: date, expected: tuple[date, date]
) -> None:
    assert RANGES[name](newest) == expected
