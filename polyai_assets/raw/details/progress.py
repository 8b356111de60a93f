"""How far the asking for details is."""

import logging
from dataclasses import dataclass, field
from datetime import date
from time import monotonic

from polyai_assets.api.project import Project

log = logging.getLogger(__name__)

_PROGRESS_EVERY = 10.0  # seconds


@dataclass(slots=True)
class Progress:
    """Says how far the asking for a project is, every ten seconds."""

    project: Project
    day: date | None = None
    total: int = 0
    done: int = 0
    asked: int = 0
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)

    def begin(self, day: date, total: int) -> None:
        """Begin a day of so many conversations."""
        self.day, self.total, self.done = day, total, 0

    def add(self) -> None:
        """Count a conversation that was asked for."""
        self.done += 1
        self.asked += 1
        if monotonic() - self.said >= _PROGRESS_EVERY:
            self.said = monotonic()
            seconds = max(self.said - self.started, 0.001)
            log.info(
                "%s %s: %s of %s details so far; %s a second",
                self.project,
                self.day,
                f"{self.done:,}",
                f"{self.total:,}",
                f"{self.asked / seconds:,.1f}",
            )
