"""Rows of objects of the Agents API, and what is noted where one is not as declared.

Null is how this surface writes that nothing is set: it leaves its column empty, and is never drift.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.drift import DriftKind, clean_name, form_of
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.fitting import NO_VALUE, Declared, by_wire, fit_object, instead_of
from polyai_assets.contract.lenient import clean_text, to_json

Row = dict[str, Any]
"""The values of a row by column, without project and date. JSON is text."""

Noted = tuple[str, DriftKind, str]
"""Drift: the name of a field, or a path; what happened to it; the form of its value."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object as it is declared: its fields by their name in the API.

    `elsewhere` are the names of fields that are read by others, and `also_sent` of those that have no column and are
    known all the same.
    """

    declared: Mapping[str, Declared]
    elsewhere: frozenset[str]
    also_sent: frozenset[str]

    @property
    def names(self) -> Collection[str]:
        """The names in the API of the fields that have columns."""
        return self.declared.keys()


def shape_of(fields: Iterable[Field], also_sent: Iterable[str] = (), elsewhere: Iterable[str] = ()) -> Shape:
    """Give the shape of an object of declared fields."""
    return Shape(by_wire(tuple(fields)), frozenset(elsewhere), frozenset(also_sent))


@dataclass(slots=True)
class _DetailNotes:
    """Notes drift, by the names of fields."""

    also_sent: Collection[str]
    noted: list[Noted] = field(default_factory=list)

    def missing(self, declared: Field) -> Any:
        if declared.required:
            self.noted.append((str(declared.wire), DriftKind.MISSING, ""))
        return NO_VALUE

    def null(self, declared: Field) -> Any:
        return NO_VALUE

    def null_within(self, declared: Field, value: object) -> None:
        pass

    def other_type(self, declared: Field, value: object) -> None:
        form = instead_of(declared.kind, value)
        self.noted.append((str(declared.wire), DriftKind.TYPE_CHANGED, form))

    def time(self, declared: Field, text: str) -> Any:
        if text and read_moment(text) is None:
            self.other_type(declared, text)
            return NO_VALUE
        return text

    def unknown(self, name: str, value: object) -> bool:
        if value is not None and name not in self.also_sent:
            self.noted.append((name, DriftKind.ADDED, form_of(value)))
        return value is not None

    def repeated(self, name: str, values: list[Any]) -> None:
        form = f"{len(values)} of the name instead of one"
        self.noted.append((name, DriftKind.TYPE_CHANGED, form))

    def within(self, declared: Field) -> "_DetailNotes":
        return self


def fit(shape: Shape, sent: dict[str, Any]) -> tuple[Row, dict[str, Any], list[Noted]]:
    """Split an object into the values of its columns and the rest, and note its drift by the names of its fields."""
    notes = _DetailNotes(shape.also_sent)
    fitted, rest = fit_object(shape.declared, sent, notes, shape.elsewhere)
    row = {
        member.field.name: _kept(member.field.kind, fitted.get(wire))
        for wire, member in shape.declared.items()
    }
    return row, rest, notes.noted


def _kept(kind: Kind, value: Any) -> Any:
    """Give what a column keeps of a value that fits."""
    if value is None:
        return _empty(kind)
    match kind:
        case Kind.TEXT:
            return clean_text(value)
        case Kind.TIMESTAMP:
            return read_moment(value)
        case Kind.TEXT_LIST:
            return [clean_text(text) for text in value]
        case Kind.NUMBER:
            return float(value)
        case Kind.OBJECT | Kind.OBJECT_LIST:
            return to_json(value)
        case _:
            return value


def nothing(shape: Shape) -> Row:
    """Give the row of an object that is not there."""
    return {member.field.name: _empty(member.field.kind) for member in shape.declared.values()}


def by_path(prefix: str, noted: Iterable[Noted]) -> list[Noted]:
    """Name the drift of one object by the paths of its fields, each once: several names may be shown alike."""
    found = {(prefix + clean_name(name), kind): form for name, kind, form in noted}
    return [(path, kind, form) for (path, kind), form in found.items()]


def _empty(kind: Kind) -> Any:
    match kind:
        case Kind.TEXT:
            return ""
        case Kind.TEXT_LIST:
            return []
        case Kind.OBJECT_LIST:
            return "[]"
        case _:
            return None
