"""What becomes of a record that does not read exactly as declared.

Nothing is thrown away: a value of another type is converted where that loses nothing and is otherwise kept
in `extra`; an unknown field is kept in `extra`; text that is not valid Unicode is repaired. A record that has
no usable id, start or shape cannot be a row and is refused with its reasons.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.convert import NO_VALUE, convert, to_text
from polyai_assets.contract.drift import DriftKind, clean_name, form_of
from polyai_assets.contract.fields import WIRE_EXTRA, Field, Kind
from polyai_assets.contract.lenient import MOST_DIGITS, clean_text
from polyai_assets.contract.repeated import Repeated, read_object
from polyai_assets.contract.turn import TURN
from polyai_assets.contract.violation import (
    RULE_METRIC,
    RULE_NOT_NULL,
    RULE_PRESENT,
    Quarantined,
    Violation,
    rule_type,
    shorten,
)

WHOLE_RECORD = "(record)"
"""The field of a breach that concerns the record as such."""

CONTAINERS = ("metrics", "turns")


_FITS_AS_IT_IS = {Kind.TEXT: str, Kind.TIMESTAMP: str, Kind.BOOLEAN: bool}
"""The Python type of those kinds of which every value fits."""


def _by_wire(fields: tuple[Field, ...]) -> dict[str, tuple[Field, type | None]]:
    return {one.wire: (one, _FITS_AS_IT_IS.get(one.kind)) for one in fields if one.wire is not None}


_CONVERSATION, _TURN = _by_wire(CONVERSATION), _by_wire(TURN)


class Unusable(Exception):
    """The record cannot be a row; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """A record made to fit: JSON that reads exactly as declared, and what had to be done to it.

    `extra`, in the conversation and in each turn, has what does not fit. Null text is left out, so that the
    guarantee against it finds it; text that is missing is filled with "". `drift` has the path, the kind and the
    form of the value of each way in which the record differs from the declared shape.
    """

    payload: str
    violations: list[Violation]
    drift: list[tuple[str, DriftKind, str]]


def normalise(payload: bytes, *, null_is_empty: bool = False) -> Normalised | Quarantined:
    """Make a record fit the declared fields, or say why it cannot.

    With `null_is_empty`, null stands for an empty object, as it does in v1.
    """
    reader = _Reader(null_is_empty)
    try:
        return reader.read(payload)
    except Unusable as reason:
        return Quarantined(reader.conversation_id, [str(reason)], payload)
    except RecursionError:
        return Quarantined(reader.conversation_id, ["nested too deep to be read"], payload)


class _Reader:
    """Reads one record and notes what was wrong with it."""

    def __init__(self, null_is_empty: bool) -> None:
        self._null_is_empty = null_is_empty
        self.conversation_id = ""
        self.violations: list[Violation] = []
        self.drift: list[tuple[str, DriftKind, str]] = []
        self._of_payload: list[tuple[str, object]] = []  # breaches met before the id was known

    def note(self, turn_index: int | None, field: str, rule: str, value: object) -> None:
        self.violations.append(
            Violation(self.conversation_id, turn_index, clean_text(field), rule, clean_text(shorten(value)))
        )

    def note_drift(self, turn_index: int | None, path: str, kind: DriftKind, example: str) -> None:
        self.drift.append((path if turn_index is None else f"turns[].{path}", kind, example))

    def read(self, payload: bytes) -> Normalised:
        record = self._parse(payload)
        self._identify(record)
        for rule, value in self._of_payload:
            self.note(None, WHOLE_RECORD, rule, value)
        self._note_repeated(None, "", record)
        fitted, extra = self._fit(None, _CONVERSATION, record, ignore=CONTAINERS)
        fitted["metrics"] = self._metrics(record, extra)
        fitted["turns"] = self._turns(record)
        text = json.dumps(_with_extra(fitted, extra), ensure_ascii=False)
        clean = clean_text(text)
        if clean != text:
            self.note(None, WHOLE_RECORD, "text is valid Unicode", "a lone surrogate, replaced by U+FFFD")
        return Normalised(clean, self.violations, self.drift)

    def _parse(self, payload: bytes) -> dict[str, Any]:
        try:
            text = payload.decode("utf-8")
        except UnicodeDecodeError as error:
            text = payload.decode("utf-8", errors="replace")
            self._of_payload.append(("text is valid UTF-8", f"{error.reason} at byte {error.start}"))
        record = self._load(text)
        if not isinstance(record, dict):
            raise Unusable(f"not an object but {_type_name(record)}")
        return record

    def _load(self, text: str, *, strict: bool = True) -> Any:
        before = list(self._of_payload)
        try:
            return json.loads(
                text,
                strict=strict,
                object_pairs_hook=read_object,
                parse_int=self._integer,
                parse_float=self._float,
                parse_constant=self._no_number,
            )
        except json.JSONDecodeError as error:
            if strict and error.msg.startswith("Invalid control character"):
                self._of_payload = [*before, ("control characters are escaped", str(error))]
                return self._load(text, strict=False)
            raise Unusable(f"not valid JSON: {error}") from error

    def _integer(self, digits: str) -> int | str:
        return int(digits) if len(digits) <= MOST_DIGITS else self._no_number(digits)

    def _float(self, digits: str) -> float | str:
        value = float(digits)
        return value if math.isfinite(value) else self._no_number(digits)

    def _no_number(self, text: str) -> str:
        """Keep as text what no number can hold."""
        self._of_payload.append(("number is in range", text))
        return text

    def _identify(self, record: dict[str, Any]) -> None:
        identity = record.get("id", NO_VALUE)
        if identity is NO_VALUE:
            raise Unusable("id is missing")
        if not isinstance(identity, str):
            raise Unusable(f"id is not text but {_type_name(identity)}: {clean_text(shorten(identity))}")
        if not identity:
            raise Unusable("id is empty")
        self.conversation_id = clean_text(identity)
        started_at = record.get("started_at", NO_VALUE)
        if started_at is NO_VALUE:
            raise Unusable("started_at is missing")
        if not isinstance(started_at, str):
            raise Unusable(f"started_at is not text but {_type_name(started_at)}")
        if read_moment(started_at) is None:
            raise Unusable(f"started_at is not a time: {shorten(started_at)!r}")

    def _fit(
        self,
        turn_index: int | None,
        declared: dict[str, tuple[Field, type | None]],
        record: dict[str, Any],
        ignore: tuple[str, ...] = (),
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split a record into declared fields of the declared types, and the rest."""
        extra = {key: value for key, value in record.items() if key not in declared and key not in ignore}
        for key, value in extra.items():
            self.note_drift(turn_index, clean_name(key), DriftKind.ADDED, form_of(value))
        fitted: dict[str, Any] = {}
        for wire, (one, fitting) in declared.items():
            value = record.get(wire, NO_VALUE)
            if type(value) is fitting:
                fitted[wire] = value
                continue
            if value is NO_VALUE:
                if one.required:
                    self.note(turn_index, wire, RULE_PRESENT, "missing")
                    self.note_drift(turn_index, wire, DriftKind.MISSING, "")
                if one.kind.is_text:
                    fitted[wire] = ""
                continue
            if value is None and one.kind is Kind.OBJECT and self._null_is_empty:
                value = {}
            converted = convert(one.kind, value)
            if converted is NO_VALUE:
                extra[wire] = value
            elif converted is not None:
                fitted[wire] = converted
            if value is None and not one.kind.is_text:
                self.note(turn_index, wire, RULE_NOT_NULL, None)
            elif converted is not value:
                self.note(turn_index, wire, rule_type(one.kind), value)
                self._note_type(turn_index, wire, one.kind, value)
        return fitted, extra

    def _metrics(self, record: dict[str, Any], extra: dict[str, Any]) -> dict[str, list[str]]:
        metrics = record.get("metrics", NO_VALUE)
        if metrics is NO_VALUE:
            return {}
        if not isinstance(metrics, dict):
            if metrics is None:
                self.note(None, "metrics", RULE_NOT_NULL, None)
            else:
                self.note(None, "metrics", rule_type(Kind.OBJECT), metrics)
                self._note_type(None, "metrics", Kind.OBJECT, metrics)
                extra["metrics"] = metrics
            return {}
        self._note_repeated(None, "metrics.", metrics)
        values: dict[str, list[str]] = {}
        for name, value in metrics.items():
            elements = value if isinstance(value, list) else [value]
            if any(not isinstance(element, str) for element in elements):
                self.note(None, f"metrics.{name}", RULE_METRIC, value)
                self._note_type(None, f"metrics.{clean_name(name)}", Kind.TEXT, value)
            clean = clean_text(name)
            if clean != name:
                self.note(
                    None, f"metrics.{name}", "text is valid Unicode", "a lone surrogate, replaced by U+FFFD"
                )
            # Names may be the same once they are clean: then the metric has the values of both.
            values.setdefault(clean, []).extend(to_text(element) for element in elements)
        return values

    def _turns(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        turns = record.get("turns", NO_VALUE)
        if turns is NO_VALUE:
            return []
        if turns is None:
            self.note(None, "turns", RULE_NOT_NULL, None)
            return []
        if not isinstance(turns, list):
            raise Unusable(f"turns is not a list but {_type_name(turns)}")
        fitted_turns = []
        for index, turn in enumerate(turns):
            if not isinstance(turn, dict):
                raise Unusable(f"turn {index} is not an object but {_type_name(turn)}")
            self._note_repeated(index, "", turn)
            fitted_turns.append(_with_extra(*self._fit(index, _TURN, turn)))
        return fitted_turns

    def _note_type(self, turn_index: int | None, path: str, kind: Kind, value: object) -> None:
        form = f"{form_of(value)} instead of {kind.value}"
        self.note_drift(turn_index, path, DriftKind.TYPE_CHANGED, form)

    def _note_repeated(self, turn_index: int | None, prefix: str, record: dict[str, Any]) -> None:
        if isinstance(record, Repeated):
            for key, value in record.overridden():
                self.note(turn_index, prefix + key, "key comes once", value)


def _with_extra(fitted: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    return fitted | {WIRE_EXTRA: extra} if extra else fitted


def _type_name(value: Any) -> str:
    names = {dict: "an object", Repeated: "an object", list: "a list", str: "text", bool: "a boolean"}
    return "null" if value is None else names.get(type(value), "a number")
