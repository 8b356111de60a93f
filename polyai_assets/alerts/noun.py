"""What findings are counted as, for the subject of an alert and for what was resolved."""

from collections.abc import Mapping

from polyai_assets.alerts.finding import (
    COMPLETE,
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

Noun = tuple[str, str]
"""What is counted, for one and for many."""

RED_DAY, INCOMPLETE_DAY, UNPROVEN_DAY = (
    ("day red", "days red"),
    ("day incomplete", "days incomplete"),
    ("day unproven", "days unproven"),
)


def counted(number: int, noun: Noun) -> str:
    """Count things: `2 days red`."""
    return f"{number:,} {noun[number != 1]}"


def noun_of(finding: Finding) -> Noun:
    """Say what a finding counts as."""
    if finding.check == COMPLETE:
        return (
            RED_DAY if finding.is_red_day else INCOMPLETE_DAY if finding.severity == "ERROR" else UNPROVEN_DAY
        )
    if finding.kind == QUARANTINED:
        return "reason for quarantine", "reasons for quarantine"
    return _NOUNS[finding.check]


_NOUNS: Mapping[str, Noun] = {
    DRIFT: ("drift", "drifts"),
    GUARANTEES: ("broken guarantee", "broken guarantees"),
    RECORDINGS: ("recording missing", "recordings missing"),
    WRITE_BACK: ("annotation unknown", "annotations unknown"),
    KPI: ("figure out of bounds", "figures out of bounds"),
    RUN: ("run failed", "runs failed"),
    DELIVERED: ("target behind", "targets behind"),
    KEY: ("key ending", "keys ending"),
    PROJECT: ("project configured twice", "projects configured twice"),
}


def number_of(finding: Finding) -> int:
    """Say how often a finding counts: of recordings, annotations and runs, as many as it is about."""
    return finding.count if finding.check in (RECORDINGS, WRITE_BACK, RUN) else 1
