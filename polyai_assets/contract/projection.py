"""From JSON to typed columns, as SQL derived from the declared fields.

Two steps. `WIRE_SHAPE` is what DuckDB's json_transform reads a record into: text stays text, so that the
guarantees can be checked on what was sent. The select lists then cast the wire values to the columns.
"""

import json

from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.fields import EXTRA, LATENCY_MEMBER, WIRE_EXTRA, Field, Kind
from polyai_assets.contract.tables import quote
from polyai_assets.contract.turn import TURN

_WIRE_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.TIMESTAMP: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.LATENCY: "JSON",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXT_LIST: ["VARCHAR"],
    Kind.OBJECT: "JSON",
    Kind.OBJECT_LIST: "JSON",
}


def _shape(fields: tuple[Field, ...]) -> dict[str, object]:
    shape: dict[str, object] = {one.wire: _WIRE_TYPES[one.kind] for one in fields if one.wire is not None}
    return shape | {WIRE_EXTRA: "JSON"}


WIRE_SHAPE = json.dumps(_shape(CONVERSATION) | {"metrics": "JSON", "turns": [_shape(TURN)]})
"""The structure that json_transform reads a conversation into."""


def _fields_sent(fields: tuple[Field, ...], source: str, *containers: str) -> str:
    """Count the fields that a record brought, other than null."""
    names = [one.wire for one in fields if one.wire is not None]
    return " + ".join(f"({source}.{quote(name)} IS NOT NULL)::BIGINT" for name in (*names, *containers))


HAS_REPEATED_KEY = f"""(
    len(json_keys(payload)) > {_fields_sent(CONVERSATION, "record", "metrics", "turns")}
    OR len(json_keys(record.metrics)) > len(list_distinct(json_keys(record.metrics)))
    OR list_sum(list_transform(json_keys(payload, '$.turns[*]'), lambda keys: len(keys)))
        > list_sum(list_transform(record.turns, lambda turn: {_fields_sent(TURN, "turn")}))
)"""
"""Whether a key comes twice in a `payload` that passed the strict reading, which takes no notice of that.

It has no null and no unknown field, so that it has as many keys as the fields that came out in `record`.
"""


def _typed(one: Field, source: str) -> str:
    """Give the expression that casts the wire value of a field to its column."""
    wire = WIRE_EXTRA if one is EXTRA else one.wire or one.name
    value = f"{source}.{quote(wire)}"
    match one.kind:
        case Kind.TEXT:
            return f"coalesce({value}, '')"
        case Kind.TIMESTAMP:
            # DuckDB reads words such as 'infinity' and 'epoch' as times; a time begins with a digit.
            return f"CASE WHEN {value} BETWEEN '0' AND ':' THEN try_cast({value} AS TIMESTAMPTZ) END"
        case Kind.LATENCY:
            return (
                f"try_cast(CASE WHEN json_type({value}) = 'OBJECT' "
                f"THEN {value} ->> '{LATENCY_MEMBER}' ELSE {value} ->> '$' END AS DOUBLE)"
            )
        case Kind.TEXT_LIST:
            return f"coalesce({value}, [])"
        case Kind.OBJECT_LIST:
            return f"coalesce({value}, '[]'::JSON)"
        case _:
            return value


def select_list(fields: tuple[Field, ...], source: str, given: dict[str, str]) -> str:
    """Give the select list of a table: `given` expressions by column, every other field from `source`."""
    return ", ".join(f"{given.get(one.name) or _typed(one, source)} AS {quote(one.name)}" for one in fields)


def wire_list(fields: tuple[Field, ...], source: str) -> str:
    """Give the select list of the values that have a guarantee, as sent.

    A record that read exactly as declared holds no null, so there NULL means that the field is missing, which
    is no breach: it becomes "". In any other record missing text was filled, and NULL is a null that was sent.
    """
    columns = []
    for one in fields:
        if one.wire is None or not (one.kind.is_text or one.minimum is not None):
            continue
        value = _typed(one, source) if one.kind is Kind.LATENCY else f"{source}.{quote(one.wire)}"
        if one.kind.is_text:
            value = f"CASE WHEN strict THEN coalesce({value}, '') ELSE {value} END"
        columns.append(f"{value} AS {quote(one.wire)}")
    return ", ".join(columns)
