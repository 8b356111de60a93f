"""Targets that are behind: days that were published, and have not arrived for longer than is allowed."""

import shlex
from dataclasses import dataclass
from datetime import date, datetime

from polyai_assets.alerts.finding import DELIVERED, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LateDelivery:
    """A project's days that a target lacks since a moment.

    `oldest` is the first of them, None where the target does not answer what it has; then `days` is 0. `refused` are
    those of which it keeps another version, until a person has decided.
    """

    delivery: str
    project: str
    since: datetime
    oldest: date | None
    days: int
    refused: int

    @property
    def cause(self) -> str:
        """Say what the target lacks, and since when."""
        since = f"{self.since:%Y-%m-%d %H:%M} UTC"
        if self.oldest is None:
            return f"it does not answer, and days were published since {since}"
        others = f"; {self.days:,} days in all" if self.days > 1 else ""
        refused = f", {self.refused:,} of them refused: it keeps another version" if self.refused else ""
        return f"oldest day that it lacks as published: {self.oldest}, since {since}{others}{refused}"

    def finding(self, now: datetime) -> Finding:
        """Make a finding of it."""
        since = f" --since {self.oldest}" if self.oldest is not None else ""
        return Finding(
            project=self.project,
            check=DELIVERED,
            kind="behind",
            path=self.delivery,
            severity="ERROR",
            first_seen=self.since.date(),
            last_seen=now.date(),
            began=self.since.date(),
            days=(now.date() - self.since.date()).days + 1,
            count=max(self.days, 1),
            share=None,
            example=self.cause,
            next_step="polyai status says what it lacks; to deliver it at once, or to see why not: "
            f"polyai deliver --target {self.delivery} {shlex.quote(self.project)}{since}",
        )
