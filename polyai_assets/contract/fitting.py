"""Fitting an object that the API sent to its declared fields: one engine, for listed records and for details.

    declared    num_turns: integer, channel: text
    sent        {"num_turns": "2", "channel": 7, "mood": {}}
    fitted      {"num_turns": 2, "channel": "7"}
    the rest    {"mood": {}}
    noted       num_turns and channel are of another type, mood is unknown

A value of another type is converted where that loses nothing, and is otherwise left over, as an unknown field is. What
is worth a note differs: PolyAI promises more of the list than of the Agents API. `Deviations` decide that.
"""

import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from polyai_assets.contract.drift import form_of
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind, latency_members, own_fields
from polyai_assets.contract.lenient import Repeated

NO_VALUE = object()
"""Stands for a value that the declared type cannot hold."""


def convert(kind: Kind, value: Any) -> Any:
    """Convert a value to what the kind declares.

    None stays None; a value that already fits is returned itself; `NO_VALUE` says that the conversion would
    lose something. A time stays the text that it is, an object that holds a latency is none, and of a number nobody
    knows since when it counts, and what.
    """
    if value is None:
        return None
    return _CONVERTERS[kind](value)


def is_as_declared(kind: Kind, value: Any, converted: Any) -> bool:
    """Tell whether a value was of the kind that it was converted to; a whole number is one as 12.0 and 1e1, too."""
    return converted is value or (
        kind is Kind.INTEGER and isinstance(value, float) and converted is not NO_VALUE
    )


def differs_by_nulls(kind: Kind, value: Any) -> bool:
    """Tell whether a list is as declared but for its nulls, which become empty text."""
    return (
        kind is Kind.TEXT_LIST
        and isinstance(value, list)
        and all(element is None or isinstance(element, str) for element in value)
    )


def to_text(value: Any) -> str:
    """Give a value as text: text as it is, "" for null, anything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _to_integer(value: Any) -> Any:
    number = _to_number(value)
    if isinstance(number, float):
        # By its digits: a long one stands for several integers.
        number = int(Decimal(repr(number))) if number.is_integer() else NO_VALUE
    return number if isinstance(number, int) and -(2**63) <= number < 2**63 else NO_VALUE


def _to_number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return NO_VALUE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NO_VALUE
    try:
        return value if math.isfinite(value) else NO_VALUE
    except OverflowError:  # an integer beyond every double
        return NO_VALUE


def _to_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower(), NO_VALUE) if isinstance(value, str) else NO_VALUE


def _to_text_list(value: Any) -> Any:
    if not isinstance(value, list):
        return [to_text(value)]
    return value if _all_are(str, value) else [to_text(element) for element in value]


def _all_are(kind: type, elements: list[Any]) -> bool:
    return all(isinstance(element, kind) for element in elements)


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: to_text,
    Kind.TIMESTAMP: lambda value: value if isinstance(value, str) else NO_VALUE,
    Kind.INTEGER: _to_integer,
    Kind.NUMBER: _to_number,
    Kind.LATENCY: _to_number,
    Kind.BOOLEAN: _to_boolean,
    Kind.TEXT_LIST: _to_text_list,
    Kind.OBJECT: lambda value: value if isinstance(value, dict) else NO_VALUE,
    Kind.OBJECT_LIST: lambda value: value if isinstance(value, list) and _all_are(dict, value) else NO_VALUE,
}


_FITS_AS_IT_IS = {Kind.TEXT: str, Kind.BOOLEAN: bool}
"""The Python type of those kinds of which every value fits."""


class Deviations(Protocol):
    """What is noted of an object that is not as declared, and what stands for what it lacks."""

    def missing(self, declared: Field) -> Any:
        """Note a field that did not come; gives its value, or NO_VALUE."""

    def null(self, declared: Field) -> Any:
        """Note a field that came as null; gives its value, or NO_VALUE."""

    def null_within(self, declared: Field, value: object) -> None:
        """Note a list with nulls, which become empty text."""

    def other_type(self, declared: Field, value: object) -> None:
        """Note a value of another type, converted or not."""

    def time(self, declared: Field, text: str) -> Any:
        """Read a time, and note an odd one; gives NO_VALUE where nobody can read it."""

    def unknown(self, name: str, value: object) -> bool:
        """Note a field that nobody declared; says whether it is kept."""

    def repeated(self, name: str, values: list[Any]) -> None:
        """Note a key that came several times, with all its values in their order."""

    def within(self, declared: Field) -> "Deviations":
        """Give the notes of the members of a field that is an object."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A field as it is read: the type of which every value fits, and what it may have as members of an object."""

    field: Field
    fitting: type | None
    members: Mapping[str, "Declared"]


def by_wire(fields: tuple[Field, ...]) -> dict[str, Declared]:
    """Give the members of a record as they are declared, by their name in the API."""
    return {
        str(own.wire): _declared(own, _members(own, latency_members(own, fields)))
        for own in own_fields(fields)
    }


def _members(latency: Field, fields: Mapping[str, Field]) -> dict[str, Declared]:
    if latency.kind is not Kind.LATENCY:
        return {}
    named = {LATENCY_MEMBER: latency, **fields}
    return {name: _declared(replace(inner, wire=name), {}) for name, inner in named.items()}


def _declared(declared: Field, members: Mapping[str, Declared]) -> Declared:
    return Declared(declared, _FITS_AS_IT_IS.get(declared.kind), members)


def fit_object(
    declared: Mapping[str, Declared],
    sent: dict[str, Any],
    notes: Deviations,
    elsewhere: Collection[str] = (),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split an object into the values of its declared fields, by their names in the API, and the rest.

    Members `elsewhere` are left to others. A time is what the notes make of it.
    """
    unknown = {name: value for name, value in sent.items() if name not in declared and name not in elsewhere}
    rest = {name: value for name, value in unknown.items() if notes.unknown(name, value)}
    fitted: dict[str, Any] = {}
    for wire, member in declared.items():
        value = sent.get(wire, NO_VALUE)
        if type(value) is not member.fitting:
            value = _fitted(member, value, notes, rest)
        if value is not NO_VALUE:
            fitted[wire] = value
    return fitted, rest | all_of_repeated(sent, notes)


def _fitted(member: Declared, value: Any, notes: Deviations, rest: dict[str, Any]) -> Any:
    """Give the value of a field, or NO_VALUE, and leave over what does not fit."""
    declared = member.field
    if value is NO_VALUE:
        return notes.missing(declared)
    if value is None:
        return notes.null(declared)
    if isinstance(value, dict) and member.members:
        fitted, left = fit_object(member.members, value, notes.within(declared))
        if left:
            rest[str(declared.wire)] = left
        return fitted
    converted = convert(declared.kind, value)
    if differs_by_nulls(declared.kind, value) and converted is not value:
        notes.null_within(declared, value)
    elif not is_as_declared(declared.kind, value, converted):
        notes.other_type(declared, value)
    elif declared.kind is Kind.TIMESTAMP:
        converted = notes.time(declared, value)
    if converted is NO_VALUE:
        rest[str(declared.wire)] = value
        return "" if declared.kind.is_text else NO_VALUE
    return converted


def all_of_repeated(sent: dict[str, Any], notes: Deviations) -> dict[str, list[Any]]:
    """Note the keys that came more than once, and give all the values of each."""
    if not isinstance(sent, Repeated):
        return {}
    found = {name: sent.all_of(name) for name, _ in sent.overridden()}
    for name, values in found.items():
        notes.repeated(name, values)
    return found


def instead_of(kind: Kind, value: object) -> str:
    """Show the form of a value that is not of the declared kind."""
    return f"{form_of(value)} instead of {kind.value}"
