"""How far a long work is.

    us-1/acme/hotel-bot: fetching, about 3 minutes left: 12,000 conversations in 120 pages, 48.0 MB, 950 a second

Who works only counts, which costs nothing. What is under way is written into the log every ten seconds by a thread that
waits otherwise, so that a page that does not come, or a file that takes long to write, is no silence; a terminal shows
it all the time.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two lines in the log."""

_TELLING = 0.01
"""Share of a work that has to be done to tell how long the rest may take."""

T = TypeVar("T")


@dataclass(slots=True)
class Progress:
    """How far a work is; under way while it is entered as a context.

    `name` is what is worked on, `doing` what is done with it, `noun` what is counted, of `total` in all if that is
    known. Where it is not, `whole` is how much there is to cover, such as seconds of the days that are asked for.
    """

    name: str
    doing: str
    noun: str
    total: int | None = None
    done: int = 0
    pages: int = 0
    bytes: int = 0
    whole: float = 0.0
    shown: bool = True
    began: float = field(default_factory=monotonic)
    _first: tuple[float, int] | None = None
    _covered: dict[int, float] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.began = monotonic()
        _under_way.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _under_way.remove(self)

    def add(self, number: int = 1, *, pages: int = 0, size: int = 0) -> None:
        """Count what has come: so many, on so many pages, of so many bytes."""
        self.done += number
        self.pages += pages
        self.bytes += size
        if self._first is None:
            self._first = monotonic(), self.done

    def cover(self, part: int, amount: float) -> None:
        """Say how much of the whole a part of the work has covered by now."""
        self._covered[part] = max(amount, self._covered.get(part, 0.0))

    def counted(self, items: Iterable[T], size: Callable[[T], int] = lambda _: 1) -> Iterator[T]:
        """Count items, each when the next is asked for; `size` is for items that hold several."""
        for item in items:
            yield item
            self.add(size(item))

    @property
    def left(self) -> float | None:
        """The seconds that the rest may take; None where that is not known yet.

        What came before the first is no measure of the others: days are loaded once all of them have been fetched.
        """
        now = monotonic()
        if self.total is None:
            share = sum(self._covered.values()) / max(self.whole, 1.0)
            return (now - self.began) * (1 / share - 1) if _TELLING <= share < 1 else None
        since, first = self._first or (now, self.done)
        if not first < self.done < self.total:
            return None
        return (now - since) / (self.done - first) * (self.total - self.done)

    def __str__(self) -> str:
        of_total = "" if self.total is None else f" of {self.total:,}"
        on_pages = f" in {self.pages:,} pages" if self.pages else ""
        size = f", {self.bytes / 1e6:,.1f} MB" if self.bytes else ""
        return f"{self.done:,}{of_total} {self.noun}{on_pages}{size}{self._rate()}"

    def _rate(self) -> str:
        """Say how many come in a second; of what takes longer, such as a day, the time that is left says more."""
        rate = self.done / max(monotonic() - self.began, 0.001)
        if rate < 1 or not (self.total or self.pages):
            return ""
        return f", {rate:,.0f} a second" if rate >= 10 else f", {rate:.1f} a second"

    @property
    def line(self) -> str:
        """Say what is done, how long the rest may take (a narrow terminal cuts off the end), and how far it is."""
        left = self.left
        return f"{self.name}: {self.doing}{'' if left is None else f', {about(left)} left'}: {self}"


_under_way: list[Progress] = []
"""What this process works on, what is part of it after it."""


def under_way() -> str:
    """Say how far the work is that is under way, and what it is part of; empty if there is none."""
    return "; ".join(progress.line for progress in reversed(_under_way) if progress.shown)


@contextmanager
def progress_in_log(every: float = EVERY) -> Iterator[None]:
    """Log how far the work is that is under way, every ten seconds."""
    ended = Event()

    def write() -> None:
        while not ended.wait(every):
            if line := under_way():
                log.info("%s", line)

    thread = Thread(target=write, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def about(seconds: float) -> str:
    """Say a duration as people do: `about 3 minutes`."""
    for size, noun in ((3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"about {number} {noun}{'' if number == 1 else 's'}"
    return "less than a minute"
