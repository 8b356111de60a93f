"""Writing figures: counts, shares, seconds, scores and money, how they changed, and what is unknown."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

UNKNOWN = "\N{EN DASH}"
_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Amount:
    """A kind of figure: how it is written where it is known, and along the axis of a chart (a format of d3)."""

    write: Callable[[Any], str]
    axis: str = "~s"

    def __call__(self, value: float | None) -> str:
        """Write a figure."""
        return UNKNOWN if value is None else _signed(self.write(value))


def _signed(text: str) -> str:
    return text.replace("-", _MINUS)


count = Amount(lambda value: f"{value:,.0f}")
share = Amount(lambda value: f"{100 * value:.1f}{_SPACE}%", axis="~%")
seconds = Amount(lambda value: f"{value:,.0f}{_SPACE}s")
short_seconds = Amount(lambda value: f"{value:.2f}{_SPACE}s")
score = Amount(lambda value: f"{value:.2f}")
mean = Amount(lambda value: f"{value:,.1f}")


def money(value: float | None, currency: str | None) -> str:
    """Write an amount of money; small ones with their cents."""
    if value is None:
        return UNKNOWN
    written = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.2f}"
    return _signed(f"{written}{_SPACE}{currency}" if currency else written)


def change(amount: Amount, now: float | None, then: float | None) -> str:
    """Write by how much a figure changed.

    Shares in percentage points (pp), seconds and scores as they are, all else in per cent.
    """
    if now is None or then is None:
        return UNKNOWN
    if amount is share:
        return _with_sign(round(100 * (now - then), 1), "{:+.1f}", "pp")
    if amount in (seconds, short_seconds):
        places = 0 if amount is seconds else 2
        return _with_sign(round(now - then, places), f"{{:+,.{places}f}}", "s")
    if amount is score:
        return _with_sign(round(now - then, 2), "{:+.2f}", "")
    return _with_sign(round(100 * (now - then) / then, 1), "{:+,.1f}", "%") if then else UNKNOWN


def _with_sign(difference: float, form: str, unit: str) -> str:
    if difference == 0:
        return "no change"
    return _signed(form.format(difference)) + (f"{_SPACE}{unit}" if unit else "")


def day(value: date) -> str:
    """Write a day, as in Mon 3 Nov."""
    return f"{value:%a}{_SPACE}{value.day}{_SPACE}{value:%b}"


def full_day(value: date) -> str:
    """Write a day with its year, as in Monday 3 November 2025."""
    return f"{value:%A} {value.day} {value:%B %Y}"


def period(first: date, last: date) -> str:
    """Write a range of days."""
    if first == last:
        return full_day(first)
    year = "" if first.year == last.year else f"{_SPACE}{first.year}"
    return f"{day(first)}{year} to {day(last)}{_SPACE}{last.year}"


def name(value: str | None) -> str:
    """Give a name that others chose: what no page can hold is replaced, and an empty one is said to be unknown."""
    shown = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value or "").strip()
    return shown or "(unknown)"


def quoted(value: str | None) -> str:
    """Give a name to be put into a sentence: whichever way it is written, the words around it keep their order."""
    return f"\N{FIRST STRONG ISOLATE}{name(value)}\N{POP DIRECTIONAL ISOLATE}"
