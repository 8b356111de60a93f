"""Records as structs, derived from the declared fields.

The strict struct has exactly the declared fields and types: a record is read into it at a few microseconds, and only
one that fails is looked into (`normalise`). The result is read into the fitted struct, which has the same members.
JSON objects stay as they were written: nothing of them is rounded off or left out.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import (
    LATENCY_MEMBER,
    WIRE_EXTRA,
    Field,
    Kind,
    latency_members,
    own_fields,
)

NOT_AS_DECLARED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What reading a record raises that does not read as declared."""

_INT64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

_KEY = Annotated[str, msgspec.Meta(min_length=1)]

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.TIMESTAMP: str,
    Kind.INTEGER: _INT64,
    Kind.NUMBER: float,
    Kind.BOOLEAN: bool,
    Kind.TEXT_LIST: list[str],
    Kind.OBJECT: msgspec.Raw,
    Kind.OBJECT_LIST: msgspec.Raw,
}

_check_object = msgspec.json.Decoder(dict[str, Any]).decode
_check_objects = msgspec.json.Decoder(list[dict[str, Any]]).decode
CHECKS: dict[Kind, Callable[[bytes], object]] = {
    Kind.OBJECT: _check_object,
    Kind.OBJECT_LIST: _check_objects,
}
"""What reads a JSON value that a struct leaves as it was written, and raises where it is not as declared."""


def member(place: int) -> str:
    """Name the member of a struct that has the field at a place among the own ones: the API's names may be none."""
    return f"field_{place}"


def strict_struct(
    name: str, fields: tuple[Field, ...], *, fitted: bool = False, **containers: Any
) -> type[msgspec.Struct]:
    """Derive a struct that refuses unknown fields, missing required fields, null and other types.

    What is missing is None. With `fitted` required fields may be missing, and `extra` has what does not fit.
    """
    members: list[Any] = []
    wires: dict[str, str] = {}
    for place, declared in enumerate(own_fields(fields)):
        wires[member(place)] = str(declared.wire)
        kind = _wire_type(declared, fields)
        is_required = declared.required and not fitted
        members.append((member(place), kind) if is_required else (member(place), kind, None))
    members += [(container, kind, None) for container, kind in containers.items()]
    if fitted:
        wires["extra"] = WIRE_EXTRA
        members.append(("extra", msgspec.Raw, None))
    return msgspec.defstruct(name, members, forbid_unknown_fields=True, gc=False, kw_only=True, rename=wires)


def _wire_type(declared: Field, fields: tuple[Field, ...]) -> Any:
    if declared.kind is not Kind.LATENCY:
        return _KEY if declared.key else _TYPES[declared.kind]
    kinds = [float, *(_TYPES[field.kind] for field in latency_members(declared, fields).values())]
    wires = dict(zip(map(member, range(len(kinds))), latency_wires(declared, fields), strict=True))
    members = [(name, _or_null(kind), msgspec.UNSET) for name, kind in zip(wires, kinds, strict=True)]
    return float | msgspec.defstruct(
        "StrictLatency", members, forbid_unknown_fields=True, gc=False, rename=wires
    )


def _or_null(kind: Any) -> Any:
    """Let a member of a latency be null, or missing, which is another thing: a key that comes twice is found by it."""
    return kind | msgspec.UnsetType if kind is msgspec.Raw else kind | None | msgspec.UnsetType


def latency_wires(latency: Field, fields: tuple[Field, ...]) -> list[str]:
    """Name the members that a latency may have as an object, in the order of its struct."""
    return [LATENCY_MEMBER, *latency_members(latency, fields)]


class Decoders(NamedTuple):
    """What reads a conversation as declared, and one that was made to fit. Each raises one of NOT_AS_DECLARED."""

    strict: Callable[[bytes], Any]
    fitted: Callable[[bytes], Any]


@cache
def decoders(contract: Contract) -> Decoders:
    """Derive the decoders of a contract's conversations."""
    return Decoders(_decoder(contract, fitted=False), _decoder(contract, fitted=True))


def _decoder(contract: Contract, *, fitted: bool) -> Callable[[bytes], Any]:
    turn: Any = strict_struct("StrictTurn", contract.turn, fitted=fitted)
    conversation = strict_struct(
        "StrictConversation",
        contract.conversation,
        fitted=fitted,
        metrics=dict[str, str | Annotated[list[str], msgspec.Meta(min_length=1)]],
        turns=list[turn],
    )
    return msgspec.json.Decoder(conversation).decode
