"""What PolyAI guarantees of an API version, as pandera models over the wire values.

Of v3 and v2: timestamps are ISO 8601 with a zone; text is "", never null; ids are unique; counts and
durations are not negative. Of v1, less: text may be null, and timestamps may lack a zone. The models are derived
from the declared fields. pandera takes most of a second to import, so this module is imported where records are
checked, not where definitions are loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from pandera.errors import SchemaErrors

from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.violation import RULE_NOT_NULL, Violation, shorten

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


_V3 = Guarantees(ISO_8601, RULE_ISO, text_may_be_null=False)
_V1 = Guarantees(LOOSE_TIME, RULE_TIME, text_may_be_null=True, tolerated=frozenset({RULE_NOT_NULL}))

GUARANTEES: Mapping[str, Guarantees] = MappingProxyType({"v3": _V3, "v2": _V3, "v1": _V1})
"""By API version."""


def rule_minimum(minimum: int) -> str:
    """Name the rule of a smallest value."""
    return f"number is at least {minimum}"


@cache
def model(fields: tuple[Field, ...], guarantees: Guarantees = _V3) -> pa.DataFrameSchema:
    """Derive the pandera model of a record's wire values."""
    return pa.DataFrameSchema(
        {
            one.wire: _column(one, guarantees)
            for one in fields
            if one.wire and (one.kind.is_text or one.minimum is not None)
        },
        strict=True,
        ordered=False,
    )


def _column(one: Field, guarantees: Guarantees) -> pa.Column:
    if one.minimum is not None:
        check = pa.Check.ge(one.minimum, error=rule_minimum(one.minimum))
        return pa.Column(None, check, nullable=True)
    checks = []
    if one.kind is Kind.TIMESTAMP:
        pattern = f"(?:{guarantees.time})?" if one.allow_empty else guarantees.time
        checks.append(pa.Check(lambda texts: texts.str.fullmatch(pattern), error=guarantees.time_rule))
    return pa.Column(None, checks, nullable=guarantees.text_may_be_null)


def check(fields: tuple[Field, ...], wire: arrow.Table, guarantees: Guarantees = _V3) -> list[Violation]:
    """Check wire values against the guarantees.

    `wire` has the columns `_conversation_id` and `_turn_index` (NULL for a conversation), and one column per
    guaranteed field under its wire name. Returns a violation per offending value.
    """
    position = wire.select(["_conversation_id", "_turn_index"])
    frame = wire.drop_columns(["_conversation_id", "_turn_index"]).to_pandas(types_mapper=pd.ArrowDtype)
    try:
        model(fields, guarantees).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        return [
            Violation(
                position["_conversation_id"][int(case.index)].as_py(),
                position["_turn_index"][int(case.index)].as_py(),
                str(case.column),
                _RULES.get(str(case.check), str(case.check)),
                "null" if pd.isna(case.failure_case) else shorten(str(case.failure_case)),
            )
            for case in cases.itertuples()
        ]
    return []


_RULES = {"not_nullable": RULE_TEXT_NOT_NULL}
