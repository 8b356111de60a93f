"""The declared fields as one record after the other is read by them: prepared once, for each of its members."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind, latency_members, own_fields

_FITS_AS_IT_IS = {Kind.TEXT: str, Kind.BOOLEAN: bool}
"""The Python type of those kinds of which every value fits."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A field as it is read: the type of which every value fits, and what it may have as members of an object."""

    field: Field
    fitting: type | None
    members: Mapping[str, "Declared"]


@cache
def members_of(contract: Contract) -> tuple[Mapping[str, Declared], Mapping[str, Declared]]:
    """Give the members of a conversation and those of a turn, as a contract declares them."""
    return by_wire(contract.conversation), by_wire(contract.turn)


def by_wire(fields: tuple[Field, ...]) -> dict[str, Declared]:
    """Give the members of a record as they are declared, by their name in the API."""
    return {
        str(one.wire): _declared(one, _members(one, latency_members(one, fields)))
        for one in own_fields(fields)
    }


def _members(latency: Field, fields: Mapping[str, Field]) -> dict[str, Declared]:
    if latency.kind is not Kind.LATENCY:
        return {}
    named = {LATENCY_MEMBER: latency, **fields}
    return {name: _declared(replace(one, wire=name), {}) for name, one in named.items()}


def _declared(one: Field, members: Mapping[str, Declared]) -> Declared:
    return Declared(one, _FITS_AS_IT_IS.get(one.kind), members)
