"""What to report: what is found now beside what was known, decided as a pure function.

A finding is reported when it is new, when it got worse than what was reported of it, when it is back, and when it is
resolved. Worse is:

- its severity rises from WARN to ERROR;
- the share of records that show it has at least doubled and grown by ten points or more, so that 2 % of yesterday
  may become 11 % without a word, and 12 % not;
- a red day has failed so often in a row that it is no longer tried by itself.

It is reported as back when days were loaded since that did not show it, and a later one does. More days alone are not
worse: a drift that stays is reported once, not every night.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from polyai_assets.alerts.finding import Finding, Identity, Severity
from polyai_assets.raw.trouble import MOST_FAILURES

_GROWN = 0.10
_TIMES = 2.0


@dataclass(frozen=True, slots=True)
class LastReport:
    """What was last reported of a finding."""

    severity: Severity
    share: float | None
    count: int
    until: date


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding as it is kept: when it was opened, and what was reported of it; None if it was not."""

    finding: Finding
    opened_at: datetime
    reported: LastReport | None = None
    resolved_at: datetime | None = None


@dataclass(slots=True)
class Changes:
    """How a project's findings changed: `open` are all that are open now, in their new state."""

    open: list[KnownFinding] = field(default_factory=list)
    opened: list[Finding] = field(default_factory=list)
    worsened: list[Finding] = field(default_factory=list)
    back: list[Finding] = field(default_factory=list)
    resolved: list[KnownFinding] = field(default_factory=list)
    unreported: list[Finding] = field(default_factory=list)
    """Opened now, or when there was no target to report to."""


def compare(
    found: Iterable[Finding],
    known: Iterable[KnownFinding],
    is_undecided: Callable[[Finding], bool],
    now: datetime,
    *,
    notifies: bool,
) -> Changes:
    """Compare what is found with the open findings that are known.

    What is undecided stays as it was: a day that is being fetched again is neither red nor good. With `notifies`, what
    there is to report counts as reported.
    """
    before: dict[Identity, KnownFinding] = {entry.finding.identity: entry for entry in known}
    changes = Changes()
    for finding in found:
        if is_undecided(finding):
            continue
        was = before.pop(finding.identity, None)
        reported = was.reported if was else None
        if was is None:
            changes.opened.append(finding)
        if reported is None:
            changes.unreported.append(finding)
        elif is_back(finding, reported):
            changes.back.append(finding)
        elif is_worse(finding, reported):
            changes.worsened.append(finding)
        if notifies and (reported is None or is_back(finding, reported) or is_worse(finding, reported)):
            reported = _now_reported(finding, reported)
        elif reported is not None and not is_back(finding, reported):
            reported = replace(
                reported, until=max(reported.until, finding.last_seen)
            )  # the same stretch goes on
        changes.open.append(KnownFinding(finding, was.opened_at if was else now, reported))
    for was in before.values():
        if is_undecided(was.finding):
            changes.open.append(was)
        else:
            changes.resolved.append(replace(was, resolved_at=now))
    return changes


def _now_reported(finding: Finding, reported: LastReport | None) -> LastReport:
    """Say what people know now: an error that was reported is not reported again when it is one again."""
    was_error = reported is not None and reported.severity == "ERROR"
    return LastReport(
        "ERROR" if was_error else finding.severity, finding.share, finding.count, finding.last_seen
    )


def is_back(finding: Finding, reported: LastReport) -> bool:
    """Say whether days that did not show a finding lie between what was reported of it and its last stretch."""
    return finding.began > reported.until and not finding.is_day


def is_worse(finding: Finding, reported: LastReport) -> bool:
    """Say whether a finding got worse than what was reported of it."""
    if (finding.severity, reported.severity) == ("ERROR", "WARN"):
        return True
    if finding.is_red_day:
        return reported.count < MOST_FAILURES <= finding.count
    if finding.share is None or reported.share is None:
        return False
    grown = round(finding.share - reported.share, 6)  # 0.12 - 0.02 is a little less than 0.1
    return finding.share >= _TIMES * reported.share and grown >= _GROWN
