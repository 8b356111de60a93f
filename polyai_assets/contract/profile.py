"""The profile of a day: which fields had values, which words and metrics came, at which hours.

A record that reads exactly as declared may still be news: a channel that was never seen, or transcripts that stopped
coming. That shows only beside other days. So each partition leaves a profile of a few hundred counts, and a later
one is compared with those before it.

Example: on each day of the week before, 100 conversations came, all with a `from_number`, all by VOICE. Today 90 come:
none has a `from_number`, three are by RCS, and none began from 09:00 to 11:59, when 20 did a week ago. That is drift in
three places: `from_number` is gone, RCS is a new value of `channel`, and the hours from 09:00 to 11:59 are gone. One
conversation by RCS a month ago, and RCS is known; five conversations in all today, and no field is gone.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from polyai_assets.contract.drift import MOST_PATHS, OTHERS, Drift, DriftKind, clean_name
from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

KNOWN_FOR = timedelta(days=30)
"""How long a word or the name of a metric stays known after it last came."""

SURPRISING = 3.0
"""So often at least a metric that is as frequent as it is now should have been met before, to be reported as new: the
few conversations of a first day have not met the rare ones."""

WEEK = 7
"""Days before a day that show what it should hold."""

EXPECTED = 10.0
"""What the week before lets expect at least, for its absence to be no chance: of 10 expected, none comes once in
20,000 days."""

_USUAL = 0.5
"""Share of records that must have had a value while no week is known: what is rarer may have its days of the week."""

_TELLING = 3.0
"""What the same day of the week lets expect at least, for its absence there to show that it is usual."""

_MOST_SILENT_DAYS = 2
"""Days of the week before on which a usual hour may have been silent: an outage is reported on its second day, too."""

FILLED, WORD, METRIC, HOUR = "filled", "word", "metric", "hour"
"""Aspects of a day: records with a value in a field, with a word in a field, with a metric, begun in an hour."""

PROFILE = (
    PROJECT,
    DATE,
    derived("aspect", Kind.TEXT, f"What is counted: {FILLED}, {WORD}, {METRIC} or {HOUR}", key=True),
    derived("path", Kind.TEXT, "The field, as in from_number or turns[].latency; '' for an hour", key=True),
    derived("value", Kind.TEXT, "The word, the metric's name or the hour (UTC); '' for a field", key=True),
    derived("count", Kind.INTEGER, "Records of which it is true"),
    derived("total", Kind.INTEGER, "Records of which it could be true"),
)
"""One row per fact about a day that later days are compared with."""

BY_HOUR = "conversations by hour"
"""The path of a finding about hours without a conversation."""

Fact = tuple[str, str, str]
"""Aspect, path and value."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many of how many records."""

    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Past:
    """The profiles of the days before: of the last 30 all that is known, of the last 7 the counts, by day.

    `daily` are the conversations of each of the last 30 days; `same_weekday` is the day a week before, where it was
    loaded.
    """

    known: Collection[Fact] = frozenset()
    daily: Mapping[date, int] = field(default_factory=dict)
    week: dict[date, dict[Fact, Count]] = field(default_factory=dict)
    same_weekday: date | None = None

    @property
    def conversations(self) -> int:
        """The conversations of the last 30 days."""
        return sum(self.daily.values())


def compare(
    today: Mapping[Fact, Count],
    past: Past,
    over_until: datetime | None,
    found_before: Collection[str] = (),
    declared: Collection[Fact] = (),
) -> list[Drift]:
    """Compare the profile of a day with those before it.

    `over_until` is the moment up to which the day was fetched, None for all of it; `found_before` are paths about
    which something was found already; `declared` are words and metrics that are never new. The first day of a project
    is the baseline: nothing is new on it.
    """
    gone = _gone(today, past, found_before)
    silent = _silent_hours(today, past, 24 if over_until is None else _hours_over(over_until))
    return [*_new(today, past, declared), *gone, *silent]


def _new(today: Mapping[Fact, Count], past: Past, declared: Collection[Fact]) -> list[Drift]:
    if not past.known:
        return []
    known = {*declared, *past.known}
    found: dict[tuple[DriftKind, str], Count] = {}
    for fact, count in today.items():
        aspect, path, value = fact
        if aspect not in (WORD, METRIC) or fact in known:
            continue
        if aspect == METRIC and past.conversations * _at_least(count.count) < SURPRISING * count.total:
            continue
        kind, joint = (DriftKind.NEW_VALUE, ": ") if aspect == WORD else (DriftKind.NEW_METRIC, ".")
        key = (kind, path + joint + clean_name(value))
        if key not in found and len(found) >= MOST_PATHS:
            key = (kind, OTHERS)
        before = found.get(key, Count(0, count.total))
        found[key] = Count(before.count + count.count, count.total)
    return [Drift(path, kind, count.count, count.total) for (kind, path), count in found.items()]


def _at_least(count: int) -> float:
    """Give how many there would be on a day with less luck: one alone may be the first of a rare kind."""
    return count - 0.7 * math.sqrt(count)


def _gone(today: Mapping[Fact, Count], past: Past, found_before: Collection[str]) -> list[Drift]:
    """Find what the week before had and no record has now; what may be so by chance is left out."""
    silent = {path for (aspect, path, _), count in today.items() if aspect == FILLED and not count.count}
    conversations = _conversations(today)
    found = []
    for fact in {fact: None for facts in past.week.values() for fact in facts}:
        aspect, path, value = fact
        if aspect not in (FILLED, METRIC) or today.get(fact, Count(0, 0)).count:
            continue
        shown = path if aspect == FILLED else f"{path}.{clean_name(value)}"
        if shown in found_before or (aspect == METRIC and path in silent):
            continue
        total = conversations if aspect == METRIC else today.get(fact, Count(0, 0)).total
        days = {day: _count(facts, fact) for day, facts in past.week.items()}
        before = Count(
            sum(count.count for count in days.values()), sum(count.total for count in days.values())
        )
        same = None if past.same_weekday is None else days[past.same_weekday]
        if _is_missed(total, before, same):
            example = f"{before.count:,} of {before.total:,} in the week before"
            found.append(Drift(shown, DriftKind.GONE, total, total, example))
    return found


def _is_missed(total: int, week: Count, same_weekday: Count | None) -> bool:
    """Tell whether so many records without a value are no chance, and not usual on this day of the week."""
    if not week.total or total * week.count < EXPECTED * week.total:
        return False
    if same_weekday is None:
        return week.count >= _USUAL * week.total
    return same_weekday.count > 0 or same_weekday.total * week.count < _TELLING * week.total


def _silent_hours(today: Mapping[Fact, Count], past: Past, hours: int) -> list[Drift]:
    """Find stretches of hours without a conversation that usually have some, on this day of the week too."""
    if len(past.week) < WEEK or past.same_weekday is None:
        return []
    by_hour = {
        hour: {day: _count(facts, _hour(hour)).count for day, facts in past.week.items()}
        for hour in range(24)
    }
    silent = [
        hour
        for hour in range(hours)
        if _hour(hour) not in today
        and sum(not count for count in by_hour[hour].values()) <= _MOST_SILENT_DAYS
    ]
    missed, spans = 0, []
    for stretch in _stretches(silent):
        on_this_weekday = sum(by_hour[hour][past.same_weekday] for hour in stretch)
        busy_days = [sum(by_hour[hour][day] for hour in stretch) for day in past.week]
        expected = min(on_this_weekday, sum(busy_days) / max(1, sum(map(bool, busy_days))))
        if expected >= EXPECTED:
            missed += round(expected)
            spans.append(
                f"{stretch[0]:02d}:00 to {stretch[-1]:02d}:59 UTC, {on_this_weekday:,} a week before"
            )
    return [Drift(BY_HOUR, DriftKind.GONE, missed, missed, "; ".join(spans))] if spans else []


def _stretches(hours: Sequence[int]) -> list[list[int]]:
    stretches: list[list[int]] = []
    for hour in hours:
        if stretches and stretches[-1][-1] == hour - 1:
            stretches[-1].append(hour)
        else:
            stretches.append([hour])
    return stretches


def _hours_over(moment: datetime) -> int:
    """Count the hours of its day that were over at a moment."""
    return moment.astimezone(UTC).hour


def _conversations(facts: Mapping[Fact, Count]) -> int:
    return facts.get((FILLED, "turns", ""), Count(0, 0)).total


def _count(facts: Mapping[Fact, Count], fact: Fact) -> Count:
    """Look up a fact; what no record had leaves no row, unless it is a field."""
    return facts.get(fact) or Count(0, _conversations(facts) if fact[0] == METRIC else 0)


def _hour(hour: int) -> Fact:
    return (HOUR, "", f"{hour:02d}")
