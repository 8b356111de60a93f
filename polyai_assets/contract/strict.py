"""The strict reading of a record: a record that passes it has exactly the declared fields and types.

DuckDB's own JSON projection is lenient: it turns 3.7 into 4 and "7" into 7 without a word. So each record is
first read into a struct derived from the declared fields, at a few microseconds each; only a record that
fails is looked into (`normalise`).
"""

from typing import Annotated, Any

import msgspec

from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind
from polyai_assets.contract.turn import TURN

_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

_LATENCY = msgspec.defstruct("StrictLatency", [(LATENCY_MEMBER, float | None, None)], gc=False)
_KEY = Annotated[str, msgspec.Meta(min_length=1)]

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.TIMESTAMP: str,
    Kind.INTEGER: _INT64,
    Kind.NUMBER: float,
    Kind.LATENCY: float | _LATENCY,
    Kind.BOOLEAN: bool,
    Kind.TEXT_LIST: list[str],
    Kind.OBJECT: dict[str, Any],
    Kind.OBJECT_LIST: list[dict[str, Any]],
}


def strict_struct(name: str, fields: tuple[Field, ...], **containers: Any) -> type[msgspec.Struct]:
    """Derive a struct that refuses unknown fields, missing required fields, null and other types."""
    members: list[Any] = []
    wires: dict[str, str] = {}
    for declared in fields:
        if declared.wire is None:
            continue
        wire_type = _KEY if declared.key else _TYPES[declared.kind]
        member = f"field_{len(wires)}"  # the API may send names that Python does not take
        wires[member] = declared.wire
        members.append(
            (member, wire_type)
            if declared.required
            else (member, wire_type | msgspec.UnsetType, msgspec.UNSET)
        )
    members += [
        (container, kind | msgspec.UnsetType, msgspec.UNSET) for container, kind in containers.items()
    ]
    return msgspec.defstruct(name, members, forbid_unknown_fields=True, gc=False, kw_only=True, rename=wires)


StrictTurn = strict_struct("StrictTurn", TURN)
StrictConversation = strict_struct(
    "StrictConversation",
    CONVERSATION,
    metrics=dict[str, str | list[str]],
    turns=list[StrictTurn],  # type: ignore[valid-type]  # made at run time from the declared fields
)
_decoder = msgspec.json.Decoder(StrictConversation)


def is_strict(payload: bytes) -> bool:
    """Tell whether the record reads exactly as declared. A key that comes twice goes unseen."""
    try:
        _decoder.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
