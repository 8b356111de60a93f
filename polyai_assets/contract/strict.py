"""The strict reading of a record: a record that passes it has exactly the declared fields and types.

DuckDB's own JSON projection is lenient: it turns 3.7 into 4 and "7" into 7 without a word. So each record is
first read into a struct derived from the declared fields, at a few microseconds each; only a record that
fails is looked into (`normalise`).
"""

from functools import cache
from typing import Annotated, Any

import msgspec

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind, latency_members, own_fields

_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

_KEY = Annotated[str, msgspec.Meta(min_length=1)]

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.TIMESTAMP: str,
    Kind.INTEGER: _INT64,
    Kind.NUMBER: float,
    Kind.BOOLEAN: bool,
    Kind.TEXT_LIST: list[str],
    Kind.OBJECT: dict[str, Any],
    Kind.OBJECT_LIST: list[dict[str, Any]],
}


def strict_struct(name: str, fields: tuple[Field, ...], **containers: Any) -> type[msgspec.Struct]:
    """Derive a struct that refuses unknown fields, missing required fields, null and other types."""
    members: list[Any] = []
    wires: dict[str, str] = {}
    for declared in own_fields(fields):
        wire_type = _wire_type(declared, fields)
        member = f"field_{len(wires)}"  # the API may send names that Python does not take
        wires[member] = str(declared.wire)
        members.append(
            (member, wire_type)
            if declared.required
            else (member, wire_type | msgspec.UnsetType, msgspec.UNSET)
        )
    members += [
        (container, kind | msgspec.UnsetType, msgspec.UNSET) for container, kind in containers.items()
    ]
    return msgspec.defstruct(name, members, forbid_unknown_fields=True, gc=False, kw_only=True, rename=wires)


def _wire_type(declared: Field, fields: tuple[Field, ...]) -> Any:
    if declared.kind is Kind.LATENCY:
        kinds = {name: _TYPES[one.kind] for name, one in latency_members(declared, fields).items()}
        wires = {f"field_{number}": name for number, name in enumerate([LATENCY_MEMBER, *kinds])}
        members = [
            (member, kind | None, None) for member, kind in zip(wires, [float, *kinds.values()], strict=True)
        ]
        return float | msgspec.defstruct(
            "StrictLatency", members, forbid_unknown_fields=True, gc=False, rename=wires
        )
    return _KEY if declared.key else _TYPES[declared.kind]


@cache
def _decoder(contract: Contract) -> msgspec.json.Decoder[Any]:
    turn: Any = strict_struct("StrictTurn", contract.turn)
    conversation = strict_struct(
        "StrictConversation",
        contract.conversation,
        metrics=dict[str, str | Annotated[list[str], msgspec.Meta(min_length=1)]],
        turns=list[turn],
    )
    return msgspec.json.Decoder(conversation)


def is_strict(payload: bytes, contract: Contract = PACKAGED) -> bool:
    """Tell whether the record reads exactly as declared. A key that comes twice goes unseen."""
    try:
        _decoder(contract).decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
