"""The guarantees as pandera models over the wire values, derived from the declared fields.

pandera takes half a second to import: this module is for those who check records.
"""

from functools import cache

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc
from pandera.errors import SchemaErrors

from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.guarantees import (
    RULE_TEXT_NOT_NULL,
    V3,
    Guarantees,
    guaranteed_fields,
    rule_maximum,
    rule_minimum,
)
from polyai_assets.contract.violation import Violation, shorten


@cache
def model(fields: tuple[Field, ...], guarantees: Guarantees = V3) -> pa.DataFrameSchema:
    """Derive the pandera model of a record's wire values."""
    return pa.DataFrameSchema(
        {field.wire: _column(field, guarantees) for field in guaranteed_fields(fields)},
        strict=True,
        ordered=False,
    )


def _column(field: Field, guarantees: Guarantees) -> pa.Column:
    if field.minimum is not None:
        bounds = [pa.Check.ge(field.minimum, error=rule_minimum(field.minimum))]
        if field.maximum is not None:
            bounds.append(pa.Check.le(field.maximum, error=rule_maximum(field.maximum)))
        return pa.Column(None, bounds, nullable=True)
    checks = []
    if field.kind is Kind.TIMESTAMP:
        pattern = f"(?:{guarantees.time})?" if field.allow_empty else guarantees.time
        checks.append(pa.Check(lambda texts: texts.str.fullmatch(pattern), error=guarantees.time_rule))
    return pa.Column(None, checks, nullable=guarantees.text_may_be_null)


def check(
    fields: tuple[Field, ...], wire: arrow.Table, guarantees: Guarantees = V3
) -> list[tuple[int, Violation]]:
    """Check wire values against the guarantees.

    `wire` has the columns `_conversation_id` and `_turn_index` (NULL for a conversation), and one column per
    guaranteed field under its wire name. Returns a violation per offending value, each with its row.
    """
    position = wire.select(["_conversation_id", "_turn_index"])
    values = wire.drop_columns(["_conversation_id", "_turn_index"])
    columns = [_as_doubles_hold(column) for column in values.columns]
    frame = arrow.table(columns, values.column_names).to_pandas(types_mapper=pd.ArrowDtype)
    try:
        model(fields, guarantees).validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        return [
            (
                int(case.index),
                Violation(
                    position["_conversation_id"][int(case.index)].as_py(),
                    position["_turn_index"][int(case.index)].as_py(),
                    str(case.column),
                    _RULES.get(str(case.check), str(case.check)),
                    "null" if pd.isna(case.failure_case) else shorten(str(case.failure_case)),
                ),
            )
            for case in cases.itertuples()
        ]
    return []


def _as_doubles_hold(column: arrow.ChunkedArray) -> arrow.ChunkedArray:
    """Round whole numbers that no double holds: pandera puts those of all columns that fail into one column."""
    if not arrow.types.is_integer(column.type):
        return column
    least, most = pc.min_max(column).values()
    is_held = all(abs(bound.as_py() or 0) <= _LARGEST for bound in (least, most))
    return column if is_held else column.cast(arrow.float64(), safe=False)


pa.DataFrameSchema.register_default_backends(pd.DataFrame)  # here, and not with the first check

_LARGEST = 2**53
_RULES = {"not_nullable": RULE_TEXT_NOT_NULL}
