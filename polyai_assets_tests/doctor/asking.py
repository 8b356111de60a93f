"""Findings, as tests read them."""

from collections.abc import Iterable

from polyai_assets.doctor.check import Colour, Diagnosis

GREEN, YELLOW, RED = Colour.GREEN, Colour.YELLOW, Colour.RED


def verdicts(found: Iterable[Diagnosis]) -> list[tuple[str, Colour]]:
    return [(one.check, one.verdict) for one in found]


def only(found: Iterable[Diagnosis]) -> Diagnosis:
    (one,) = found
    return one
