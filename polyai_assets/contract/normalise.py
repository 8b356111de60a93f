"""What becomes of a record that does not read exactly as declared.

Nothing is thrown away: a value of another type is converted where that loses nothing and is otherwise kept
in `extra`; an unknown field is kept in `extra`; text that is not valid Unicode is repaired; a time that is not written
as most are is read, or kept in `extra`. A record that has no usable id, start or shape cannot be a row and is refused
with its reasons.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.convert import NO_VALUE, convert, differs_by_nulls, is_as_declared, to_text
from polyai_assets.contract.declared import Declared, members_of
from polyai_assets.contract.drift import DriftKind, clean_name, form_of
from polyai_assets.contract.fields import WIRE_EXTRA, Field, Kind
from polyai_assets.contract.guarantees import RULE_ISO, RULE_TEXT_NOT_NULL, V3, Guarantees, is_ordinary
from polyai_assets.contract.lenient import clean_text
from polyai_assets.contract.parse import Unusable, parse, type_name
from polyai_assets.contract.repeated import Repeated
from polyai_assets.contract.turn import ALSO_SENT
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

NESTED_TOO_DEEP = "nested too deep to be read"

CONTAINERS = ("metrics", "turns")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A record made to fit: JSON that reads exactly as declared, and what had to be done to it.

    `extra`, in the conversation and in each turn, has what does not fit. Null text is left out, so that the
    guarantee against it finds it; text that is missing is filled with "". `drift` has the path, the kind and the
    form of the value of each way in which the record differs from the declared shape.
    """

    conversation_id: str
    payload: str
    violations: list[Violation]
    drift: list[tuple[str, DriftKind, str]]


def normalise(
    payload: bytes, guarantees: Guarantees = V3, contract: Contract = PACKAGED
) -> Normalised | Quarantined:
    """Make a record fit the declared fields, or say why it cannot.

    What breaks a rule that the version does not know is no violation.
    """
    reader = _Reader(guarantees, *members_of(contract))
    try:
        return reader.read(payload)
    except Unusable as reason:
        return Quarantined(reader.conversation_id, [str(reason)], payload)
    except RecursionError:
        return Quarantined(reader.conversation_id, [NESTED_TOO_DEEP], payload)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of the record stands: in which turn, if in one, and what the names of its fields begin with."""

    turn_index: int | None = None
    prefix: str = ""


class _Reader:
    """Reads one record and notes what was wrong with it."""

    def __init__(
        self,
        guarantees: Guarantees,
        of_conversation: Mapping[str, Declared],
        of_turn: Mapping[str, Declared],
    ) -> None:
        self._guarantees = guarantees
        self._of_conversation, self._of_turn = of_conversation, of_turn
        self.conversation_id = ""
        self.violations: list[Violation] = []
        self.drift: list[tuple[str, DriftKind, str]] = []

    def note(self, place: _Place, field: str, rule: str, value: object) -> None:
        if rule not in self._guarantees.tolerated:
            name, shown = clean_text(place.prefix + field), clean_text(shorten(value))
            self.violations.append(Violation(self.conversation_id, place.turn_index, name, rule, shown))

    def note_drift(self, place: _Place, name: str, kind: DriftKind, example: str) -> None:
        path = place.prefix + name
        self.drift.append((path if place.turn_index is None else f"turns[].{path}", kind, example))

    def read(self, payload: bytes) -> Normalised:
        record, breaches = parse(payload)
        self._identify(record)
        whole = _Place()
        for rule, value in breaches:
            self.note(whole, WHOLE_RECORD, rule, value)
        fitted, extra = self._fit(whole, self._of_conversation, record, containers=CONTAINERS)
        fitted["metrics"] = self._metrics(record, extra)
        fitted["turns"] = self._turns(record)
        text = json.dumps(_with_extra(fitted, extra), ensure_ascii=False)
        clean = clean_text(text)
        if clean != text:
            self.note(whole, WHOLE_RECORD, "text is valid Unicode", "a lone surrogate, replaced by U+FFFD")
        return Normalised(self.conversation_id, clean, self.violations, self.drift)

    def _identify(self, record: dict[str, Any]) -> None:
        identity = record.get("id", NO_VALUE)
        if identity is NO_VALUE:
            raise Unusable("id is missing")
        if not isinstance(identity, str):
            raise Unusable(f"id is not text but {type_name(identity)}: {clean_text(shorten(identity))}")
        if not identity:
            raise Unusable("id is empty")
        self.conversation_id = clean_text(identity)
        started_at = record.get("started_at", NO_VALUE)
        if started_at is NO_VALUE:
            raise Unusable("started_at is missing")
        if not isinstance(started_at, str):
            raise Unusable(f"started_at is not text but {type_name(started_at)}")
        if read_moment(started_at) is None:
            raise Unusable(f"started_at is not a time: {shorten(started_at)!r}")

    def _fit(
        self,
        place: _Place,
        declared: Mapping[str, Declared],
        record: dict[str, Any],
        containers: Collection[str] = (),
        also_sent: Collection[str] = (),
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split a record into declared fields of the declared types, and the rest.

        `containers` are left to others; `also_sent` are known, and have no column.
        """
        extra = {key: value for key, value in record.items() if key not in declared and key not in containers}
        for key, value in extra.items():
            if key not in also_sent:
                self.note_drift(place, clean_name(key), DriftKind.ADDED, form_of(value))
        fitted: dict[str, Any] = {}
        for wire, one in declared.items():
            value = record.get(wire, NO_VALUE)
            if type(value) is one.fitting:
                fitted[wire] = value
            elif value is NO_VALUE:
                self._lacks(place, one.field, fitted)
            elif value is None:
                self._is_null(place, one.field, fitted)
            elif isinstance(value, dict) and one.members:
                within = replace(place, prefix=f"{place.prefix}{wire}.")
                fitted[wire], rest = self._fit(within, one.members, value)
                if rest:
                    extra[wire] = rest
            else:
                self._convert(place, one.field, value, fitted, extra)
        return fitted, extra | self._all_of_repeated(place, record)

    def _lacks(self, place: _Place, one: Field, fitted: dict[str, Any]) -> None:
        wire = str(one.wire)
        if one.required:
            self.note(place, wire, RULE_PRESENT, "missing")
            self.note_drift(place, wire, DriftKind.MISSING, self._guarantees.why_missing)
        if one.kind.is_text:
            fitted[wire] = ""

    def _is_null(self, place: _Place, one: Field, fitted: dict[str, Any]) -> None:
        """Leave a null out: null text is found by the guarantee against it, and an optional field may be null."""
        if one.kind is Kind.OBJECT and self._guarantees.text_may_be_null:
            fitted[str(one.wire)] = {}  # in v1 null stands for an empty object
        elif one.required and not one.kind.is_text:
            self.note(place, str(one.wire), RULE_NOT_NULL, None)

    def _convert(
        self, place: _Place, one: Field, value: Any, fitted: dict[str, Any], extra: dict[str, Any]
    ) -> None:
        wire, kind = str(one.wire), one.kind
        converted = convert(kind, value)
        if differs_by_nulls(kind, value) and converted is not value:
            self.note(place, wire, RULE_TEXT_NOT_NULL, value)
        elif not is_as_declared(kind, value, converted):
            self.note(place, wire, rule_type(kind), value)
            self._note_type(place, wire, kind, value)
        elif kind is Kind.TIMESTAMP:
            converted = self._time(place, wire, value)
        if converted is NO_VALUE:
            extra[wire] = value
            converted = "" if kind.is_text else NO_VALUE
        if converted is not NO_VALUE:
            fitted[wire] = converted

    def _time(self, place: _Place, wire: str, value: str) -> Any:
        """Give a time in the form that every database reads, NO_VALUE where nobody can read it."""
        if not value or is_ordinary(value):
            return value
        moment = read_moment(value)
        self.note(place, wire, RULE_ISO if moment else self._guarantees.time_rule, value)
        return moment.isoformat() if moment else NO_VALUE

    def _metrics(self, record: dict[str, Any], extra: dict[str, Any]) -> dict[str, list[str]]:
        """Give the values of each metric; a list without any is kept in `extra`, since it makes no row."""
        whole, metrics = _Place(), record.get("metrics")
        if metrics is None:
            return {}
        if not isinstance(metrics, dict):
            self.note(whole, "metrics", rule_type(Kind.OBJECT), metrics)
            self._note_type(whole, "metrics", Kind.OBJECT, metrics)
            extra.setdefault("metrics", metrics)
            return {}
        place = _Place(prefix="metrics.")
        self._all_of_repeated(place, metrics)
        values: dict[str, list[str]] = {}
        empty: dict[str, list[str]] = {}
        for name, value in metrics.items():
            if value == []:
                empty[name] = value
                continue
            elements = value if isinstance(value, list) else [value]
            if not all(element is None or isinstance(element, str) for element in elements):
                self.note(place, name, RULE_METRIC, value)
                self._note_type(place, clean_name(name), Kind.TEXT, value)
            elif None in elements:
                self.note(place, name, RULE_TEXT_NOT_NULL, value)
            clean = clean_text(name)
            if clean != name:
                self.note(place, name, "text is valid Unicode", "a lone surrogate, replaced by U+FFFD")
            # Names may be the same once they are clean: then the metric has the values of both.
            values.setdefault(clean, []).extend(to_text(element) for element in elements)
        if empty:
            extra.setdefault("metrics", empty)
        return values

    def _turns(self, record: dict[str, Any]) -> list[dict[str, Any]]:
        turns = record.get("turns")
        if turns is None:
            return []
        if not isinstance(turns, list):
            raise Unusable(f"turns is not a list but {type_name(turns)}")
        fitted_turns = []
        for index, turn in enumerate(turns):
            if not isinstance(turn, dict):
                raise Unusable(f"turn {index} is not an object but {type_name(turn)}")
            fitted_turns.append(
                _with_extra(*self._fit(_Place(index), self._of_turn, turn, also_sent=ALSO_SENT))
            )
        return fitted_turns

    def _note_type(self, place: _Place, name: str, kind: Kind, value: object) -> None:
        form = f"{form_of(value)} instead of {kind.value}"
        self.note_drift(place, name, DriftKind.TYPE_CHANGED, form)

    def _all_of_repeated(self, place: _Place, record: dict[str, Any]) -> dict[str, list[Any]]:
        """Note the values that a later one under the same key replaced, and give all the values of each such key."""
        if not isinstance(record, Repeated):
            return {}
        replaced = list(record.overridden())
        for key, value in replaced:
            self.note(place, key, "key comes once", value)
        return {key: record.all_of(key) for key, _ in replaced}


def _with_extra(fitted: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    return fitted | {WIRE_EXTRA: extra} if extra else fitted
