"""Topping a day up: the few windows in which something is new, instead of the whole day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.windows import Window, midnight

LATE = timedelta(minutes=10)
"""How much later than it began a conversation may appear in the API, and still be found by a top-up."""

_INSTANT = timedelta(microseconds=1)


def top_up_windows(
    certificate: Certificate | None, day: date, around: Iterable[datetime]
) -> tuple[Window, ...]:
    """Give the windows to ask for: one at each moment, and one from the last fetch to the end of the day.

    A day that was fetched after it was over gets no new conversations. Without a certificate there is nothing
    to top up, and no window, which means the whole day.
    """
    if certificate is None:
        return ()
    day_start, day_end = midnight(day), midnight(day + timedelta(days=1))
    windows = [Window(moment, moment + _INSTANT) for moment in around if day_start <= moment < day_end]
    if certificate.is_provisional:
        windows.append(Window(max(day_start, certificate.fetch_started_at - LATE), day_end))
    return _joined(sorted(windows))


def _joined(windows: list[Window]) -> tuple[Window, ...]:
    """Join windows that overlap when they are asked for."""
    joined: list[Window] = []
    for window in windows:
        if joined and window.asked[0] <= joined[-1].asked[1]:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return tuple(joined)
