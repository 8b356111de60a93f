"""What a page of the report shows: rows of measures and ratios, by their declared names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

Measured = Mapping[str, Any]
"""A row: measures and ratios by name, with what it is of, such as `site`. None is unknown."""

MINIMUM = 30
"""Of fewer cases a ratio is shown in grey: it says little."""


@dataclass(frozen=True, slots=True)
class ReportScope:
    """The projects and the local days that a page is about."""

    projects: tuple[str, ...]
    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days they are."""
        return (self.last - self.first).days + 1

    @property
    def days(self) -> list[date]:
        """Every one of them."""
        return [self.first + timedelta(days=back) for back in range(self.length)]

    @property
    def before(self) -> tuple[date, date]:
        """The equal period before, as PolyAI's dashboards compare."""
        return self._earlier(self.length)

    @property
    def same_weekdays(self) -> tuple[date, date]:
        """The last equal period before that has the same weekdays; often the same as `before`."""
        return self._earlier(-(-self.length // 7) * 7)

    def _earlier(self, days: int) -> tuple[date, date]:
        return self.first - timedelta(days=days), self.last - timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Footnote:
    """What a figure means: its title, its definition, and what PolyAI's dashboards call it ("" where they do not)."""

    title: str
    text: str
    formula: str = ""
    polyai: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """All that a page shows.

    `is_old` says that the copy was old when the page was made, and `loaded_until` which UTC day of each project is
    the newest that it has. `total`, `before` and `same_weekdays` are single rows, empty where there are no calls.
    `days` has one row per day with calls (`business_date`, `provisional`, `restated`), `days_before` the same of
    the period before. `hours` has one row per `local_weekday` (1 is Monday) and `local_hour`: `per_hour` calls in a
    mean hour, and `peak_concurrent`. Rows of `projects` and `sites` have `calls_before`, and the bounds of 95 % of
    containment (`low`, `high`); those of `releases` the bounds of the handoff rate. `states` has one row per
    project and UTC `date`: `state` and `drift`.
    """

    scope: ReportScope
    copied_at: datetime | None = None
    is_old: bool = False
    loaded_until: Mapping[str, date] = field(default_factory=dict)
    total: Measured = field(default_factory=dict)
    before: Measured = field(default_factory=dict)
    same_weekdays: Measured = field(default_factory=dict)
    days: Sequence[Measured] = ()
    days_before: Sequence[Measured] = ()
    hours: Sequence[Measured] = ()
    projects: Sequence[Measured] = ()
    sites: Sequence[Measured] = ()
    handoffs: Sequence[Measured] = ()
    releases: Sequence[Measured] = ()
    functions: Sequence[Measured] = ()
    topics: Sequence[Measured] = ()
    states: Sequence[Measured] = ()
    footnotes: Mapping[str, Footnote] = field(default_factory=dict)

    @property
    def releases_by_day(self) -> dict[date, list[str]]:
        """The releases of each of the days, by their names."""
        by_day: dict[date, list[str]] = {}
        for release in self.releases:
            since = release.get("since")
            if since is not None and self.scope.first <= since <= self.scope.last:
                by_day.setdefault(since, []).append(str(release["release"]))
        return by_day

    @property
    def provisional(self) -> list[date]:
        """The days whose figures may still change."""
        return [day["business_date"] for day in self.days if day.get("provisional")]
