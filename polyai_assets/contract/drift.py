"""Drift: where the API's records have another shape than the declared one, and the table of it.

A finding names a path (`num_turns`, `turns[].latency`, `metrics.CSAT`, `details.polyScore`), never a value that a
caller may have said: examples show the form of a value only.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from polyai_assets.contract.fields import DATE, PROJECT, Kind, Pii, derived

LONGEST_NAME = 80
"""Longest name of a field or value in a finding, in characters."""

_LONGEST_FORM = 24
_LONG_NUMBER = re.compile(r"\+?\d[\d\s()./\u2010-\u2015-]{3,}\d")  # telephones, accounts
_ADDRESS = re.compile(r"\S+@\S+")


class Severity(Enum):
    """How bad a finding is."""

    WARN = "WARN"
    ERROR = "ERROR"


class DriftKind(Enum):
    """What happened to a field."""

    ADDED = "added"
    MISSING = "missing"
    TYPE_CHANGED = "type changed"
    NEW_VALUE = "new value"
    NEW_METRIC = "new metric"
    GONE = "gone"  # it was there in the week before, and is empty in every record now

    @property
    def severity(self) -> Severity:
        """Missing and changed fields break queries; the others are news."""
        broken = self in (DriftKind.MISSING, DriftKind.TYPE_CHANGED)
        return Severity.ERROR if broken else Severity.WARN


@dataclass(frozen=True, slots=True)
class Drift:
    """One finding of a partition: what happened at which path, in `count` of `total` records."""

    path: str
    kind: DriftKind
    count: int
    total: int
    example: str = ""

    @property
    def row(self) -> dict[str, str | int]:
        """Its row of a table of drift, by column, without those of its partition."""
        return {
            "path": self.path,
            "kind": self.kind.value,
            "severity": self.kind.severity.value,
            "count": self.count,
            "total": self.total,
            "example": self.example,
        }


class _Met:
    """How often something was met, with an example of each type of value."""

    def __init__(self) -> None:
        self.count = 0
        self._examples: dict[frozenset[str], str] = {}

    def add(self, example: str) -> None:
        self.count += 1
        self._examples.setdefault(types_shown(example), example)

    @property
    def example(self) -> str:
        return "; ".join(example for example in self._examples.values() if example)


IN_PAGES = "(page)."
"""What the paths of members begin with that stand beside the conversations of a page."""


def drift_of_pages(unknown: Mapping[str, int], pages: int) -> list[Drift]:
    """Give the members of pages that are not declared, each with the number of pages, of all `pages`, that had it."""
    counts: dict[str, int] = {}
    for name, count in unknown.items():
        path = IN_PAGES + clean_name(name)
        counts[path] = max(count, counts.get(path, 0))
    return [Drift(path, DriftKind.ADDED, count, pages) for path, count in counts.items()]


MOST_PATHS = 50
"""Paths of one kind that are reported each by itself; a source that invents names has no end of them."""

OTHERS = "(others)"
"""The path under which the rest is counted."""


class DriftTally:
    """Counts what is met in the records of a partition, by path and kind; `others` is the path of what is too much."""

    def __init__(self, others: str = OTHERS) -> None:
        self._others = others
        self._met: dict[DriftKind, dict[str, _Met]] = {}

    def add(self, found: Iterable[tuple[str, DriftKind, str]]) -> None:
        """Count what was met in one record: path, kind and the form of the value; the rest of a kind counts once."""
        with_others = set()
        for path, kind, example in found:
            paths = self._met.setdefault(kind, {})
            if path in paths or len(paths) < MOST_PATHS:
                paths.setdefault(path, _Met()).add(example)
            else:
                with_others.add(kind)
        for kind in with_others:
            self._met[kind].setdefault(self._others, _Met()).add("")

    def findings(self, conversations: int, turns: int) -> list[Drift]:
        """Give what was met in so many conversations and turns."""
        return self.of_totals(lambda path: turns if path.startswith("turns[]") else conversations)

    def of_totals(self, total_of: Callable[[str], int]) -> list[Drift]:
        """Give what was met; `total_of` says in how many records a path could have been."""
        return [
            Drift(path, kind, met.count, total_of(path), met.example)
            for kind, paths in self._met.items()
            for path, met in paths.items()
        ]


def form_of(value: Any) -> str:
    """Show the form of a JSON value and nothing of its content: `text like 'xx 99'`, `a list of 3`."""
    match value:
        case None:
            return "null"
        case bool():
            return json.dumps(value)
        case str():
            if not value:
                return "empty text"
            masked = "".join(
                "9" if character.isdigit() else "x" if character.isalpha() else character
                for character in value
            )
            cut = masked if len(masked) <= _LONGEST_FORM else f"{masked[: _LONGEST_FORM - 1]}…"
            return f"text like '{_printable(cut)}'"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return f"an object of {len(value)} fields"
        case _:
            return "a number"


_TYPES = {
    "null": "null",
    "true": "boolean",
    "false": "boolean",
    "empty text": "text",
    "text like": "text",
    "a list of": "list",
    "an object of": "object",
    "a number": "number",
    "of the name": "several values",
}
_FORM = re.compile("|".join(_TYPES))


def types_shown(example: str) -> frozenset[str]:
    """Name the types of the values whose forms an example shows.

    It may be of several: `text like 'x'; a list of 2 instead of text`. Masked text has no letter but x, and so none of
    these words.
    """
    return frozenset(_TYPES[found] for found in _FORM.findall(example))


def clean_name(name: str) -> str:
    """Make a name that came from the API fit to be shown: printable, short, without numbers or addresses of people."""
    shown = _printable(_ADDRESS.sub("…@…", _LONG_NUMBER.sub("…", name)))
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


DRIFT = (
    PROJECT,
    DATE,
    derived(
        "path",
        Kind.TEXT,
        "The field, as in num_turns, turns[].latency, metrics.CSAT or details.polyScore",
        key=True,
    ),
    derived("kind", Kind.TEXT, "What happened: " + ", ".join(kind.value for kind in DriftKind), key=True),
    derived("severity", Kind.TEXT, "ERROR where queries may break, WARN otherwise", pii=Pii.NONE),
    derived("count", Kind.INTEGER, "Records of the day in which it was found"),
    derived("total", Kind.INTEGER, "Records of the day in which it could have been"),
    derived(
        "example",
        Kind.TEXT,
        "The form of a value, without its content; of each type of value that came",
        pii=Pii.NONE,
    ),
)
"""One row per finding of a partition. It leaves by itself when the records, loaded again, no longer show it."""
