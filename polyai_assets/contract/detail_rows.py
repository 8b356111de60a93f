"""From the detail of a conversation to rows of `conversation_details` and `function_events`.

Nothing is thrown away and nothing is refused: a value of another type is converted where that loses nothing and
is otherwise kept in `extra`, as an unknown field is. A null in an unknown field is left out.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from polyai_assets.contract.convert import NO_VALUE, convert, to_text
from polyai_assets.contract.detail import DETAIL, FOUND, SHORT_SUMMARY, UNREADABLE
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.function_event import FUNCTION_EVENT, FUNCTION_EVENTS_FIELD
from polyai_assets.contract.lenient import Unreadable, clean_text, read_json, to_json
from polyai_assets.contract.moments import read_moment

ONE_TO_FIVE_SINCE = datetime(2026, 7, 28, tzinfo=UTC)
"""Conversations that began from then on have a PolyScore of 1 to 5, those before of 0 to 10."""

_TURN_NUMBER = re.compile(r"[0-9]{1,18}")
_MILLISECONDS = 1000

Row = dict[str, Any]
"""The values of a row by column, without project and date. JSON is text."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What came of asking for a conversation; `payload` is the detail as the API sent it, None where there is none."""

    conversation_id: str
    status: str
    reason: str
    asked_at: datetime
    payload: bytes | None


def rows_of(detail: Detail, day: date) -> tuple[Row, list[Row]]:
    """Make the row of a conversation that began on `day`, and the rows of its function events. Never raises."""
    given = {
        "conversation_id": detail.conversation_id,
        "status": detail.status,
        "reason": clean_text(detail.reason),
        "asked_at": detail.asked_at,
        "poly_score_scale": "",
    }
    if detail.payload is None or detail.status != FOUND:
        return _fitted(DETAIL, {})[0] | given, []
    try:
        return _read(read_json(detail.payload), given, day)
    except (Unreadable, RecursionError) as error:
        reason = str(error) if isinstance(error, Unreadable) else "nested too deep to be read"
        unreadable = {"status": UNREADABLE, "reason": clean_text(reason)}
        return _fitted(DETAIL, {})[0] | given | unreadable, []


def _read(record: Any, given: Row, day: date) -> tuple[Row, list[Row]]:
    if not isinstance(record, dict):
        raise Unreadable("not an object")
    sent = dict(record)
    heading, content, rest = _summary(sent.pop(SHORT_SUMMARY, None))
    called = sent.pop(FUNCTION_EVENTS_FIELD, None)
    events, strange = _events(given["conversation_id"], called)
    row, extra = _fitted(DETAIL, sent)
    extra |= {
        name: value for name, value in ((SHORT_SUMMARY, rest), (FUNCTION_EVENTS_FIELD, strange)) if value
    }
    if extra.get("conversationId") == given["conversation_id"]:
        del extra["conversationId"]
    began = row["started_at"] or datetime.combine(day, datetime.min.time(), UTC)
    scale = "1-5" if began >= ONE_TO_FIVE_SINCE else "0-10"
    own = {"poly_score_scale": scale, "summary_heading": heading, "summary_content": content}
    return row | given | own | {"extra": _extra(extra)}, events


def _fitted(fields: tuple[Field, ...], record: dict[str, Any]) -> tuple[Row, dict[str, Any]]:
    """Split a record into values of the declared columns and the rest."""
    row: Row = {}
    declared = set()
    extra: dict[str, Any] = {}
    for one in fields:
        if one.wire is None:
            continue
        declared.add(one.wire)
        sent = record.get(one.wire)
        value = _value(one.kind, sent)
        if value is NO_VALUE:
            extra[one.wire] = sent
        row[one.name] = _empty(one.kind) if value is NO_VALUE or value is None else value
    extra |= {name: value for name, value in record.items() if name not in declared and value is not None}
    return row | {"extra": None}, extra


def _value(kind: Kind, sent: Any) -> Any:
    """Convert a value to its column's type; None for null, NO_VALUE where it does not fit."""
    if kind is Kind.TIMESTAMP:
        if sent is None or sent == "":
            return None
        return (read_moment(sent) or NO_VALUE) if isinstance(sent, str) else NO_VALUE
    value = convert(kind, sent)
    if value is None or value is NO_VALUE:
        return value
    match kind:
        case Kind.TEXT:
            return clean_text(value)
        case Kind.TEXT_LIST:
            return [clean_text(element) for element in value]
        case Kind.NUMBER:
            return float(value)
        case Kind.OBJECT | Kind.OBJECT_LIST:
            return to_json(value)
        case _:
            return value


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


def _extra(extra: dict[str, Any]) -> str | None:
    return to_json(extra) if extra else None


def _summary(sent: Any) -> tuple[str, str, Any]:
    """Read a summary: its heading, its content, and what is neither."""
    if isinstance(sent, str):
        if sent.lstrip().startswith("{"):
            try:
                read = read_json(sent.encode("utf-8", errors="surrogatepass"))
            except Unreadable:
                read = None
            if isinstance(read, dict) and {"heading", "content"} & read.keys():
                return _summary(read)
        return "", clean_text(sent), None
    if not isinstance(sent, dict):
        return "", "", sent
    rest = {
        name: value
        for name, value in sent.items()
        if name not in ("heading", "content") and value is not None
    }
    heading, content = (clean_text(to_text(sent.get(name))) for name in ("heading", "content"))
    return heading, content, rest


def _events(conversation_id: str, sent: Any) -> tuple[list[Row], Any]:
    """Make the rows of function events, and give what is none."""
    if not isinstance(sent, dict):
        return [], sent
    rows: list[Row] = []
    strange: dict[str, Any] = {}
    positions: dict[int | None, int] = {}
    for number, listed in sent.items():
        if not isinstance(listed, list):
            if listed is not None:
                strange[number] = listed
            continue
        turn_index = int(number) - 1 if _TURN_NUMBER.fullmatch(number) and int(number) else None
        for event in _named(listed, number, turn_index):
            row, extra = _event(event, conversation_id)
            position = positions.get(turn_index, 0)
            positions[turn_index] = position + 1
            place = {"conversation_id": conversation_id, "turn_index": turn_index, "position": position}
            rows.append(row | place | {"extra": _extra(extra)})
    return rows, strange


def _named(events: Iterable[Any], number: str, turn_index: int | None) -> Iterator[dict[str, Any]]:
    """Give events as objects; those whose turn is not known keep what stood in place of its number."""
    for event in events:
        read = event if isinstance(event, dict) else {"event": event}
        yield read if turn_index is not None else {**read, "turn": number}


def _event(event: dict[str, Any], conversation_id: str) -> tuple[Row, dict[str, Any]]:
    row, extra = _fitted(FUNCTION_EVENT, event)
    if row["duration"] is not None:
        row["duration"] /= _MILLISECONDS
    if extra.get("conversation_id") == conversation_id:
        del extra["conversation_id"]
    return row, extra
