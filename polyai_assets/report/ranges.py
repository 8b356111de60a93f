"""The ranges of days that have a name: each ends on the newest day of which there are calls."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType

Days = tuple[date, date]


def _last(count: int) -> Callable[[date], Days]:
    return lambda newest: (newest - timedelta(days=count - 1), newest)


def _last_week(newest: date) -> Days:
    sunday = newest - timedelta(days=newest.isoweekday() % 7)
    return sunday - timedelta(days=6), sunday


def _this_month(newest: date) -> Days:
    return newest.replace(day=1), newest


def _last_month(newest: date) -> Days:
    """Give the last month that is over."""
    is_over = (newest + timedelta(days=1)).day == 1
    end = newest if is_over else newest.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


RANGES: Mapping[str, Callable[[date], Days]] = MappingProxyType(
    {
        "last-7-days": _last(7),
        "last-28-days": _last(28),
        "last-90-days": _last(90),
        "last-365-days": _last(365),
        "last-week": _last_week,
        "this-month": _this_month,
        "last-month": _last_month,
    }
)
"""By name, the days of a range, given the newest day. Weeks begin on Monday; last-week and last-month are over."""

USUAL = ("last-7-days", "last-28-days")
