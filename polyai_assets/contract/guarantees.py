"""What PolyAI guarantees of an API version.

Of v3 and v2: timestamps are ISO 8601 with a zone; text is "", never null; ids are unique; counts and
durations are not negative. Of v1, less: text may be null, and timestamps may lack a zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from polyai_assets.contract.violation import RULE_NOT_NULL

_LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    r"(?:\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    rf"|{_LEAP_YEAR}-02-29)"
)
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)"
ISO_8601 = f"{_DAY}T{_TIME}{_ZONE}"
"""A moment: date, T, time to the second or finer, and a zone."""

LOOSE_TIME = rf"{_DAY}[T ]{_TIME}(?:{_ZONE})?"
"""A moment as v1 may write it: with a blank for the T, and without a zone."""

RULE_ISO = "timestamp is ISO 8601 with a zone"
RULE_TIME = "timestamp can be read"
RULE_TEXT_NOT_NULL = 'text is "", never null'
RULE_UNIQUE = "id is unique"
"""Of all conversations of a partition, so it is checked where they are together (`warehouse.stage`)."""


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What may be expected of the records of an API version; `tolerated` are rules that it does not know."""

    time: str
    time_rule: str
    text_may_be_null: bool
    tolerated: frozenset[str] = frozenset()


V3 = Guarantees(ISO_8601, RULE_ISO, text_may_be_null=False)
_V1 = Guarantees(LOOSE_TIME, RULE_TIME, text_may_be_null=True, tolerated=frozenset({RULE_NOT_NULL}))

GUARANTEES: Mapping[str, Guarantees] = MappingProxyType({"v3": V3, "v2": V3, "v1": _V1})
"""By API version."""


def rule_minimum(minimum: int) -> str:
    """Name the rule of a smallest value."""
    return f"number is at least {minimum}"


def rule_maximum(maximum: int) -> str:
    """Name the rule of a largest value that is plausible."""
    return f"number is plausible, at most {maximum:,}"
