"""Which days to fetch again, because conversations in them were in progress and no longer are.

There is no change feed. But the API tells which conversations are running now, so of those that were running
when a day was fetched, the ones that are not among them have finished: their day holds stale records.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from polyai_assets.raw.unsettled import Unsettled

TRY_AGAIN_AFTER = timedelta(minutes=15)
"""How long to leave a day alone when the run asked for it did not bring a new fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """What is known of a project at a tick.

    `open_days` are the days with conversations in progress when they were fetched; `running` the ids running
    now; `in_flight` the days that a run is fetching; `asked_at` when a run was last asked for each day.
    """

    open_days: Unsettled
    running: Set[str]
    in_flight: Set[date]
    asked_at: Mapping[date, datetime] = field(default_factory=dict)


def days_to_fetch(view: ProjectView, now: datetime) -> list[date]:
    """Decide which days of a project to fetch again, oldest first."""
    return [
        day
        for day, opened in sorted(view.open_days.items())
        if not opened.in_progress.keys() <= view.running
        and day not in view.in_flight
        and not _asked_lately(view.asked_at.get(day), opened.fetched_at, now)
    ]


def days_to_refresh(now: datetime, lookback_days: int, first: date) -> list[date]:
    """Decide which days the nightly refresh fetches: yesterday and the days before it, none before `first`."""
    yesterday = now.date() - timedelta(days=1)
    days = [yesterday - timedelta(days=back) for back in range(lookback_days, -1, -1)]
    return [day for day in days if day >= first]


def _asked_lately(asked_at: datetime | None, fetched_at: datetime, now: datetime) -> bool:
    return asked_at is not None and fetched_at < asked_at and now < asked_at + TRY_AGAIN_AFTER
