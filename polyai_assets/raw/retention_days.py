"""For how many days each layer of a project is kept."""

from dataclasses import dataclass
from datetime import date, timedelta

RAW, TEXT, AUDIO, FACTS, LOGS = "raw", "text", "audio", "facts", "logs"
LAYERS = (RAW, TEXT, AUDIO, FACTS, LOGS)
"""What days of retention are said of, in the order in which it goes."""


@dataclass(frozen=True, slots=True)
class RetentionDays:
    """For how many days a project keeps each layer; None: for ever."""

    raw: int | None = None
    text: int | None = None
    audio: int | None = None
    facts: int | None = None
    logs: int | None = None

    @property
    def keeps_all(self) -> bool:
        """Whether nothing is ever removed."""
        return all(self.of(layer) is None for layer in LAYERS)

    def of(self, layer: str) -> int | None:
        """Give the days of a layer. Text and recordings are not kept for longer than the facts of their calls."""
        days: int | None = getattr(self, layer)
        return self.facts if days is None and layer in (TEXT, AUDIO) else days

    def first_kept(self, layer: str, today: date) -> date | None:
        """Give the first day (UTC) of which a layer is kept: today, and so many days before it. None: all are."""
        days = self.of(layer)
        return None if days is None else today - timedelta(days=days)
