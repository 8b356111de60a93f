"""Faults in what the records say. `ids`, `every` and `count` choose the conversations of a page."""

from collections.abc import Sequence
from typing import Any

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.fault_kinds.editing import Edit, edit_records, edited, parts_of

Ids = Sequence[str] | None

TIMES = (
    *("started_at", "user_input_datetime", "agent_response_datetime"),
    *("createdAt", "startedAt", "finishedAt"),
)


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
