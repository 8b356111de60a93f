"""What PolyAI guarantees of an API version.

Of v3 and v2: timestamps are ISO 8601 with a zone; text is "", never null; ids are unique; counts and
durations are not negative. Of v1, less: text may be null, and timestamps may lack a zone or have other forms. Of a null
that is no text nothing is said: an optional field may be null in any version.

Source: API reference, *List conversations* of each version, and *Migrating from v1*.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from polyai_assets.contract.fields import Field, own_fields
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

FIRST_ORDINARY, LAST_ORDINARY = "0002", "9999"
"""Between them lie the times that no zone pushes out of the calendar."""

_LOOSE = re.compile(LOOSE_TIME, re.ASCII)


def is_ordinary(time: str) -> bool:
    """Tell whether a time has the form in which a database may read it: to the same moment as `read_moment`."""
    return FIRST_ORDINARY <= time < LAST_ORDINARY and _LOOSE.fullmatch(time) is not None


RULE_ISO = "timestamp is ISO 8601 with a zone"
RULE_TIME = "timestamp can be read"
RULE_TEXT_NOT_NULL = 'text is "", never null'
RULE_UNIQUE = "id is unique"
"""Of all conversations of a partition, so it is checked where they are together (`warehouse.stage`)."""


WHITELIST = "v1 leaves out what its field whitelisting (enable_whitelist) does not name"
"""Why v1 may lack fields that it always sends otherwise."""


@dataclass(frozen=True, slots=True)
class Guarantees:
    """What may be expected of the records of an API version.

    `tolerated` are rules that it does not know, and `why_missing` says why a required field may not come.
    """

    time: str
    time_rule: str
    text_may_be_null: bool
    tolerated: frozenset[str] = frozenset()
    why_missing: str = ""


V3 = Guarantees(ISO_8601, RULE_ISO, text_may_be_null=False)
_V1 = Guarantees(
    LOOSE_TIME,
    RULE_TIME,
    text_may_be_null=True,
    tolerated=frozenset({RULE_NOT_NULL, RULE_TEXT_NOT_NULL, RULE_ISO}),
    why_missing=WHITELIST,
)

GUARANTEES: Mapping[str, Guarantees] = MappingProxyType({"v3": V3, "v2": V3, "v1": _V1})
"""By API version."""


def guaranteed_fields(fields: Iterable[Field]) -> list[Field]:
    """Choose the fields of whose values something is guaranteed: of text, and of numbers that have bounds."""
    return [field for field in own_fields(fields) if field.kind.is_text or field.minimum is not None]


def rule_minimum(minimum: int) -> str:
    """Name the rule of a smallest value."""
    return f"number is at least {minimum}"


def rule_maximum(maximum: int) -> str:
    """Name the rule of a largest value that is plausible."""
    return f"number is plausible, at most {maximum:,}"
