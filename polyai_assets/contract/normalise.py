"""What becomes of a record that does not read exactly as declared.

Nothing is thrown away: a value of another type is converted where that loses nothing and is otherwise kept
in `extra`; an unknown field is kept in `extra`; text that is not valid Unicode is repaired. A record that has
no usable id, start or shape cannot be a row and is refused with its reasons.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.turn import TURN
from polyai_assets.contract.violation import Quarantined, Violation, shorten

CONTAINERS = ("metrics", "turns")
NO_VALUE = object()


class Unusable(Exception):
    """The record cannot be a row; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A record made to fit: JSON that reads exactly as declared, and what had to be done to it.

    Null text is left null, so that the guarantee against it finds it; text that is missing is filled with "".
    """

    payload: str
    violations: list[Violation]


class _Repeated(dict[str, Any]):
    """An object in which a key came more than once; `pairs` has all of them, in order."""

    pairs: list[tuple[str, Any]]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) == len(pairs):
        return dict(pairs)
    repeated = _Repeated(pairs)
    repeated.pairs = pairs
    return repeated


def normalise(payload: bytes) -> Normalised | Quarantined:
    """Make a record fit the declared fields, or say why it cannot."""
    reader = _Reader()
    try:
        return reader.read(payload)
    except Unusable as reason:
        return Quarantined(reader.conversation_id, [str(reason)], payload)
    except RecursionError:
        return Quarantined(reader.conversation_id, ["nested too deep to be read"], payload)


def _finite(number: str) -> float | str:
    """Read a number; one that no double can hold stays text."""
    value = float(number)
    return value if math.isfinite(value) else number


class _Reader:
    """Reads one record and notes what was wrong with it."""

    def __init__(self) -> None:
        self.conversation_id = ""
        self.violations: list[Violation] = []

    def note(self, turn_index: int | None, field: str, rule: str, value: object) -> None:
        self.violations.append(
            Violation(self.conversation_id, turn_index, field, rule, _clean_text(shorten(value)))
        )

    def read(self, payload: bytes) -> Normalised:
        record = self._parse(payload)
        self._identify(record)
        if isinstance(record, _Repeated):
            self._note_repeated(None, "", record)
        fitted, extra = self._fit(None, CONVERSATION, record, ignore=CONTAINERS)
        fitted["extra"] = extra
        fitted["metrics"] = self._metrics(record.get("metrics"))
        fitted["turns"] = self._turns(record.get("turns"))
        text = json.dumps(fitted, ensure_ascii=False)
        clean = _clean_text(text)
        if clean != text:
            self.note(None, "", "text is valid Unicode", "a lone surrogate, replaced by U+FFFD")
        return Normalised(clean, self.violations)

    def _parse(self, payload: bytes) -> dict[str, Any]:
        try:
            text = payload.decode("utf-8")
        except UnicodeDecodeError as error:
            text = payload.decode("utf-8", errors="replace")
            self.note(None, "", "text is valid UTF-8", f"{error.reason} at byte {error.start}")
        try:
            record = json.loads(text, object_pairs_hook=_object, parse_float=_finite, parse_constant=str)
        except ValueError as error:
            raise Unusable(f"not valid JSON: {error}") from error
        if not isinstance(record, dict):
            raise Unusable(f"not an object but {_type_name(record)}")
        return record

    def _identify(self, record: dict[str, Any]) -> None:
        identity = record.get("id", NO_VALUE)
        if identity is NO_VALUE:
            raise Unusable("id is missing")
        if not isinstance(identity, str):
            raise Unusable(f"id is not text but {_type_name(identity)}: {shorten(identity)}")
        if not identity:
            raise Unusable("id is empty")
        self.conversation_id = _clean_text(identity)
        started_at = record.get("started_at")
        if not isinstance(started_at, str):
            raise Unusable(f"started_at is not text but {_type_name(started_at)}")
        try:
            datetime.fromisoformat(started_at)
        except ValueError as error:
            raise Unusable(f"started_at is not a time: {shorten(started_at)!r}") from error

    def _fit(
        self,
        turn_index: int | None,
        fields: tuple[Field, ...],
        record: dict[str, Any],
        ignore: tuple[str, ...] = (),
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split a record into declared fields of the declared types, and the rest."""
        declared = {one.wire: one for one in fields if one.wire is not None}
        extra = {key: value for key, value in record.items() if key not in declared and key not in ignore}
        fitted: dict[str, Any] = {}
        for wire, one in declared.items():
            value = record.get(wire, NO_VALUE)
            if value is NO_VALUE:
                if one.required:
                    self.note(turn_index, wire, "required field is present", "missing")
                if one.kind.is_text:
                    fitted[wire] = ""
                continue
            converted = _convert(one.kind, value)
            if converted is NO_VALUE:
                extra[wire] = value
            elif converted is not None:
                fitted[wire] = converted
            if value is None and not one.kind.is_text:
                self.note(turn_index, wire, "value is not null", None)
            elif value is not None and (type(converted) is not type(value) or converted != value):
                self.note(turn_index, wire, f"value is {one.kind.value}", value)
        return fitted, extra

    def _metrics(self, metrics: Any) -> dict[str, list[str]]:
        if metrics is None:
            return {}
        if not isinstance(metrics, dict):
            self.note(None, "metrics", "value is object", metrics)
            return {"metrics": [_text(metrics)]}
        pairs = metrics.pairs if isinstance(metrics, _Repeated) else list(metrics.items())
        if isinstance(metrics, _Repeated):
            self._note_repeated(None, "metrics.", metrics)
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            elements = value if isinstance(value, list) else [value]
            if any(not isinstance(element, str) for element in elements):
                self.note(None, f"metrics.{name}", "metric is text", value)
            values.setdefault(name, []).extend(_text(element) for element in elements)
        return values

    def _turns(self, turns: Any) -> list[dict[str, Any]]:
        if turns is None:
            return []
        if not isinstance(turns, list):
            raise Unusable(f"turns is not a list but {_type_name(turns)}")
        fitted_turns = []
        for index, turn in enumerate(turns):
            if not isinstance(turn, dict):
                raise Unusable(f"turn {index} is not an object but {_type_name(turn)}")
            if isinstance(turn, _Repeated):
                self._note_repeated(index, "", turn)
            fitted, extra = self._fit(index, TURN, turn)
            fitted_turns.append(fitted | {"extra": extra})
        return fitted_turns

    def _note_repeated(self, turn_index: int | None, prefix: str, record: _Repeated) -> None:
        seen: set[str] = set()
        for key, value in record.pairs:
            if key in seen:
                self.note(turn_index, prefix + key, "key comes once", value)
            seen.add(key)


def _convert(kind: Kind, value: Any) -> Any:
    """Convert a value to what the kind declares; None stays None, NO_VALUE says that it would lose something."""
    if value is None:
        return None
    return _CONVERTERS[kind](value)


def _to_integer(value: Any) -> Any:
    number = _to_number(value)
    if isinstance(number, float):
        number = int(number) if number.is_integer() else NO_VALUE
    return number if isinstance(number, int) and -(2**63) <= number < 2**63 else NO_VALUE


def _to_number(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return NO_VALUE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return NO_VALUE
    return value if math.isfinite(value) else NO_VALUE


def _to_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower(), NO_VALUE) if isinstance(value, str) else NO_VALUE


def _to_text_list(value: Any) -> Any:
    if not isinstance(value, list):
        return [_text(value)]
    return (
        value if all(isinstance(element, str) for element in value) else [_text(element) for element in value]
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.TIMESTAMP: _text,
    Kind.INTEGER: _to_integer,
    Kind.NUMBER: _to_number,
    Kind.LATENCY: lambda value: value if isinstance(value, dict) else _to_number(value),
    Kind.BOOLEAN: _to_boolean,
    Kind.TEXT_LIST: _to_text_list,
    Kind.OBJECT: lambda value: value if isinstance(value, dict) else NO_VALUE,
    Kind.OBJECT_LIST: lambda value: value if isinstance(value, list) else NO_VALUE,
}


def _type_name(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _clean_text(text: str) -> str:
    """Replace what cannot be stored as UTF-8 (lone surrogates) and join surrogates that form a pair."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors="replace")
