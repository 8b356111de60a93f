"""Fitting an object of the Agents API to its declared columns, and noting where it is not as declared.

A value of another type is converted where that loses nothing, and is otherwise left over, as an unknown field is.
Null is how this surface writes that nothing is set: it leaves its column empty, and is never drift.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.convert import NO_VALUE, convert, differs_by_nulls, is_as_declared
from polyai_assets.contract.drift import DriftKind, clean_name, form_of
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.lenient import clean_text, to_json
from polyai_assets.contract.repeated import Repeated

Row = dict[str, Any]
"""The values of a row by column, without project and date. JSON is text."""

Noted = tuple[str, DriftKind, str]
"""Drift: the name of a field, or a path; what happened to it; the form of its value."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object as it is declared.

    `columns` are name, name in the API, kind, and what makes of a value of that kind what the column keeps. `names` are
    those of the fields that have columns, here or in another table. `required` are the names in the API of fields that
    are always sent, `no_news` those of fields that have no column and are known all the same.
    """

    columns: tuple[tuple[str, str, Kind, Callable[[Any], Any]], ...]
    names: frozenset[str]
    required: tuple[str, ...]
    no_news: frozenset[str]


def shape_of(fields: Iterable[Field], also_sent: Iterable[str] = (), elsewhere: Iterable[str] = ()) -> Shape:
    """Give the shape of an object of declared fields.

    It may have others that are known and have no column (`also_sent`), or that are read by others (`elsewhere`).
    """
    declared = [(one, one.wire) for one in fields if one.wire is not None]
    return Shape(
        columns=tuple((one.name, wire, one.kind, _KEEPING.get(one.kind, _itself)) for one, wire in declared),
        names=frozenset([*(wire for _, wire in declared), *elsewhere]),
        required=tuple(wire for one, wire in declared if one.required),
        no_news=frozenset(also_sent),
    )


def fit(shape: Shape, sent: dict[str, Any]) -> tuple[Row, dict[str, Any], list[Noted]]:
    """Split an object into the values of its columns and the rest, and note its drift by the names of its fields."""
    row: Row = {}
    rest: dict[str, Any] = {}
    noted: list[Noted] = []
    for name, wire, kind, kept_of in shape.columns:
        value = sent.get(wire)
        if value is None:
            row[name] = _empty(kind)
            continue
        converted = convert(kind, value)
        if not (is_as_declared(kind, value, converted) or differs_by_nulls(kind, value)):
            noted.append((wire, DriftKind.TYPE_CHANGED, instead_of(kind, value)))
        kept = converted if converted is NO_VALUE else kept_of(converted)
        if kept is NO_VALUE:
            rest[wire] = value
            kept = _empty(kind)
            if converted is value:  # a text that is no time
                noted.append((wire, DriftKind.TYPE_CHANGED, instead_of(kind, value)))
        row[name] = kept
    noted += [(wire, DriftKind.MISSING, "") for wire in shape.required if wire not in sent]
    _keep_the_rest(shape, sent, rest, noted)
    return row, rest, noted


def _keep_the_rest(shape: Shape, sent: dict[str, Any], rest: dict[str, Any], noted: list[Noted]) -> None:
    """Keep what has no column: unknown fields, and all the values of a field that came more than once."""
    for name, value in sent.items():
        if name not in shape.names and value is not None:
            rest[name] = value
            if name not in shape.no_news:
                noted.append((name, DriftKind.ADDED, form_of(value)))
    if isinstance(sent, Repeated):
        for name in dict.fromkeys(name for name, _ in sent.overridden()):
            rest[name] = sent.all_of(name)
            noted.append((name, DriftKind.TYPE_CHANGED, f"{len(rest[name])} of the name instead of one"))


def nothing(shape: Shape) -> Row:
    """Give the row of an object that is not there."""
    return {name: _empty(kind) for name, _, kind, _ in shape.columns}


def by_path(prefix: str, noted: Iterable[Noted]) -> list[Noted]:
    """Name the drift of one object by the paths of its fields, each once: several names may be shown alike."""
    found = {(prefix + clean_name(name), kind): form for name, kind, form in noted}
    return [(path, kind, form) for (path, kind), form in found.items()]


def instead_of(kind: Kind, value: object) -> str:
    """Show the form of a value that is not of the declared kind."""
    return f"{form_of(value)} instead of {kind.value}"


def _time(text: str) -> Any:
    """Read a time; None for "", NO_VALUE for another text that is none."""
    return (read_moment(text) or NO_VALUE) if text else None


def _texts(values: list[str]) -> list[str]:
    return [clean_text(one) for one in values]


def _itself(value: Any) -> Any:
    return value


_KEEPING: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: clean_text,
    Kind.TIMESTAMP: _time,
    Kind.TEXT_LIST: _texts,
    Kind.NUMBER: float,
    Kind.OBJECT: to_json,
    Kind.OBJECT_LIST: to_json,
}


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
