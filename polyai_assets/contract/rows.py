"""Rows of objects of the Agents API, and what is noted where one is not as declared.

Null is how this surface writes that nothing is set: it leaves its column empty, and is never drift.
"""

from collections.abc import Callable, Iterable
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.drift import DriftKind, clean_name
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.fitting import Deviation, DeviationKind, Shape, fit_object
from polyai_assets.contract.lenient import clean_text, to_json

Row = dict[str, Any]
"""The values of a row by column, without project and date. JSON is text."""

Noted = tuple[str, DriftKind, str]
"""Drift: the name of a field, or a path; what happened to it; the form of its value."""


_KEPT: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: clean_text,
    Kind.TIMESTAMP: read_moment,
    Kind.TEXT_LIST: lambda texts: [clean_text(text) for text in texts],
    Kind.NUMBER: float,
    Kind.OBJECT: to_json,
    Kind.OBJECT_LIST: to_json,
}
"""What a column keeps of a value that fits, where that is not the value itself."""


def fit_row(shape: Shape, sent: dict[str, Any]) -> tuple[Row, dict[str, Any], list[Noted]]:
    """Split an object into the values of its columns and the rest, and note its drift by the names of its fields.

    A null in an unknown field is left out.
    """
    fitted = fit_object(shape, sent)
    row = {}
    for wire, member in shape.members.items():
        declared, value = member.field, fitted.values.get(wire)
        keep = _KEPT.get(declared.kind)
        row[declared.name] = declared.kind.empty if value is None else keep(value) if keep else value
    rest = {name: value for name, value in fitted.rest.items() if value is not None}
    return row, rest, [drift for found in fitted.deviations for drift in _drift_of(found)]


def _drift_of(found: Deviation) -> list[Noted]:
    """Give what a deviation is in an object of the Agents API, of which PolyAI promises no more than its fields."""
    name = found.within + found.name
    match found.kind:
        case DeviationKind.MISSING:
            return [(name, DriftKind.MISSING, "")]
        case DeviationKind.OTHER_TYPE | DeviationKind.UNREADABLE_TIME:
            return [(name, DriftKind.TYPE_CHANGED, found.form)]
        case DeviationKind.UNKNOWN if found.value is not None:
            return [(name, DriftKind.ADDED, found.form)]
        case DeviationKind.REPEATED:
            return [(name, DriftKind.TYPE_CHANGED, f"{len(found.value)} of the name instead of one")]
        case _:
            return []


def empty_row(shape: Shape) -> Row:
    """Give the row of an object that is not there."""
    return {member.field.name: member.field.kind.empty for member in shape.members.values()}


def write_extra(rest: dict[str, Any]) -> str | None:
    """Give what the column `extra` keeps of what does not fit. Raises Unreadable where it is nested too deep."""
    return to_json(rest) if rest else None


def by_path(prefix: str, noted: Iterable[Noted]) -> list[Noted]:
    """Name the drift of one object by the paths of its fields, each once: several names may be shown alike."""
    found = {(prefix + clean_name(name), kind): form for name, kind, form in noted}
    return [(path, kind, form) for (path, kind), form in found.items()]
