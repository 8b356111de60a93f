"""Making a record fit that does not read exactly as declared.

Nothing is thrown away: a value of another type is converted where that loses nothing and is otherwise kept
in `extra`; an unknown field is kept in `extra`; text that is not valid Unicode is repaired; a time that is not written
as most are is read, or kept in `extra`. A record that has no usable id, start or shape cannot be a row and is refused
with its reasons.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.conversation import ALSO_SENT_IN_TURNS
from polyai_assets.contract.convert import NO_VALUE, to_text
from polyai_assets.contract.drift import DriftKind, clean_name
from polyai_assets.contract.fields import WIRE_EXTRA, Kind
from polyai_assets.contract.fitting import Deviation, DeviationKind, Shape, fit_object, instead_of, shape_of
from polyai_assets.contract.guarantees import RULE_ISO, RULE_TEXT_NOT_NULL, V3, Guarantees
from polyai_assets.contract.lenient import (
    NESTED_TOO_DEEP,
    Unreadable,
    clean_text,
    read_noting,
    repeated_keys,
    type_name,
)
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

RULE_ONCE = "key comes once"
RULE_UNICODE = "text is valid Unicode"
_REPAIRED = "a lone surrogate, replaced by U+FFFD"


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
    """Make a record, as the API sent it, fit the declared fields, or say why it cannot. Never raises.

    What breaks a rule that the version does not know is no violation.
    """
    reader = _Reader(guarantees, *_shapes_of(contract))
    try:
        return reader.read(payload)
    except Unreadable as reason:
        return Quarantined(reader.conversation_id, [str(reason)], payload)
    except RecursionError:
        return Quarantined(reader.conversation_id, [NESTED_TOO_DEEP], payload)


@cache
def _shapes_of(contract: Contract) -> tuple[Shape, Shape]:
    """Give the shapes of a conversation and of a turn, as a contract declares them."""
    conversation = shape_of(contract.conversation, elsewhere=("metrics", "turns"))
    return conversation, shape_of(contract.turn, also_sent=ALSO_SENT_IN_TURNS)


class _Reader:
    """Reads one record and notes what was wrong with it."""

    def __init__(self, guarantees: Guarantees, conversation: Shape, turn: Shape) -> None:
        self._guarantees = guarantees
        self._conversation, self._turn = conversation, turn
        self.conversation_id = ""
        self._violations: list[Violation] = []
        self._drift: list[tuple[str, DriftKind, str]] = []

    def read(self, payload: bytes) -> Normalised:
        record, breaches = read_noting(payload)
        if not isinstance(record, dict):
            raise Unreadable(f"not an object but {type_name(record)}")
        self.conversation_id = _usable_id(record)
        _check_start(record)
        for rule, value in breaches:
            self._violate(WHOLE_RECORD, rule, value)
        fitted, extra = self._fit(self._conversation, record)
        fitted["metrics"] = self._metrics(record.get("metrics"), extra)
        fitted["turns"] = self._turns(record.get("turns"))
        text = json.dumps(_with_extra(fitted, extra), ensure_ascii=False)
        clean = clean_text(text)
        if clean != text:
            self._violate(WHOLE_RECORD, RULE_UNICODE, _REPAIRED)
        return Normalised(self.conversation_id, clean, self._violations, self._drift)

    def _fit(
        self, shape: Shape, sent: dict[str, Any], turn_index: int | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fit the conversation or a turn, judge what deviates, and give the values and the rest."""
        fitted = fit_object(shape, sent, null_is_empty=self._guarantees.text_may_be_null)
        for found in fitted.deviations:
            self._judge(found, turn_index)
        return fitted.values, fitted.rest

    def _judge(self, found: Deviation, turn_index: int | None) -> None:
        """Note which rule a deviation breaks, and whether it is drift."""
        name = found.within + found.name
        match found.kind:
            case DeviationKind.UNKNOWN:
                self._differ(found.within + clean_name(found.name), DriftKind.ADDED, found.form, turn_index)
            case DeviationKind.MISSING:
                self._violate(name, RULE_PRESENT, "missing", turn_index)
                self._differ(name, DriftKind.MISSING, self._guarantees.why_missing, turn_index)
            case DeviationKind.OTHER_TYPE if found.declared:
                self._violate(name, rule_type(found.declared.kind), found.value, turn_index)
                self._differ(name, DriftKind.TYPE_CHANGED, found.form, turn_index)
            case DeviationKind.NULL if found.declared and not found.declared.kind.is_text:
                self._violate(name, RULE_NOT_NULL, None, turn_index)  # null text: by the guarantee against it
            case DeviationKind.NULL_WITHIN:
                self._violate(name, RULE_TEXT_NOT_NULL, found.value, turn_index)
            case DeviationKind.ODD_TIME:
                self._violate(name, RULE_ISO, found.value, turn_index)
            case DeviationKind.UNREADABLE_TIME:
                self._violate(name, self._guarantees.time_rule, found.value, turn_index)
            case DeviationKind.REPEATED:
                for replaced in found.value[:-1]:
                    self._violate(name, RULE_ONCE, replaced, turn_index)

    def _violate(self, field: str, rule: str, value: object, turn_index: int | None = None) -> None:
        if rule not in self._guarantees.tolerated:
            name, shown = clean_text(field), clean_text(shorten(value))
            self._violations.append(Violation(self.conversation_id, turn_index, name, rule, shown))

    def _differ(self, path: str, kind: DriftKind, form: str, turn_index: int | None = None) -> None:
        self._drift.append((path if turn_index is None else f"turns[].{path}", kind, form))

    def _metrics(self, metrics: Any, extra: dict[str, Any]) -> dict[str, list[str]]:
        """Give the values of each metric: text, or a list of at least two (API reference, *List conversations*).

        A list without any is kept in `extra`, since it makes no row.
        """
        if metrics is None:
            return {}
        if not isinstance(metrics, dict):
            self._violate("metrics", rule_type(Kind.OBJECT), metrics)
            self._differ("metrics", DriftKind.TYPE_CHANGED, instead_of(Kind.OBJECT, metrics))
            extra.setdefault("metrics", metrics)
            return {}
        for name, sent in repeated_keys(metrics).items():
            for replaced in sent[:-1]:
                self._violate(f"metrics.{name}", RULE_ONCE, replaced)
        values: dict[str, list[str]] = {}
        for name, value in metrics.items():
            if value != []:
                # Names may be the same once they are clean: then the metric has the values of both.
                values.setdefault(clean_text(name), []).extend(self._values_of_metric(name, value))
        empty = {name: value for name, value in metrics.items() if value == []}
        if empty:
            extra.setdefault("metrics", empty)
        return values

    def _values_of_metric(self, name: str, value: Any) -> list[str]:
        field = f"metrics.{name}"
        elements = value if isinstance(value, list) else [value]
        if not all(element is None or isinstance(element, str) for element in elements):
            self._violate(field, RULE_METRIC, value)
            form = instead_of(Kind.TEXT, value)
            self._differ(f"metrics.{clean_name(name)}", DriftKind.TYPE_CHANGED, form)
        elif None in elements:
            self._violate(field, RULE_TEXT_NOT_NULL, value)
        if clean_text(name) != name:
            self._violate(field, RULE_UNICODE, _REPAIRED)
        return [to_text(element) for element in elements]

    def _turns(self, turns: Any) -> list[dict[str, Any]]:
        if turns is None:
            return []
        if not isinstance(turns, list):
            raise Unreadable(f"turns is not a list but {type_name(turns)}")
        fitted = []
        for index, turn in enumerate(turns):
            if not isinstance(turn, dict):
                raise Unreadable(f"turn {index} is not an object but {type_name(turn)}")
            fitted.append(_with_extra(*self._fit(self._turn, turn, index)))
        return fitted


def _usable_id(record: dict[str, Any]) -> str:
    identity = record.get("id", NO_VALUE)
    if identity is NO_VALUE:
        raise Unreadable("id is missing")
    if not isinstance(identity, str):
        raise Unreadable(f"id is not text but {type_name(identity)}: {clean_text(shorten(identity))}")
    if not identity:
        raise Unreadable("id is empty")
    return clean_text(identity)


def _check_start(record: dict[str, Any]) -> None:
    started_at = record.get("started_at", NO_VALUE)
    if started_at is NO_VALUE:
        raise Unreadable("started_at is missing")
    if not isinstance(started_at, str):
        raise Unreadable(f"started_at is not text but {type_name(started_at)}")
    if read_moment(started_at) is None:
        raise Unreadable(f"started_at is not a time: {shorten(started_at)!r}")


def _with_extra(fitted: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    return fitted | {WIRE_EXTRA: extra} if extra else fitted
