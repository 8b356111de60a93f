"""Parity: how two versions of the API describe the same conversations, value by value.

A row names a path (`handoff_reason`, `turns[].latency`, `metrics.CSAT`) and never a value that a caller may have
said: examples show the form of a value only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType

from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.versions import Versions

WHOLE_TURN = "turns[]"
"""The path of what concerns turns as such."""


class ParityVerdict(Enum):
    """How a value changed from the older version to the newer one, from harmless to grave."""

    EQUAL = "equal"
    TIME_FORMAT = "timestamp format"  # the same moment, as far as the coarser of the two says
    NULL_BECAME_EMPTY = 'null became ""'  # or [] or {}, where the value is a list or an object
    ONLY_IN_NEW = "only in {new}"
    ONLY_IN_OLD = "only in {old}"
    DIFFERS = "differs"
    IN_FLIGHT = "in flight"  # not judged: it was in progress, or had ended too short a time before

    def named(self, versions: Versions) -> str:
        """Name the verdict as the table has it."""
        return self.value.format(old=versions.old, new=versions.new)


_HARMLESS = (
    ParityVerdict.EQUAL,
    ParityVerdict.TIME_FORMAT,
    ParityVerdict.NULL_BECAME_EMPTY,
    ParityVerdict.IN_FLIGHT,
)

NOT_IN_V1 = frozenset(
    {
        "state",
        "turns[].barge_in",
        "turns[].metadata",
        "turns[].latency",
        "turns[].translated_user_input",
        "turns[].english_agent_response",
    }
)
"""Fields that v1 does not know, or may leave out, as PolyAI says; or that it sends unasked or not at all, as it does
`state`: it documents no `include_context_state`, which includes it in v3."""

KNOWN_ONLY_IN_NEW: Mapping[str, frozenset[str]] = MappingProxyType({"v1": NOT_IN_V1})
"""By the older version: the paths that are expected in the newer one alone."""


def severity(path: str, verdict: ParityVerdict, versions: Versions) -> Severity | None:
    """Judge what a verdict means for a migration: None where it is harmless, WARN for fields that come anew."""
    if verdict in _HARMLESS:
        return None
    if verdict is ParityVerdict.ONLY_IN_NEW and path not in (WHOLE_RECORD, WHOLE_TURN):
        known = path in KNOWN_ONLY_IN_NEW.get(versions.old, frozenset())
        return None if known else Severity.WARN
    return Severity.ERROR


@dataclass(frozen=True, slots=True)
class Parity:
    """One row: how often a verdict was given at a path, of how many values, with an example unless they are equal."""

    path: str
    verdict: ParityVerdict
    count: int
    total: int
    example_conversation_id: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class DayParity:
    """How the two versions describe one day; `compared_at` is when the fetches of it began."""

    versions: Versions
    date: date
    compared_at: datetime
    rows: list[Parity] = field(default_factory=list)

    @property
    def is_provisional(self) -> bool:
        """Whether the day was not over when it was compared."""
        return self.compared_at.date() <= self.date

    @property
    def conversations(self) -> int:
        """How many conversations were judged."""
        return next((row.total for row in self.rows if row.path == WHOLE_RECORD), 0)

    @property
    def equal(self) -> int:
        """How many conversations are the same in every field."""
        return self._of_records(ParityVerdict.EQUAL)

    @property
    def in_flight(self) -> int:
        """How many conversations were not judged."""
        return self._of_records(ParityVerdict.IN_FLIGHT)

    def to_look_at(self) -> list[tuple[Severity, Parity]]:
        """Give the rows that speak against a migration, errors first."""
        judged = [(severity(row.path, row.verdict, self.versions), row) for row in self.rows]
        found = [(grave, row) for grave, row in judged if grave is not None]
        return sorted(
            found, key=lambda pair: (pair[0] is Severity.WARN, pair[1].path != WHOLE_RECORD, pair[1].path)
        )

    def _of_records(self, verdict: ParityVerdict) -> int:
        return sum(row.count for row in self.rows if row.path == WHOLE_RECORD and row.verdict is verdict)
