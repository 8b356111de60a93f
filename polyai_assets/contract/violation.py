"""What was found wrong with a record, and the tables in which that is kept."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from polyai_assets.contract.fields import DATE, PROJECT, Kind, Pii, derived

EXAMPLE_LENGTH = 80
"""Longest excerpt of an offending value, in characters."""

MOST_EXAMPLES = 20
"""Violations of one rule by one field that are kept in memory; all of them are in the table."""

RULE_PRESENT = "required field is present"
RULE_METRIC = "metric is text"
RULE_NOT_NULL = "value is not null"


def rule_type(kind: Kind) -> str:
    """Name the rule that a value has the declared type."""
    return f"value is {kind.value}"


DRIFT_RULES = frozenset({RULE_PRESENT, RULE_METRIC, *(rule_type(kind) for kind in Kind)})
"""Rules about the shape of records: what breaks them is reported as drift, and by no other check."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the contract: in which record and turn, which field, which rule, and the value."""

    conversation_id: str
    turn_index: int | None
    field: str
    rule: str
    value: str


@dataclass(slots=True)
class Breach:
    """The violations of one rule by one field, of conversations or of turns: how many, and the first few."""

    field: str
    rule: str
    in_turns: bool
    count: int = 0
    examples: list[Violation] = dataclass_field(default_factory=list)

    @property
    def path(self) -> str:
        """The field as it is named in findings: `turns[].user_input`."""
        return f"turns[].{self.field}" if self.in_turns else self.field


class Tally:
    """Counts violations by field and rule; of a day of broken records only a few of each are remembered."""

    def __init__(self) -> None:
        self._breaches: dict[tuple[bool, str, str], Breach] = {}

    def add(self, violations: Iterable[Violation]) -> None:
        """Count violations."""
        for violation in violations:
            in_turns = violation.turn_index is not None
            key = (in_turns, violation.field, violation.rule)
            breach = self._breaches.setdefault(key, Breach(violation.field, violation.rule, in_turns))
            breach.count += 1
            if breach.count <= MOST_EXAMPLES:
                breach.examples.append(violation)

    @property
    def breaches(self) -> list[Breach]:
        """What was found, in the order in which it was met."""
        return list(self._breaches.values())


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that cannot be typed: why, and all of it."""

    conversation_id: str
    reasons: list[str]
    payload: bytes


def shorten(value: object) -> str:
    """Show a JSON value in at most `EXAMPLE_LENGTH` characters: text as it is, anything else as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= EXAMPLE_LENGTH else text[: EXAMPLE_LENGTH - 1] + "…"


VIOLATION = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation in which the breach was found", key=True),
    derived(
        "turn_index",
        Kind.INTEGER,
        "The turn, from 0; NULL for the conversation itself",
        key=True,
        nullable=True,
    ),
    derived("field", Kind.TEXT, "The field, as named by the API", key=True),
    derived("rule", Kind.TEXT, "The rule that was broken", key=True),
    derived("value", Kind.TEXT, f"The value, at most {EXAMPLE_LENGTH} characters of it", pii=Pii.FREE),
)
"""One row per breach of the contract in a record that was loaded."""

QUARANTINE = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "Id of the record, as far as it has one", key=True),
    derived("reasons", Kind.TEXT_LIST, "Why it could not be loaded", pii=Pii.NONE),
    derived(
        "payload",
        Kind.TEXT,
        "The record as the API sent it; bytes that are not text are escaped",
        pii=Pii.FREE,
    ),
)
"""One row per record that could not be loaded."""
