"""What was found wrong with a record, and the tables in which that is kept."""

import json
from dataclasses import dataclass

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

EXAMPLE_LENGTH = 80
"""Longest excerpt of an offending value, in characters."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach of the contract: in which record and turn, which field, which rule, and the value."""

    conversation_id: str
    turn_index: int | None
    field: str
    rule: str
    value: str


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
    derived("turn_index", Kind.INTEGER, "The turn, from 0; NULL for the conversation itself", key=True),
    derived("field", Kind.TEXT, "The field, as named by the API", key=True),
    derived("rule", Kind.TEXT, "The rule that was broken", key=True),
    derived("value", Kind.TEXT, f"The value, at most {EXAMPLE_LENGTH} characters of it"),
)
"""One row per breach of the contract in a record that was loaded."""

QUARANTINE = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "Id of the record, as far as it has one", key=True),
    derived("reasons", Kind.TEXT_LIST, "Why it could not be loaded"),
    derived("payload", Kind.TEXT, "The record as the API sent it; bytes that are not text are escaped"),
)
"""One row per record that could not be loaded."""
