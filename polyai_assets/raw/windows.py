"""Windows: the spans of time that are asked for, each with a cursor walk of its own."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

OVERLAP = timedelta(seconds=1)
"""How far a window reaches over its ends: the documentation of v3 does not say whether `start_time` and `end_time` are
inclusive, and nothing is to hang on that."""

SHORTEST = timedelta(hours=6)
"""Windows are not cut shorter than this."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A span of time, from `start` up to but without `end`, both UTC; `overlap` is added when it is asked for."""

    start: datetime
    end: datetime
    overlap: timedelta = OVERLAP

    @property
    def asked(self) -> tuple[datetime, datetime]:
        """The start and the end to ask the API for."""
        return self.start - self.overlap, self.end + self.overlap

    def reaches(self, moment: datetime) -> bool:
        """Tell whether a conversation of that moment may come with it: an API may take either end as inclusive."""
        first, last = self.asked
        return first <= moment <= last

    @property
    def dates(self) -> list[date]:
        """The dates it touches."""
        last = (self.end - timedelta(microseconds=1)).date()
        return [self.start.date() + timedelta(days=n) for n in range((last - self.start.date()).days + 1)]

    def cut(self, parts: int) -> list["Window"]:
        """Cut it into at most `parts` windows, at midnight where it spans enough days."""
        length = self.end - self.start
        parts = max(1, min(parts, length // SHORTEST))
        days = length / timedelta(days=1)
        if days >= parts and days.is_integer():
            marks = [self.start + timedelta(days=round(days * n / parts)) for n in range(parts + 1)]
        else:
            marks = [self.start + length * n / parts for n in range(parts + 1)]
        return [Window(begin, end, self.overlap) for begin, end in pairwise(marks)]

    def smaller(self) -> list["Window"]:
        """Cut it in two at midnight; a day by itself is to be asked for once more without reaching over its ends."""
        if len(self.dates) > 1:
            cut = midnight(self.dates[len(self.dates) // 2])
            return [replace(self, end=cut), replace(self, start=cut)]
        return [replace(self, overlap=timedelta(0))] if self.overlap else []

    def __str__(self) -> str:
        first, last = self.dates[0], self.dates[-1]
        return f"{first}" if first == last else f"{first} to {last}"


def midnight(day: date) -> datetime:
    """Give the moment at which a UTC day begins."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def spans(days: list[date]) -> list[Window]:
    """Join days into the fewest windows that cover just these days."""
    joined: list[Window] = []
    for day in sorted(set(days)):
        end = midnight(day + timedelta(days=1))
        if joined and joined[-1].end == midnight(day):
            joined[-1] = Window(joined[-1].start, end)
        else:
            joined.append(Window(midnight(day), end))
    return joined
