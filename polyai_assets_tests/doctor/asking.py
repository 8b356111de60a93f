"""Findings, as tests read them."""

from collections.abc import Iterable

from polyai_assets.doctor.finding import Finding, Verdict

GREEN, YELLOW, RED = Verdict.GREEN, Verdict.YELLOW, Verdict.RED


def verdicts(found: Iterable[Finding]) -> list[tuple[str, Verdict]]:
    return [(one.check, one.verdict) for one in found]


def only(found: Iterable[Finding]) -> Finding:
    (one,) = found
    return one
