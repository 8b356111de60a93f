"""What to tell: what is found now beside what was known, decided as a pure function.

A finding is told when it is new, when it got worse than what was told of it, when it is back, and when it is resolved.
Worse is:

- its severity rises from WARN to ERROR;
- the share of records that show it has at least doubled and grown by ten points or more, so that 2 % of yesterday
  may become 11 % without a word, and 12 % not;
- a red day has failed so often in a row that it is no longer tried by itself.

It is told as back when days were loaded since that did not show it, and a later one does. More days alone are not
worse: a drift that stays is told once, not every night.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from polyai_assets.alerts.finding import Finding, Identity, Severity

MANY_FAILURES = 12
"""Failures in a row after which a red day is left to people (`automation.decide` says the same)."""

_GROWN = 0.10
_TIMES = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """What people were last told of a finding."""

    severity: Severity
    share: float | None
    count: int
    until: date


@dataclass(frozen=True, slots=True)
class Known:
    """A finding as it is kept: when it was opened, and what was told of it; None if nobody was told."""

    finding: Finding
    opened_at: datetime
    told: Told | None = None
    resolved_at: datetime | None = None


@dataclass(slots=True)
class Changes:
    """What became of a project's findings: `open` are all that are open now, in their new state."""

    open: list[Known] = field(default_factory=list)
    opened: list[Finding] = field(default_factory=list)
    worsened: list[Finding] = field(default_factory=list)
    back: list[Finding] = field(default_factory=list)
    resolved: list[Known] = field(default_factory=list)
    untold: list[Finding] = field(default_factory=list)
    """Opened now, or when there was nobody to tell."""


def compare(
    found: Iterable[Finding],
    known: Iterable[Known],
    is_undecided: Callable[[Finding], bool],
    now: datetime,
    *,
    tells: bool,
) -> Changes:
    """Compare what is found with the open findings that are known.

    What is undecided stays as it was: a day that is being fetched again is neither red nor good. With `tells`, what
    there is to tell counts as told.
    """
    before: dict[Identity, Known] = {entry.finding.identity: entry for entry in known}
    changes = Changes()
    for finding in found:
        if is_undecided(finding):
            continue
        was = before.pop(finding.identity, None)
        told = was.told if was else None
        if was is None:
            changes.opened.append(finding)
        if told is None:
            changes.untold.append(finding)
        elif is_back(finding, told):
            changes.back.append(finding)
        elif is_worse(finding, told):
            changes.worsened.append(finding)
        if tells and (told is None or is_back(finding, told) or is_worse(finding, told)):
            told = _now_told(finding, told)
        elif told is not None and not is_back(finding, told):
            told = replace(told, until=max(told.until, finding.last_seen))  # the same stretch goes on
        changes.open.append(Known(finding, was.opened_at if was else now, told))
    for was in before.values():
        if is_undecided(was.finding):
            changes.open.append(was)
        else:
            changes.resolved.append(replace(was, resolved_at=now))
    return changes


def _now_told(finding: Finding, told: Told | None) -> Told:
    """Say what people know now: what was told once as an error is no news when it is one again."""
    was_error = told is not None and told.severity == "ERROR"
    return Told("ERROR" if was_error else finding.severity, finding.share, finding.count, finding.last_seen)


def is_back(finding: Finding, told: Told) -> bool:
    """Tell whether days that did not show a finding lie between what was told of it and its last stretch."""
    return finding.began > told.until and not finding.is_day


def is_worse(finding: Finding, told: Told) -> bool:
    """Tell whether a finding got worse than what was told of it."""
    if (finding.severity, told.severity) == ("ERROR", "WARN"):
        return True
    if finding.is_red_day:
        return told.count < MANY_FAILURES <= finding.count
    if finding.share is None or told.share is None:
        return False
    grown = round(finding.share - told.share, 6)  # 0.12 - 0.02 is a little less than 0.1
    return finding.share >= _TIMES * told.share and grown >= _GROWN
