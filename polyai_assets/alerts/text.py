"""The words of an alert: one message per project, readable in a chat and in a mail."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from polyai_assets.alerts.compare import MANY_FAILURES, Changes, Known
from polyai_assets.alerts.finding import (
    COMPLETE,
    DRIFT,
    GUARANTEES,
    QUARANTINED,
    RECORDINGS,
    RUN,
    WRITE_BACK,
    Finding,
)
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.contract.detail import IN_DETAILS
from polyai_assets.contract.function_event import IN_EVENTS

MOST_FINDINGS = 15
MOST_RESOLVED = 5
"""Lines of a message; what is beyond is counted."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is told about a project."""

    project: str
    title: str
    body: str


def message(project: str, changes: Changes, settings: AlertSettings) -> Message | None:
    """Tell what changed in a project; None if there is nothing to tell.

    Of what was resolved only that is told which had been told.
    """
    resolved = [one for one in changes.resolved if one.told is not None]
    counts = [
        _counted(len(changes.untold), "new finding"),
        f"{len(changes.worsened)} worse" if changes.worsened else "",
        f"{len(changes.back)} back" if changes.back else "",
        f"{len(resolved)} resolved" if resolved else "",
    ]
    told = ", ".join(count for count in counts if count)
    if not told:
        return None
    lines = [
        *_lines(changes.worsened, settings, "worse: "),
        *_lines(changes.back, settings, "back: "),
        *_lines(changes.untold, settings),
    ]
    body = [
        *_cut(lines, MOST_FINDINGS, "more in the table findings"),
        *_cut(_resolved_lines(resolved), MOST_RESOLVED, "more resolved, in the table findings"),
    ]
    return Message(project, f"polyai-assets: {project}: {told}", "\n".join(body))


def _lines(findings: Sequence[Finding], settings: AlertSettings, prefix: str = "") -> list[str]:
    """Tell findings, errors first; days with one cause together."""
    causes: dict[tuple[str, str, bool], list[Finding]] = {}
    for one in findings:
        if one.is_day:
            causes.setdefault((one.kind, one.example, one.count >= MANY_FAILURES), []).append(one)
    days = [_days_line(listed, settings) for listed in causes.values()]
    others = sorted(
        (one for one in findings if not one.is_day),
        key=lambda one: (one.severity != "ERROR", one.check, -(one.share or 0), one.path),
    )
    return [prefix + line for line in (*days, *(_line(one, settings) for one in others))]


def _line(one: Finding, settings: AlertSettings) -> str:
    said = f"{one.severity} {one.check}: {_what(one)} {_how_many(one)}since {one.first_seen}"
    if one.example:
        said += f": {one.example}" if one.check == RUN else f", e.g. {one.example}"
    return _with_link(f"{said}. Next: {one.next_step}", _link(one, settings))


def _days_line(days: Sequence[Finding], settings: AlertSettings) -> str:
    listed = sorted(days, key=lambda one: one.path)
    said, next_step = "not complete", listed[0].next_step
    if listed[0].is_red_day:
        said = f"red since {min(one.first_seen for one in listed)}"
        if listed[0].count >= MANY_FAILURES:
            said += f", after {MANY_FAILURES} failures no longer tried by itself"
            next_step += "; materialize it"
        else:
            next_step += "; when the cause is gone, materialize again"
    line = (
        f"{listed[0].severity} {COMPLETE}: {_span([one.path for one in listed])} {said}: {listed[0].example}"
    )
    return _with_link(f"{line.rstrip('. ')}. Next: {next_step}", _link(listed[-1], settings))


def _resolved_lines(resolved: Sequence[Known]) -> list[str]:
    days = [one.finding for one in resolved if one.finding.is_day]
    red = sorted(one.path for one in days if one.is_red_day)
    incomplete = sorted(one.path for one in days if not one.is_red_day)
    others = sorted((one.finding for one in resolved if not one.finding.is_day), key=lambda one: one.identity)
    return [
        *([f"resolved: {COMPLETE}: {_span(red)} red no more"] if red else []),
        *([f"resolved: {COMPLETE}: {_span(incomplete)} complete"] if incomplete else []),
        *(f"resolved: {one.check}: {_what(one)} (since {one.first_seen})" for one in others),
    ]


def _what(one: Finding) -> str:
    if one.check != GUARANTEES:
        return f"{one.path}: {one.kind}"
    # the kind is the rule that is broken
    return f"not loaded: {one.path}" if one.kind == QUARANTINED else f"{one.path}: violation of '{one.kind}'"


_NOUNS = {RECORDINGS: "recording", WRITE_BACK: "request"}
_PARTS = (
    ("turns[", "turn"),
    (IN_EVENTS, "function event"),
    (IN_DETAILS, "detail"),
    ("", "conversation"),
)
"""What is counted, by how a path begins."""


def _how_many(one: Finding) -> str:
    """Say in how many records; of how many only while all of them are in the week that the share speaks of."""
    if one.check == RUN:
        return "" if one.count == 1 else f"{one.count} times "
    noun = _NOUNS.get(one.check) or next(noun for begin, noun in _PARTS if one.path.startswith(begin))
    if not one.share:
        return f"in {_counted(one.count, noun)} "
    if one.last_seen - one.first_seen < timedelta(days=7):
        return f"in {one.count:,} of {_counted(round(one.count / one.share), noun)} "
    share = f"{one.share:.0%}" if one.share >= 0.01 else "under 1%"
    return f"in {_counted(one.count, noun)} on {one.days} days ({share} of those in the last week) "


def _link(one: Finding, settings: AlertSettings) -> str | None:
    if one.check in (RUN, WRITE_BACK):
        return settings.link_to_runs()
    asset = "raw_conversations" if one.is_day else "conversations"
    if one.check == RECORDINGS:
        asset = "audio"
    elif one.check == DRIFT and one.path.startswith(IN_DETAILS):
        asset = "conversation_details"
    elif one.check == GUARANTEES and one.path.startswith("turns["):
        asset = "turns"
    day = date.fromisoformat(one.path) if one.is_day else one.last_seen
    return settings.link_to_partition(asset, one.project, day)


def _with_link(line: str, link: str | None) -> str:
    return f"{line} {link}" if link else line


def _span(days: Sequence[str]) -> str:
    if len(days) == 1:
        return f"{days[0]} is"
    return f"{days[0]} to {days[-1]} ({len(days)} days) are"


def _cut(lines: Sequence[str], most: int, rest: str) -> Iterable[str]:
    if len(lines) <= most:
        return lines
    return [*lines[:most], f"and {len(lines) - most} {rest}"]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}" if number else ""
