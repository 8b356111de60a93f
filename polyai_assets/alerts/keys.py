"""API keys that are about to end: findings of the configuration, not of what was loaded.

PolyAI stops a key at once on the day that was set when it was made, and says so nowhere beforehand.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from polyai_assets.alerts.finding import KEY, Finding

SOON, NOW = timedelta(days=30), timedelta(days=7)
"""How long before a key ends that is a warning, and an error."""


@dataclass(frozen=True, slots=True)
class ExpiringKey:
    """The key of a project, where it comes from, and the day on which it ends, in UTC."""

    project: str
    source: str
    expires_on: date

    def left_in_words(self, today: date) -> str:
        """Say when it ends, or since when it has ended."""
        left = (self.expires_on - today).days
        if left < 0:
            return f"ended on {self.expires_on}"
        days = {0: "today", 1: "tomorrow"}.get(left, f"in {left} days")
        return f"ends on {self.expires_on}, {days}"

    @property
    def remedy(self) -> str:
        """Say what to do about it."""
        return (
            f"make another key in Agent Studio (API Keys), set {self.source} to it wherever Dagster runs, and write "
            "its day at key_expires_on"
        )


def expiring_keys(keys: Iterable[ExpiringKey], projects: Collection[str], today: date) -> Iterator[Finding]:
    """Find the keys of projects that end within 30 days: a warning, and an error within 7 and afterwards."""
    for key in keys:
        if key.project in projects and key.expires_on - today <= SOON:
            yield Finding(
                project=key.project,
                check=KEY,
                kind="ends",
                path="key_expires_on",
                severity="ERROR" if key.expires_on - today <= NOW else "WARN",
                first_seen=key.expires_on - SOON,
                last_seen=today,
                began=key.expires_on - SOON,
                days=1,
                count=1,
                share=None,
                example=key.left_in_words(today),
                next_step=key.remedy,
            )
