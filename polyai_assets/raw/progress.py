"""How far a long fetch is: pages of a list, details, recordings."""

import logging
from dataclasses import dataclass, field
from time import monotonic

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two lines."""


@dataclass(slots=True)
class Progress:
    """Says how far a fetch is, every ten seconds: `120 of 1,200 details, 3.1 MB, 24 details a second`.

    `name` says of what, `noun` what is counted, of `total` in all if that is known; bytes and pages where they count.
    """

    name: str
    noun: str
    total: int | None = None
    done: int = 0
    pages: int = 0
    bytes: int = 0
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)

    def add(self, number: int = 1, *, pages: int = 0, size: int = 0) -> None:
        """Count what has come: so many, on so many pages, of so many bytes."""
        self.done += number
        self.pages += pages
        self.bytes += size
        if monotonic() - self.said >= EVERY:
            self.said = monotonic()
            log.info("%s: %s so far", self.name, str(self))

    def __str__(self) -> str:
        of_total = "" if self.total is None else f" of {self.total:,}"
        on_pages = f" in {self.pages:,} pages" if self.pages else ""
        size = f", {self.bytes / 1e6:,.1f} MB" if self.bytes else ""
        rate = self.done / max(monotonic() - self.started, 0.001)
        speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
        return f"{self.done:,}{of_total} {self.noun}{on_pages}{size}, {speed} {self.noun} a second"
