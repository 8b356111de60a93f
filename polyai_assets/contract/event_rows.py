"""From the function events and the metrics of a detail to rows of `function_events` and `metric_events`.

The detail keeps its metrics as they were sent, so that of a metric only what a value has beside is kept in `extra`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from polyai_assets.contract.convert import to_text
from polyai_assets.contract.detail import FUNCTION_EVENTS_FIELD, IN_EVENTS, IN_METRICS
from polyai_assets.contract.drift import DriftKind, form_of
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.fitting import Shape, instead_of
from polyai_assets.contract.lenient import Repeated, clean_text
from polyai_assets.contract.rows import Noted, Row, by_path, empty_row, fit_row, write_extra

_TURN_NUMBER = re.compile(r"[0-9]{1,18}")
_MILLISECONDS = 1000


@dataclass(slots=True)
class Events:
    """The function events of a detail.

    `extras` are what each of them has beside its columns. `rest` is what are none, None where there is nothing.
    `of_field` is the drift of the field as such, by its name, `noted` that of the events, by paths.
    """

    rows: list[Row] = field(default_factory=list)
    extras: list[dict[str, Any]] = field(default_factory=list)
    rest: Any = None
    of_field: list[Noted] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)

    def note(self, form: str) -> None:
        """Note that the field has another form."""
        self.of_field.append((FUNCTION_EVENTS_FIELD, DriftKind.TYPE_CHANGED, form))


def events_of(shape: Shape, conversation_id: str, sent: Any) -> Events:
    """Make the rows of the function events of a detail, which are of a shape."""
    events = Events()
    if sent is None:
        return events
    if not isinstance(sent, dict):
        events.rest = sent
        events.note(instead_of(Kind.OBJECT, sent))
        return events
    strange: dict[str, Any] = {}
    positions: defaultdict[int | None, Iterator[int]] = defaultdict(count)
    for number, listed in sent.items():
        if listed is None:
            continue
        if not isinstance(listed, list):
            strange[number] = listed
            events.note(instead_of(Kind.OBJECT_LIST, listed))
            continue
        turn_index = int(number) - 1 if _TURN_NUMBER.fullmatch(number) and int(number) else None
        if turn_index is None and listed:
            events.note(f"{form_of(number)} instead of the number of a turn")
        elif turn_index is None:
            strange[number] = listed
        for event in listed:
            row, extra, noted = _function_event(shape, event, conversation_id)
            if turn_index is None:
                extra["turn" if "turn" not in extra else "(turn)"] = number
            place = {
                "conversation_id": conversation_id,
                "turn_index": turn_index,
                "position": next(positions[turn_index]),
            }
            events.rows.append(row | place | {"extra": write_extra(extra)})
            events.extras.append(extra)
            events.noted += noted
    if isinstance(sent, Repeated):
        strange = {number: sent.all_of(number) for number in strange}
    events.rest = strange or None
    return events


def _function_event(
    shape: Shape, event: Any, conversation_id: str
) -> tuple[Row, dict[str, Any], list[Noted]]:
    if not isinstance(event, dict):
        row = empty_row(shape)
        if event is None:
            return row, {}, []
        return row, {"event": event}, [(IN_EVENTS, DriftKind.TYPE_CHANGED, instead_of(Kind.OBJECT, event))]
    row, extra, noted = fit_row(shape, event)
    if row["duration"] is not None:
        row["duration"] /= _MILLISECONDS
    if extra.get("conversation_id") == conversation_id:
        del extra["conversation_id"]
    return row, extra, by_path(f"{IN_EVENTS}.", noted)


def metric_events_of(shape: Shape, conversation_id: str, sent: Any) -> tuple[list[Row], list[Noted]]:
    """Make the rows, of a shape, of the metrics of a detail, and note their drift by paths.

    A text, or a list of texts, is a row or some without a time: the API reference has these forms, recordings of the
    API that with a time. What is no map of metrics has no rows.
    """
    rows: list[Row] = []
    noted: list[Noted] = []
    positions: defaultdict[str, Iterator[int]] = defaultdict(count)
    for name, listed in sent.items() if isinstance(sent, dict) else ():
        clean = clean_text(name)
        for event in listed if isinstance(listed, list) else [listed]:
            if event is None:
                continue
            row, of_event = _metric_event(shape, event)
            place = {"conversation_id": conversation_id, "name": clean, "position": next(positions[clean])}
            rows.append(row | place)
            noted += of_event
    return rows, noted


def _metric_event(shape: Shape, event: Any) -> tuple[Row, list[Noted]]:
    if not isinstance(event, dict):
        odd = (IN_METRICS, DriftKind.TYPE_CHANGED, instead_of(Kind.OBJECT, event))
        row = empty_row(shape) | {"value": clean_text(to_text(event)), "extra": None}
        return row, [] if isinstance(event, str) else [odd]
    row, extra, noted = fit_row(shape, event)
    return row | {"extra": write_extra(extra)}, by_path(f"{IN_METRICS}.", noted)
