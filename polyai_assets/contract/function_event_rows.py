"""From the function events of a detail to rows of `function_events`."""

import re
from dataclasses import dataclass, field
from typing import Any

from polyai_assets.contract.detail_fit import Noted, Row, Shape, by_path, fit, nothing
from polyai_assets.contract.drift import DriftKind, form_of
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.fitting import instead_of
from polyai_assets.contract.function_event import FUNCTION_EVENTS_FIELD, IN_EVENTS
from polyai_assets.contract.lenient import to_json
from polyai_assets.contract.repeated import Repeated

_TURN_NUMBER = re.compile(r"[0-9]{1,18}")
_MILLISECONDS = 1000


@dataclass(slots=True)
class Events:
    """What a detail brings as function events.

    `rest` is what are none, None where there is nothing. `of_field` is the drift of the field as such, by its name,
    `noted` that of the events, by paths.
    """

    rows: list[Row] = field(default_factory=list)
    rest: Any = None
    of_field: list[Noted] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)


def events_of(shape: Shape, conversation_id: str, sent: Any) -> Events:
    """Make the rows of the function events of a shape that a detail brings."""
    events = Events()
    if sent is None:
        return events
    if not isinstance(sent, dict):
        events.rest = sent
        _note(events, instead_of(Kind.OBJECT, sent))
        return events
    strange: dict[str, Any] = {}
    positions: dict[int | None, int] = {}
    for number, listed in sent.items():
        if listed is None:
            continue
        if not isinstance(listed, list):
            strange[number] = listed
            _note(events, instead_of(Kind.OBJECT_LIST, listed))
            continue
        turn_index = int(number) - 1 if _TURN_NUMBER.fullmatch(number) and int(number) else None
        if turn_index is None and listed:
            _note(events, f"{form_of(number)} instead of the number of a turn")
        elif turn_index is None:
            strange[number] = listed
        for event in listed:
            row, extra, noted = _event(shape, event, conversation_id)
            if turn_index is None:
                extra["turn" if "turn" not in extra else "(turn)"] = number
            position = positions.get(turn_index, 0)
            positions[turn_index] = position + 1
            place = {"conversation_id": conversation_id, "turn_index": turn_index, "position": position}
            events.rows.append(row | place | {"extra": to_json(extra) if extra else None})
            events.noted += noted
    if isinstance(sent, Repeated):
        strange = {number: sent.all_of(number) for number in strange}
    events.rest = strange or None
    return events


def _note(events: Events, form: str) -> None:
    events.of_field.append((FUNCTION_EVENTS_FIELD, DriftKind.TYPE_CHANGED, form))


def _event(shape: Shape, event: Any, conversation_id: str) -> tuple[Row, dict[str, Any], list[Noted]]:
    if not isinstance(event, dict):
        row = nothing(shape)
        if event is None:
            return row, {}, []
        return row, {"event": event}, [(IN_EVENTS, DriftKind.TYPE_CHANGED, instead_of(Kind.OBJECT, event))]
    row, extra, noted = fit(shape, event)
    if row["duration"] is not None:
        row["duration"] /= _MILLISECONDS
    if extra.get("conversation_id") == conversation_id:
        del extra["conversation_id"]
    return row, extra, by_path(f"{IN_EVENTS}.", noted) if noted else noted
