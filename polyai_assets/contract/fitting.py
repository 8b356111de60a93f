"""Fitting an object that the API sent to its declared fields: one engine, for listed records and for details.

    declared    num_turns: integer, channel: text
    sent        {"num_turns": "2", "channel": 7, "mood": {}}
    fitted      {"num_turns": 2, "channel": "7"}
    the rest    {"mood": {}}
    deviations  num_turns and channel are of another type, mood is unknown

A value of another type is converted where that loses nothing, and is otherwise left over, as an unknown field is. What
a deviation means differs: PolyAI promises more of the list (`normalise`) than of the Agents API (`rows`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, NamedTuple

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.convert import NO_VALUE, convert
from polyai_assets.contract.drift import form_of
from polyai_assets.contract.fields import LATENCY_MEMBER, Field, Kind, latency_members, own_fields
from polyai_assets.contract.guarantees import is_ordinary
from polyai_assets.contract.lenient import repeated_keys


class DeviationKind(Enum):
    """In which way a member is not as declared."""

    MISSING = "a required field is missing"
    NULL = "a required field is null"
    NULL_WITHIN = "a list of text has nulls, which become empty text"
    OTHER_TYPE = "the value is of another type, converted or not"
    ODD_TIME = "the time is written as few are, and is written as most are"
    UNREADABLE_TIME = "the time cannot be read"
    UNKNOWN = "no such field is declared"
    REPEATED = "the key comes more than once"


class Deviation(NamedTuple):
    """A member of an object that is not as declared.

    `value` is what was sent, of a key that comes more than once the list of all its values. `declared` is None where
    the member is not declared. `within` is the path in the object of that which has the member, with a dot at its end.
    """

    kind: DeviationKind
    name: str
    value: Any
    declared: Field | None = None
    within: str = ""

    @property
    def form(self) -> str:
        """The form of the value and nothing of its content, beside the declared kind where there is one."""
        return form_of(self.value) if self.declared is None else instead_of(self.declared.kind, self.value)


@dataclass(frozen=True, slots=True)
class _Member:
    """A field as it is read: the type of which every value fits, and what it may have as members of an object."""

    field: Field
    fitting: type | None
    inner: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class Shape:
    """An object as it is declared: its members by their name in the API.

    `elsewhere` are the names of members that are read by others, and `also_sent` of those that have no column and are
    known all the same.
    """

    members: Mapping[str, _Member]
    elsewhere: frozenset[str] = frozenset()
    also_sent: frozenset[str] = frozenset()


def shape_of(fields: Iterable[Field], also_sent: Iterable[str] = (), elsewhere: Iterable[str] = ()) -> Shape:
    """Give the shape of an object of declared fields."""
    listed = tuple(fields)
    members = {
        str(own.wire): _member(own, _inner(own, latency_members(own, listed))) for own in own_fields(listed)
    }
    return Shape(members, frozenset(elsewhere), frozenset(also_sent))


def _inner(latency: Field, fields: Mapping[str, Field]) -> Shape | None:
    if latency.kind is not Kind.LATENCY:
        return None
    named = {LATENCY_MEMBER: latency, **fields}
    return Shape({name: _member(replace(inner, wire=name)) for name, inner in named.items()})


def _member(declared: Field, inner: Shape | None = None) -> _Member:
    return _Member(declared, _FITS_AS_IT_IS.get(declared.kind), inner)


_FITS_AS_IT_IS = {
    Kind.TEXT: str,
    Kind.BOOLEAN: bool,
    Kind.NUMBER: float,
    Kind.LATENCY: float,
    Kind.OBJECT: dict,
}
"""The Python type of which every value fits: a float that was read from JSON is finite."""


@dataclass(slots=True)
class FittedObject:
    """An object split into the values of its declared fields, by their names in the API, and the rest."""

    values: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)

    def deviate(self, kind: DeviationKind, declared: Field, value: Any) -> None:
        """Note a declared member that is not as declared."""
        self.deviations.append(Deviation(kind, str(declared.wire), value, declared))


def fit_object(shape: Shape, sent: dict[str, Any], *, null_is_empty: bool = False) -> FittedObject:
    """Fit an object to its declared fields.

    Text that is missing or does not fit is "", a null has no value. With `null_is_empty` a null instead of an object is
    an empty one. Whatever else has no value is not among the values.
    """
    fitted = FittedObject()
    for name, value in sent.items():
        if name not in shape.members and name not in shape.elsewhere:
            fitted.rest[name] = value
            if name not in shape.also_sent:
                fitted.deviations.append(Deviation(DeviationKind.UNKNOWN, name, value))
    for wire, member in shape.members.items():
        value = sent.get(wire, NO_VALUE)
        if type(value) is not member.fitting:
            value = _fitted(member, value, fitted, null_is_empty=null_is_empty)
        if value is not NO_VALUE:
            fitted.values[wire] = value
    for name, values in repeated_keys(sent).items():
        fitted.rest[name] = values
        fitted.deviations.append(Deviation(DeviationKind.REPEATED, name, values))
    return fitted


def _fitted(member: _Member, value: Any, fitted: FittedObject, *, null_is_empty: bool) -> Any:
    """Give the value of a field, or NO_VALUE, and leave over what does not fit."""
    declared = member.field
    if value is NO_VALUE:
        if declared.required:
            fitted.deviate(DeviationKind.MISSING, declared, value)
        return "" if declared.kind.is_text else NO_VALUE
    if value is None:
        if declared.kind is Kind.OBJECT and null_is_empty:
            return {}
        if declared.required:
            fitted.deviate(DeviationKind.NULL, declared, value)
        return NO_VALUE
    if member.inner and isinstance(value, dict):
        return _fitted_within(member.inner, str(declared.wire), value, fitted, null_is_empty=null_is_empty)
    converted = convert(declared.kind, value)
    if _differs_by_nulls(declared.kind, value) and converted is not value:
        fitted.deviate(DeviationKind.NULL_WITHIN, declared, value)
    elif not _is_as_declared(declared.kind, value, converted):
        fitted.deviate(DeviationKind.OTHER_TYPE, declared, value)
    elif declared.kind is Kind.TIMESTAMP and value and not is_ordinary(value):
        moment = read_moment(value)
        fitted.deviate(DeviationKind.ODD_TIME if moment else DeviationKind.UNREADABLE_TIME, declared, value)
        converted = moment.isoformat() if moment else NO_VALUE
    if converted is NO_VALUE:
        fitted.rest[str(declared.wire)] = value
        return "" if declared.kind.is_text else NO_VALUE
    return converted


def _is_as_declared(kind: Kind, value: Any, converted: Any) -> bool:
    """Tell whether a value was of the kind that it was converted to; a whole number is one as 12.0 and 1e1, too."""
    return converted is value or (
        kind is Kind.INTEGER and isinstance(value, float) and converted is not NO_VALUE
    )


def _differs_by_nulls(kind: Kind, value: Any) -> bool:
    """Tell whether a list is as declared but for its nulls, which become empty text."""
    return (
        kind is Kind.TEXT_LIST
        and isinstance(value, list)
        and all(element is None or isinstance(element, str) for element in value)
    )


def _fitted_within(shape: Shape, name: str, value: Any, fitted: FittedObject, *, null_is_empty: bool) -> Any:
    inner = fit_object(shape, value, null_is_empty=null_is_empty)
    fitted.deviations += [found._replace(within=f"{name}.") for found in inner.deviations]
    if inner.rest:
        fitted.rest[name] = inner.rest
    return inner.values


def instead_of(kind: Kind, value: object) -> str:
    """Show the form of a value that is not of the declared kind."""
    return f"{form_of(value)} instead of {kind.value}"
