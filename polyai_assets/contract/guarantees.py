"""What PolyAI guarantees of v3, as pandera models over the wire values.

Timestamps are ISO 8601 with a zone; text is "", never null; ids are unique; counts and durations are not
negative. The models are derived from the declared fields. pandera takes most of a second to import, so this
module is imported where records are checked, not where definitions are loaded.
"""

from functools import cache

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from pandera.errors import SchemaErrors

from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.violation import Violation, shorten

_LEAP_YEAR = r"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY = (
    r"(?:\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    rf"|{_LEAP_YEAR}-02-29)"
)
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?"
_ZONE = r"(?:Z|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)"
ISO_8601 = f"{_DAY}T{_TIME}{_ZONE}"
"""A moment: date, T, time to the second or finer, and a zone."""

RULE_ISO = "timestamp is ISO 8601 with a zone"
RULE_NOT_NULL = 'text is "", never null'
RULE_UNIQUE = "id is unique"
"""Of all conversations of a partition, so it is checked where they are together (`warehouse.stage`)."""


def rule_minimum(minimum: int) -> str:
    """Name the rule of a smallest value."""
    return f"number is at least {minimum}"


@cache
def model(fields: tuple[Field, ...]) -> pa.DataFrameSchema:
    """Derive the pandera model of a record's wire values."""
    return pa.DataFrameSchema(
        {
            one.wire: _column(one)
            for one in fields
            if one.wire and (one.kind.is_text or one.minimum is not None)
        },
        strict=True,
        ordered=False,
    )


def _column(one: Field) -> pa.Column:
    if one.minimum is not None:
        check = pa.Check.ge(one.minimum, error=rule_minimum(one.minimum))
        return pa.Column(None, check, nullable=True)
    checks = []
    if one.kind is Kind.TIMESTAMP:
        pattern = f"(?:{ISO_8601})?" if one.allow_empty else ISO_8601
        checks.append(pa.Check(lambda texts: texts.str.fullmatch(pattern), error=RULE_ISO))
    return pa.Column(None, checks, nullable=False)


def check(fields: tuple[Field, ...], wire: arrow.Table) -> list[Violation]:
    """Check wire values against the guarantees.

    `wire` has the columns `_conversation_id` and `_turn_index` (NULL for a conversation), and one column per
    guaranteed field under its wire name. Returns a violation per offending value.
    """
    position = wire.select(["_conversation_id", "_turn_index"])
    frame = wire.drop_columns(["_conversation_id", "_turn_index"]).to_pandas(types_mapper=pd.ArrowDtype)
    try:
        model(fields).validate(frame, lazy=True)
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


_RULES = {"not_nullable": RULE_NOT_NULL}
