"""What becomes of a record that does not read exactly as declared.

Nothing is thrown away: a value of another type is converted where that loses nothing and is otherwise kept
in `extra`; an unknown field is kept in `extra`; text that is not valid Unicode is repaired; a time that is not written
as most are is read, or kept in `extra`. A record that has no usable id, start or shape cannot be a row and is refused
with its reasons.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.conversation import ALSO_SENT_IN_TURNS
from polyai_assets.contract.drift import DriftKind, clean_name, form_of
from polyai_assets.contract.fields import WIRE_EXTRA, Field, Kind
from polyai_assets.contract.fitting import (
    NO_VALUE,
    Declared,
    all_of_repeated,
    by_wire,
    fit_object,
    instead_of,
    to_text,
)
from polyai_assets.contract.guarantees import RULE_ISO, RULE_TEXT_NOT_NULL, V3, Guarantees, is_ordinary
from polyai_assets.contract.lenient import Unusable, clean_text, parse, type_name
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
    reader = _Reader(guarantees, *_members_of(contract))
    try:
        return reader.read(payload)
    except Unusable as reason:
        return Quarantined(reader.conversation_id, [str(reason)], payload)
    except RecursionError:
        return Quarantined(reader.conversation_id, [NESTED_TOO_DEEP], payload)


@cache
def _members_of(contract: Contract) -> tuple[Mapping[str, Declared], Mapping[str, Declared]]:
    """Give the members of a conversation and those of a turn, as a contract declares them."""
    return by_wire(contract.conversation), by_wire(contract.turn)


class _RecordNotes:
    """Notes what is wrong with a listed record, and with its parts."""

    def __init__(
        self,
        guarantees: Guarantees,
        turn_index: int | None = None,
        prefix: str = "",
        also_sent: Collection[str] = (),
        whole: "_RecordNotes | None" = None,
    ) -> None:
        self._guarantees = guarantees
        self._turn_index, self._prefix, self._also_sent = turn_index, prefix, also_sent
        self._whole = whole or self
        if whole is None:
            self.conversation_id = ""
            self.violations: list[Violation] = []
            self.drift: list[tuple[str, DriftKind, str]] = []

    def part(
        self, prefix: str = "", turn_index: int | None = None, also_sent: Collection[str] = ()
    ) -> "_RecordNotes":
        """Give the notes of a turn, or of the members of an object, whose names begin with a prefix."""
        return _RecordNotes(self._guarantees, turn_index, prefix, also_sent, self._whole)

    def note(self, field: str, rule: str, value: object) -> None:
        if rule not in self._guarantees.tolerated:
            name, shown = clean_text(self._prefix + field), clean_text(shorten(value))
            found = Violation(self._whole.conversation_id, self._turn_index, name, rule, shown)
            self._whole.violations.append(found)

    def note_drift(self, name: str, kind: DriftKind, example: str) -> None:
        path = self._prefix + name
        self._whole.drift.append((path if self._turn_index is None else f"turns[].{path}", kind, example))

    def note_type(self, name: str, kind: Kind, value: object) -> None:
        self.note_drift(name, DriftKind.TYPE_CHANGED, instead_of(kind, value))

    def missing(self, declared: Field) -> Any:
        wire = str(declared.wire)
        if declared.required:
            self.note(wire, RULE_PRESENT, "missing")
            self.note_drift(wire, DriftKind.MISSING, self._guarantees.why_missing)
        return "" if declared.kind.is_text else NO_VALUE

    def null(self, declared: Field) -> Any:
        """Leave a null out: null text is found by the guarantee against it, and an optional field may be null."""
        if declared.kind is Kind.OBJECT and self._guarantees.text_may_be_null:
            return {}  # in v1 null stands for an empty object
        if declared.required and not declared.kind.is_text:
            self.note(str(declared.wire), RULE_NOT_NULL, None)
        return NO_VALUE

    def null_within(self, declared: Field, value: object) -> None:
        self.note(str(declared.wire), RULE_TEXT_NOT_NULL, value)

    def other_type(self, declared: Field, value: object) -> None:
        self.note(str(declared.wire), rule_type(declared.kind), value)
        self.note_type(str(declared.wire), declared.kind, value)

    def time(self, declared: Field, text: str) -> Any:
        """Give a time in the form that every database reads, NO_VALUE where nobody can read it."""
        if not text or is_ordinary(text):
            return text
        moment = read_moment(text)
        self.note(str(declared.wire), RULE_ISO if moment else self._guarantees.time_rule, text)
        return moment.isoformat() if moment else NO_VALUE

    def unknown(self, name: str, value: object) -> bool:
        if name not in self._also_sent:
            self.note_drift(clean_name(name), DriftKind.ADDED, form_of(value))
        return True

    def repeated(self, name: str, values: list[Any]) -> None:
        for replaced in values[:-1]:
            self.note(name, "key comes once", replaced)

    def within(self, declared: Field) -> "_RecordNotes":
        return self.part(f"{self._prefix}{declared.wire}.", self._turn_index)


class _Reader:
    """Reads one record and notes what was wrong with it."""

    def __init__(
        self,
        guarantees: Guarantees,
        of_conversation: Mapping[str, Declared],
        of_turn: Mapping[str, Declared],
    ) -> None:
        self._notes = _RecordNotes(guarantees)
        self._of_conversation, self._of_turn = of_conversation, of_turn

    @property
    def conversation_id(self) -> str:
        """The id of the record, as far as it was read."""
        return self._notes.conversation_id

    def read(self, payload: bytes) -> Normalised:
        record, breaches = parse(payload)
        self._identify(record)
        notes = self._notes
        for rule, value in breaches:
            notes.note(WHOLE_RECORD, rule, value)
        fitted, extra = fit_object(self._of_conversation, record, notes, CONTAINERS)
        fitted["metrics"] = self._metrics(record, extra)
        fitted["turns"] = self._turns(record)
        text = json.dumps(_with_extra(fitted, extra), ensure_ascii=False)
        clean = clean_text(text)
        if clean != text:
            notes.note(WHOLE_RECORD, "text is valid Unicode", "a lone surrogate, replaced by U+FFFD")
        return Normalised(notes.conversation_id, clean, notes.violations, notes.drift)

    def _identify(self, record: dict[str, Any]) -> None:
        identity = record.get("id", NO_VALUE)
        if identity is NO_VALUE:
            raise Unusable("id is missing")
        if not isinstance(identity, str):
            raise Unusable(f"id is not text but {type_name(identity)}: {clean_text(shorten(identity))}")
        if not identity:
            raise Unusable("id is empty")
        self._notes.conversation_id = clean_text(identity)
        started_at = record.get("started_at", NO_VALUE)
        if started_at is NO_VALUE:
            raise Unusable("started_at is missing")
        if not isinstance(started_at, str):
            raise Unusable(f"started_at is not text but {type_name(started_at)}")
        if read_moment(started_at) is None:
            raise Unusable(f"started_at is not a time: {shorten(started_at)!r}")

    def _metrics(self, record: dict[str, Any], extra: dict[str, Any]) -> dict[str, list[str]]:
        """Give the values of each metric; a list without any is kept in `extra`, since it makes no row."""
        notes, metrics = self._notes, record.get("metrics")
        if metrics is None:
            return {}
        if not isinstance(metrics, dict):
            notes.note("metrics", rule_type(Kind.OBJECT), metrics)
            notes.note_type("metrics", Kind.OBJECT, metrics)
            extra.setdefault("metrics", metrics)
            return {}
        notes = notes.part("metrics.")
        all_of_repeated(metrics, notes)
        values: dict[str, list[str]] = {}
        empty: dict[str, list[str]] = {}
        for name, value in metrics.items():
            if value == []:
                empty[name] = value
                continue
            elements = value if isinstance(value, list) else [value]
            if not all(element is None or isinstance(element, str) for element in elements):
                notes.note(name, RULE_METRIC, value)
                notes.note_type(clean_name(name), Kind.TEXT, value)
            elif None in elements:
                notes.note(name, RULE_TEXT_NOT_NULL, value)
            clean = clean_text(name)
            if clean != name:
                notes.note(name, "text is valid Unicode", "a lone surrogate, replaced by U+FFFD")
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
            notes = self._notes.part(turn_index=index, also_sent=ALSO_SENT_IN_TURNS)
            fitted_turns.append(_with_extra(*fit_object(self._of_turn, turn, notes)))
        return fitted_turns


def _with_extra(fitted: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    return fitted | {WIRE_EXTRA: extra} if extra else fitted
