"""Why something is wrong, in words: the cause in a block of an alert."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from polyai_assets.alerts.finding import (
    DELIVERED,
    DRIFT,
    GUARANTEES,
    KEY,
    KPI,
    PROJECT,
    QUARANTINED,
    RECORDINGS,
    RUN,
    WRITE_BACK,
    Finding,
)
from polyai_assets.alerts.noun import Noun, counted
from polyai_assets.contract.detail import IN_DETAILS, IN_EVENTS
from polyai_assets.contract.drift import DriftKind


def cause_of(finding: Finding) -> str:
    """Say why something is wrong that is no day."""
    return _CAUSES[finding.check](finding)


def _cause_of_drift(finding: Finding) -> str:
    return f"{_DRIFT[DriftKind(finding.kind)]} {_how_many(finding)}{_example(finding)}"


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
    GUARANTEES: lambda finding: (
        f"{'these records cannot be rows' if finding.kind == QUARANTINED else 'PolyAI breaks what it guarantees'}, "
        f"{_how_many(finding)}{_example(finding)}"
    ),
    RECORDINGS: lambda finding: (
        f"they could not be fetched; the table audio has each reason; {_how_many(finding)}"
    ),
    WRITE_BACK: lambda finding: f"no answer came when they were sent; {_how_many(finding)}",
    KPI: lambda finding: f"{finding.example}, on {finding.last_seen}{_since(finding)}",
    RUN: lambda finding: f"{finding.example}; {_times(finding)}since {finding.first_seen}",
    DELIVERED: lambda finding: finding.example,
    KEY: lambda finding: "a key is made for a time, and PolyAI stops it at once on its last day",
    PROJECT: lambda finding: (
        "PolyAI knows an account and a project by two names each, and answers both with the same conversations; "
        f"{_how_many(finding)}"
    ),
}


def _example(finding: Finding) -> str:
    return f", e.g. {finding.example}" if finding.example else ""


def _since(finding: Finding) -> str:
    return "" if finding.began == finding.last_seen else f"; out of bounds since {finding.began}"


def _times(finding: Finding) -> str:
    return "" if finding.count == 1 else f"{finding.count} times "


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


def _how_many(finding: Finding) -> str:
    """Say in how many records; of how many only while all of them are in the week that the share speaks of."""
    noun = _RECORDS.get(finding.check) or next(
        noun for begin, noun in _PARTS if finding.path.startswith(begin)
    )
    since = f"since {finding.first_seen}"
    if not finding.share:
        return f"in {counted(finding.count, noun)} {since}"
    if finding.last_seen - finding.first_seen < timedelta(days=7):
        return f"in {finding.count:,} of {counted(round(finding.count / finding.share), noun)} {since}"
    share = f"{finding.share:.0%}" if finding.share >= 0.01 else "under 1%"
    return f"in {counted(finding.count, noun)} on {finding.days} days ({share} of those in the last week) {since}"
