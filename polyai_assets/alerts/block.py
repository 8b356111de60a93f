"""A block of an alert: what is wrong, why, what it does to the tables, what to do next, and where to look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from polyai_assets.alerts.compare import MANY_FAILURES
from polyai_assets.alerts.effect import effect
from polyai_assets.alerts.finding import (
    COMPLETE,
    DRIFT,
    GUARANTEES,
    QUARANTINED,
    RECORDINGS,
    RUN,
    WRITE_BACK,
    Finding,
    Severity,
)
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.contract.detail import IN_DETAILS
from polyai_assets.contract.drift import DriftKind
from polyai_assets.contract.function_event import IN_EVENTS
from polyai_assets.raw.remedies import ACCEPT, BELIEVE_OR_ACCEPT, accept_commands, backfill_commands
from polyai_assets.raw.suspicion import is_about_doubt
from polyai_assets.raw.windows import spans

MOST_SPANS = 5
"""Stretches of days that a block names, and commands that it gives; what is beyond is counted."""

Noun = tuple[str, str]
"""What is counted, for one and for many."""

RED_DAY, INCOMPLETE_DAY, UNPROVEN_DAY = (
    ("day red", "days red"),
    ("day incomplete", "days incomplete"),
    ("day unproven", "days unproven"),
)


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


def counted(number: int, noun: Noun) -> str:
    """Count things: `2 days red`."""
    return f"{number:,} {noun[number != 1]}"


def noun_of(one: Finding) -> Noun:
    """Say what a finding counts as."""
    if one.check == COMPLETE:
        return RED_DAY if one.is_red_day else INCOMPLETE_DAY if one.severity == "ERROR" else UNPROVEN_DAY
    if one.kind == QUARANTINED:
        return "reason for quarantine", "reasons for quarantine"
    return _NOUNS[one.check]


_NOUNS: Mapping[str, Noun] = {
    DRIFT: ("drift", "drifts"),
    GUARANTEES: ("broken guarantee", "broken guarantees"),
    RECORDINGS: ("recording missing", "recordings missing"),
    WRITE_BACK: ("annotation unknown", "annotations unknown"),
    RUN: ("run failed", "runs failed"),
}


def number_of(one: Finding) -> int:
    """Say how often a finding counts: of recordings, annotations and runs, as many as it is about."""
    return one.count if one.check in (RECORDINGS, WRITE_BACK, RUN) else 1


def block_of(one: Finding, settings: AlertSettings) -> Block:
    """Say what is to be said of a finding that is no day."""
    return Block(
        severity=one.severity,
        count=number_of(one),
        noun=noun_of(one),
        what=what(one),
        cause=_CAUSES[one.check](one),
        effect=effect(one),
        next_step=[one.next_step],
        link=_link(one, settings),
    )


def block_of_days(findings: Sequence[Finding], settings: AlertSettings) -> Block:
    """Say what is to be said of days with one cause: all red, or all not complete."""
    days = sorted(date.fromisoformat(one.path) for one in findings)
    one = max(findings, key=lambda finding: finding.path)
    since = f", since {min(each.first_seen for each in findings)}" if one.is_red_day else ""
    return Block(
        severity=one.severity,
        count=len(days),
        noun=noun_of(one),
        what=named(days) + since,
        cause=one.example.rstrip(". ") or "not known",
        effect=effect(one),
        next_step=_step_of_days(one, days),
        link=_link(one, settings),
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


def what(one: Finding) -> str:
    """Say what a finding that is no day is about."""
    if one.kind == QUARANTINED:
        return f"not loaded: {one.path}"
    if one.check == GUARANTEES:
        return f"{one.path}: violation of '{one.kind}'"
    if one.check in (RECORDINGS, WRITE_BACK):
        return named_range(one.first_seen, one.last_seen)
    return one.path if one.check == RUN else f"{one.path}: {one.kind}"


def _step_of_days(one: Finding, days: Sequence[date]) -> list[str]:
    in_doubt = is_about_doubt(one.example) or ACCEPT in one.next_step
    commands = [
        *(accept_commands(one.project, days) if in_doubt else []),
        *backfill_commands(one.project, days),
    ]
    if not one.is_red_day:
        words = one.next_step.partition(": polyai ")[0]  # its commands are those of one day
    elif in_doubt:
        words = BELIEVE_OR_ACCEPT
    elif one.count >= MANY_FAILURES:
        words = f"after {MANY_FAILURES} failures no longer tried by itself; when the cause is gone"
    else:
        words = "tried again by itself; at once, when the cause is gone"
    if len(commands) > 2 * MOST_SPANS:
        commands = [*commands[: 2 * MOST_SPANS], f"polyai status {one.project}"]
    return [words, *commands]


def _cause_of_drift(one: Finding) -> str:
    return f"{_DRIFT[DriftKind(one.kind)]} {_how_many(one)}{_example(one)}"


_DRIFT = {
    DriftKind.ADDED: "PolyAI sends what is not declared,",
    DriftKind.MISSING: "PolyAI does not send what is always there,",
    DriftKind.TYPE_CHANGED: "PolyAI sends another type than is declared,",
    DriftKind.NEW_VALUE: "PolyAI sends a value that was not known,",
    DriftKind.NEW_METRIC: "the agent writes a metric that it did not write before,",
    DriftKind.GONE: "it had values in the week before and has none in any record,",
}

_CAUSES: Mapping[str, Callable[[Finding], str]] = {
    DRIFT: _cause_of_drift,
    GUARANTEES: lambda one: (
        f"{'these records cannot be rows' if one.kind == QUARANTINED else 'PolyAI breaks what it guarantees'}, "
        f"{_how_many(one)}{_example(one)}"
    ),
    RECORDINGS: lambda one: f"they could not be fetched; the table audio has each reason; {_how_many(one)}",
    WRITE_BACK: lambda one: f"no answer came when they were sent; {_how_many(one)}",
    RUN: lambda one: f"{one.example}; {_times(one)}since {one.first_seen}",
}


def _example(one: Finding) -> str:
    return f", e.g. {one.example}" if one.example else ""


def _times(one: Finding) -> str:
    return "" if one.count == 1 else f"{one.count} times "


_RECORDS: Mapping[str, Noun] = {
    RECORDINGS: ("recording", "recordings"),
    WRITE_BACK: ("request", "requests"),
}
_PARTS: Sequence[tuple[str, Noun]] = (
    ("turns[", ("turn", "turns")),
    (IN_EVENTS, ("function event", "function events")),
    (IN_DETAILS, ("detail", "details")),
    ("", ("conversation", "conversations")),
)
"""What is counted, by how a path begins."""


def _how_many(one: Finding) -> str:
    """Say in how many records; of how many only while all of them are in the week that the share speaks of."""
    noun = _RECORDS.get(one.check) or next(noun for begin, noun in _PARTS if one.path.startswith(begin))
    since = f"since {one.first_seen}"
    if not one.share:
        return f"in {counted(one.count, noun)} {since}"
    if one.last_seen - one.first_seen < timedelta(days=7):
        return f"in {one.count:,} of {counted(round(one.count / one.share), noun)} {since}"
    share = f"{one.share:.0%}" if one.share >= 0.01 else "under 1%"
    return f"in {counted(one.count, noun)} on {one.days} days ({share} of those in the last week) {since}"


def _link(one: Finding, settings: AlertSettings) -> str | None:
    if one.check == RUN and one.run_id:
        return settings.link_to_run(one.run_id)
    if one.check in (RUN, WRITE_BACK):
        return settings.link_to_runs()
    return settings.link_to_check(asset_of(one), one.check)


def asset_of(one: Finding) -> str:
    """Name the asset whose check found it."""
    if one.check == COMPLETE:
        return "raw_conversations"
    if one.check == RECORDINGS:
        return "audio"
    if one.check == DRIFT and one.path.startswith(IN_DETAILS):
        return "conversation_details"
    return "turns" if one.check == GUARANTEES and one.path.startswith("turns[") else "conversations"
