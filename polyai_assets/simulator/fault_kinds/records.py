"""Faults of records: fields changed, taken away or of another type, and bytes that naive JSON readers stumble over."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.served import object_in

Edit = Callable[[dict[str, Any]], None]
Ids = Sequence[str] | None
TIMES = (
    *("started_at", "user_input_datetime", "agent_response_datetime"),
    *("createdAt", "startedAt", "finishedAt"),
)
_AGENT_TEXT = re.compile(rb'"agent_response":"')
_ID = re.compile(rb'"(?:id|conversationId)":"[^"]*",?')
_DURATION = re.compile(rb'("total(?:_d|D)uration":)\d+')
_METRICS = re.compile(rb'"metrics":\{')


def edited(body: bytes, edit: Edit) -> bytes:
    """Return `body` after `edit`; one that is no JSON object has no fields and stays as it is."""
    record = object_in(body)
    if record is None:
        return body
    edit(record)
    return msgspec.json.encode(record)


def edit_records(
    exchange: Exchange,
    fault: Fault,
    change: Callable[[bytes], bytes],
    ids: Sequence[str] | None,
    every: int,
    count: int | None,
) -> None:
    """Apply `change` to the chosen bodies of the page."""
    entries = exchange.listed.entries
    for place in fault.choose(entries, ids, every, count):
        entries[place] = entries[place]._replace(body=change(entries[place].body))


def parts_of(record: dict[str, Any], *, in_turns: bool) -> list[dict[str, Any]]:
    """Return where a field is to be changed: the record itself, or each of its turns."""
    return list(record.get("turns") or []) if in_turns else [record]


def drop_turns(
    exchange: Exchange,
    fault: Fault,
    *,
    keep: int = 0,
    ids: Ids = None,
    every: int = 1,
    count: int | None = None,
) -> None:
    """Give only the first `keep` turns, while `num_turns` keeps its value."""

    def edit(record: dict[str, Any]) -> None:
        record["turns"] = record["turns"][:keep]

    _edit(exchange, fault, edit, ids, every, count)


def set_field(
    exchange: Exchange,
    fault: Fault,
    *,
    field: str,
    value: Any,
    in_turns: bool = False,
    ids: Ids = None,
    every: int = 1,
    count: int | None = None,
) -> None:
    """Set a field to `value`: a new field, an unknown enum value, a null, another type."""

    def edit(record: dict[str, Any]) -> None:
        for part in parts_of(record, in_turns=in_turns):
            part[field] = value

    _edit(exchange, fault, edit, ids, every, count)


def remove_field(
    exchange: Exchange,
    fault: Fault,
    *,
    field: str,
    in_turns: bool = False,
    ids: Ids = None,
    every: int = 1,
    count: int | None = None,
) -> None:
    """Leave a field out."""

    def edit(record: dict[str, Any]) -> None:
        for part in parts_of(record, in_turns=in_turns):
            part.pop(field, None)

    _edit(exchange, fault, edit, ids, every, count)


def retype_field(
    exchange: Exchange,
    fault: Fault,
    *,
    field: str,
    in_turns: bool = False,
    ids: Ids = None,
    every: int = 1,
    count: int | None = None,
) -> None:
    """Change a field's type, not its value: text becomes `{"value": text}`, anything else text."""

    def edit(record: dict[str, Any]) -> None:
        for part in parts_of(record, in_turns=in_turns):
            if field in part:
                value = part[field]
                part[field] = {"value": value} if isinstance(value, str) else str(value)

    _edit(exchange, fault, edit, ids, every, count)


def null_text(
    exchange: Exchange, fault: Fault, *, ids: Ids = None, every: int = 1, count: int | None = None
) -> None:
    """Write empty texts as null, as v1 does, in the record and in its turns."""

    def edit(record: dict[str, Any]) -> None:
        for part in (record, *parts_of(record, in_turns=True)):
            part.update({field: None for field, value in part.items() if value == ""})

    _edit(exchange, fault, edit, ids, every, count)


def naive_timestamps(
    exchange: Exchange, fault: Fault, *, ids: Ids = None, every: int = 1, count: int | None = None
) -> None:
    """Write the times of the record and of its turns without a zone."""

    def edit(record: dict[str, Any]) -> None:
        for part in (record, *parts_of(record, in_turns=True)):
            for field in TIMES:
                if isinstance(part.get(field), str):
                    part[field] = part[field].removesuffix("Z").removesuffix("+00:00")

    _edit(exchange, fault, edit, ids, every, count)


def _edit(exchange: Exchange, fault: Fault, edit: Edit, ids: Ids, every: int, count: int | None) -> None:
    edit_records(exchange, fault, lambda body: edited(body, edit), ids, every, count)


POISONS: dict[str, Callable[[bytes], bytes]] = {
    "lone_surrogate": lambda body: _AGENT_TEXT.sub(rb"\g<0>\\ud83d ", body, count=1),
    "invalid_utf8": lambda body: _AGENT_TEXT.sub(b"\\g<0>\xff\xfe ", body, count=1),
    "duplicate_metric": lambda body: _METRICS.sub(rb'\g<0>"CALL_DURATION":"0",', body, count=1),
    "duplicate_key": lambda body: b'{"channel":"CHAT",' + body[1:],
    "nan": lambda body: _DURATION.sub(rb"\1NaN", body, count=1),
    "no_id": lambda body: _ID.sub(b"", body, count=1),
    "not_an_object": lambda _body: b'"this is not a conversation"',
}


def poison(
    exchange: Exchange,
    fault: Fault,
    *,
    how: str,
    ids: Sequence[str] | None = None,
    every: int = 1,
    count: int | None = 1,
) -> None:
    """Poison the chosen records of the page, one unless `count` says otherwise. `how`: a key of POISONS."""
    edit_records(exchange, fault, POISONS[how], ids, every, count)
