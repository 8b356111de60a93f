"""How far a long fetch is."""

import logging
from dataclasses import dataclass, field
from time import monotonic

from polyai_assets.api.project import Project

log = logging.getLogger(__name__)

_EVERY = 10.0  # seconds


@dataclass(slots=True)
class Progress:
    """Says how far a long fetch is, every ten seconds."""

    project: Project
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)
    pages: int = 0
    rows: int = 0
    bytes: int = 0

    def add(self, rows: int, size: int) -> None:
        """Count a page of so many rows and bytes."""
        self.pages += 1
        self.rows += rows
        self.bytes += size
        if monotonic() - self.said >= _EVERY:
            self.said = monotonic()
            log.info("%s: %s so far", self.project, self)

    def __str__(self) -> str:
        seconds = max(monotonic() - self.started, 0.001)
        return (
            f"{self.rows:,} conversations in {self.pages:,} pages, {self.bytes / 1e6:,.1f} MB, "
            f"{self.rows / seconds:,.0f} conversations a second"
        )
