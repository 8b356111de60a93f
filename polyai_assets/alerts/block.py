"""A block of an alert: what is wrong, why, what it does to the tables, what to do next, and where to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from polyai_assets.alerts.cause import cause_of
from polyai_assets.alerts.finding import (
    DELIVERED,
    GUARANTEES,
    KEY,
    KPI,
    PROJECT,
    QUARANTINED,
    RECORDINGS,
    RUN,
    WRITE_BACK,
    Finding,
    Severity,
    asset_of,
    effect_of,
)
from polyai_assets.alerts.noun import Noun, counted, noun_of, number_of
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.conversations.suspicion import is_about_doubt
from polyai_assets.raw.remedies import ACCEPT, BELIEVE_OR_ACCEPT, accept_commands, backfill_commands
from polyai_assets.raw.trouble import MOST_FAILURES
from polyai_assets.raw.windows import spans

MOST_SPANS = 5
"""Stretches of days that a block names, and commands that it gives; what is beyond is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """What is said of a finding, or of days with one cause.

    `count` and `noun` are what the subject counts. `next_step` is what to do, in words and then a command a line.
    """

    severity: Severity
    count: int
    noun: Noun
    what: str
    cause: str
    effect: str
    next_step: Sequence[str]
    link: str | None

    @property
    def text(self) -> str:
        """The block, for a mail and for a chat."""
        first, *commands = self.next_step
        lines = [
            f"{self.severity}: {counted(self.count, self.noun)}: {self.what}",
            f"  Cause: {self.cause}",
            f"  Effect on the tables: {self.effect}",
            f"  Next: {first}{':' if commands else ''}",
            *(f"    {command}" for command in commands),
            *([f"  Look: {self.link}"] if self.link else []),
        ]
        return "\n".join(lines)


def block_of(finding: Finding, settings: AlertSettings) -> Block:
    """Say what is to be said of a finding that is no day."""
    return Block(
        severity=finding.severity,
        count=number_of(finding),
        noun=noun_of(finding),
        what=what(finding),
        cause=cause_of(finding),
        effect=effect_of(finding),
        next_step=[finding.next_step],
        link=_link(finding, settings),
    )


def block_of_days(findings: Sequence[Finding], settings: AlertSettings) -> Block:
    """Say what is to be said of days with one cause: all red, or all not complete."""
    days = sorted(date.fromisoformat(finding.path) for finding in findings)
    finding = max(findings, key=lambda finding: finding.path)
    since = f", since {min(each.first_seen for each in findings)}" if finding.is_red_day else ""
    return Block(
        severity=finding.severity,
        count=len(days),
        noun=noun_of(finding),
        what=named(days) + since,
        cause=finding.example.rstrip(". ") or "not known",
        effect=effect_of(finding),
        next_step=_step_of_days(finding, days),
        link=_link(finding, settings),
    )


def named(days: Sequence[date]) -> str:
    """Name days, those that follow one another as a stretch: `2026-11-03 to 2026-11-05, 2026-11-09`."""
    ends = [(span.dates[0], span.dates[-1]) for span in spans(list(days))]
    shown = [named_range(first, last) for first, last in ends[:MOST_SPANS]]
    left = sum((last - first).days + 1 for first, last in ends[MOST_SPANS:])
    return ", ".join(shown) + (f" and {left} more" if left else "")


def named_range(first: date, last: date) -> str:
    """Name a stretch of days, or the one day that it is."""
    return str(first) if first == last else f"{first} to {last}"


def what(finding: Finding) -> str:
    """Say what a finding that is no day is about."""
    if finding.kind == QUARANTINED:
        return f"not loaded: {finding.path}"
    if finding.check == GUARANTEES:
        return f"{finding.path}: violation of '{finding.kind}'"
    if finding.check in (RECORDINGS, WRITE_BACK):
        return named_range(finding.first_seen, finding.last_seen)
    if finding.check == KEY:
        return f"the API key {finding.example}"
    if finding.check == DELIVERED:
        return finding.path
    if finding.check == PROJECT:
        return f"it is the same project as {finding.path}"
    return finding.path if finding.check == RUN else f"{finding.path}: {finding.kind}"


def _step_of_days(finding: Finding, days: Sequence[date]) -> list[str]:
    in_doubt = is_about_doubt(finding.example) or ACCEPT in finding.next_step
    commands = [
        *(accept_commands(finding.project, days) if in_doubt else []),
        *backfill_commands(finding.project, days),
    ]
    if not finding.is_red_day:
        words = finding.next_step.partition(": polyai ")[0]  # its commands are those of one day
    elif in_doubt:
        words = BELIEVE_OR_ACCEPT
    elif finding.count >= MOST_FAILURES:
        words = f"after {MOST_FAILURES} failures no longer tried by itself; when the cause is gone"
    else:
        words = "tried again by itself; at once, when the cause is gone"
    if len(commands) > 2 * MOST_SPANS:
        commands = [*commands[: 2 * MOST_SPANS], f"polyai status {finding.project}"]
    return [words, *commands]


def _link(finding: Finding, settings: AlertSettings) -> str | None:
    if finding.check == RUN and finding.run_id:
        return settings.link_to_run(finding.run_id)
    if finding.check in (RUN, WRITE_BACK, KEY):
        return settings.link_to_runs()
    if finding.check == KPI:
        return settings.link_to_asset(asset_of(finding))
    return settings.link_to_check(asset_of(finding), finding.check)
