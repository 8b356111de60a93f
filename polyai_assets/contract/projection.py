"""From JSON to typed columns, as SQL derived from the declared fields.

Two steps. `wire_shape` is what DuckDB's json_transform reads a record into: text stays text, so that the
guarantees can be checked on what was sent. The select lists then cast the wire values to the columns.
"""

import json
from functools import cache

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import (
    EXTRA,
    LATENCY_MEMBER,
    WIRE_EXTRA,
    Field,
    Kind,
    latency_members,
    own_fields,
)
from polyai_assets.contract.guarantees import (
    FIRST_ORDINARY,
    LAST_ORDINARY,
    LOOSE_TIME,
    guaranteed_fields,
)
from polyai_assets.contract.tables import literal, quote

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
    shape: dict[str, object] = {str(one.wire): _WIRE_TYPES[one.kind] for one in own_fields(fields)}
    return shape | {WIRE_EXTRA: "JSON"}


@cache
def wire_shape(contract: Contract) -> str:
    """Give the structure that json_transform reads a conversation into."""
    return json.dumps(_shape(contract.conversation) | {"metrics": "JSON", "turns": [_shape(contract.turn)]})


def _fields_sent(fields: tuple[Field, ...], source: str, *containers: str) -> str:
    """Count the fields that a record brought, other than null."""
    names = [str(one.wire) for one in own_fields(fields)]
    return " + ".join(f"({source}.{quote(name)} IS NOT NULL)::BIGINT" for name in (*names, *containers))


def _of_kind(kind: Kind, fields: tuple[Field, ...], source: str) -> list[str]:
    return [f"{source}.{quote(str(one.wire))}" for one in own_fields(fields) if one.kind is kind]


def _has_odd_time(fields: tuple[Field, ...], source: str) -> str:
    """Tell whether a time has another form than the one that DuckDB reads to the same moment as Python."""
    odd = (
        f"({time} <> '' AND NOT ({time} >= '{FIRST_ORDINARY}' AND {time} < '{LAST_ORDINARY}' "
        f"AND regexp_full_match({time}, {literal(LOOSE_TIME)})))"
        for time in _of_kind(Kind.TIMESTAMP, fields, source)
    )
    return " OR ".join(odd)


def _has_key_twice(fields: tuple[Field, ...], source: str) -> str:
    """Tell whether a latency that is an object has a key twice."""
    keys = (f"json_keys({latency})" for latency in _of_kind(Kind.LATENCY, fields, source))
    return " OR ".join(f"len({one}) > len(list_distinct({one}))" for one in keys)


@cache
def needs_another_look(contract: Contract) -> str:
    """Tell whether a `payload` that passed the strict reading has what that takes no notice of.

    That is a key that comes twice, or a time that is read by nobody, or by Python alone. It has no null and no unknown
    field, so that it has as many keys as the fields that came out in `record`.
    """
    conversation, turn = contract.conversation, contract.turn
    return f"""(
    {_has_odd_time(conversation, "record")}
    OR list_bool_or(list_transform(
        record.turns, lambda turn: {_has_odd_time(turn, "turn")} OR {_has_key_twice(turn, "turn")}
    ))
    OR len(json_keys(payload)) > {_fields_sent(conversation, "record", "metrics", "turns")}
    OR len(json_keys(record.metrics)) > len(list_distinct(json_keys(record.metrics)))
    OR list_sum(list_transform(json_keys(payload, '$.turns[*]'), lambda keys: len(keys)))
        > list_sum(list_transform(record.turns, lambda turn: {_fields_sent(turn, "turn")}))
)"""


def _of_text(kind: Kind, text: str) -> str:
    """Give a wire value that was taken out of an object as text."""
    if kind.is_text:
        return text
    return f"try_cast({text}{'::JSON' if kind is Kind.TEXT_LIST else ''} AS {kind.sql_type})"


def _typed(one: Field, source: str, within: dict[str, str]) -> str:
    """Give the expression that casts the wire value of a field to its column.

    `within` are the wire values of members of a latency as text, by the name of their column.
    """
    wire = WIRE_EXTRA if one is EXTRA else one.wire or one.name
    value = f"{source}.{quote(wire)}"
    if one.name in within:
        value = _of_text(one.kind, within[one.name])
    match one.kind:
        case Kind.TEXT:
            return f"coalesce({value}, '')"
        case Kind.TIMESTAMP:
            return f"try_cast(nullif({value}, '') AS TIMESTAMPTZ)"
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
    within = {
        member.name: f"({source}.{quote(str(one.wire))} ->> {literal(name)})"
        for one in fields
        for name, member in latency_members(one, fields).items()
    }
    return ", ".join(
        f"{given.get(one.name) or _typed(one, source, within)} AS {quote(one.name)}" for one in fields
    )


def wire_list(fields: tuple[Field, ...], source: str) -> str:
    """Give the select list of the values that have a guarantee, as sent.

    A record that read exactly as declared holds no null, so there NULL means that the field is missing, which
    is no breach: it becomes "". In any other record missing text was filled, and NULL is a null that was sent.
    """
    columns = []
    for one in guaranteed_fields(fields):
        wire = quote(str(one.wire))
        value = _typed(one, source, {}) if one.kind is Kind.LATENCY else f"{source}.{wire}"
        if one.kind.is_text:
            value = f"CASE WHEN strict THEN coalesce({value}, '') ELSE {value} END"
        columns.append(f"{value} AS {wire}")
    return ", ".join(columns)
