"""Faults that change what the simulator holds, for good: `Simulator.restore` undoes them, a clear does not.

They act on finished conversations in the window of the request, before it is answered; with `after=1` a
conversation has been listed once as it was.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from polyai_assets.simulator.days import ServedConversation
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.fault_kinds.records import Edit, edited, parts_of
from polyai_assets.simulator.moments import parsed, written
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.served import ALL_DETAILS
from polyai_assets.simulator.store import entry_of

Ids = Sequence[str] | None


def change(
    exchange: Exchange,
    fault: Fault,
    *,
    field: str,
    value: Any,
    in_turns: bool = False,
    ids: Ids = None,
    every: int = 1,
    count: int | None = 1,
) -> None:
    """Give a field of a conversation another value."""

    def edit(record: dict[str, Any]) -> None:
        for part in parts_of(record, in_turns=in_turns):
            part[field] = value

    for entry in _chosen(exchange, fault, ids, every, count):
        _replace(exchange, entry, edit)


def vanish(
    exchange: Exchange, fault: Fault, *, ids: Ids = None, every: int = 1, count: int | None = 1
) -> None:
    """Take a conversation away."""
    for entry in _chosen(exchange, fault, ids, every, count):
        exchange.store.remove(exchange.project.key, entry.id)


def move(
    exchange: Exchange,
    fault: Fault,
    *,
    days: float = 1,
    ids: Ids = None,
    every: int = 1,
    count: int | None = 1,
) -> None:
    """Let a conversation have taken place `days` later (negative: earlier), with all its turns."""
    by = timedelta(days=days) // timedelta(microseconds=1)

    def edit(record: dict[str, Any]) -> None:
        for part in (record, *parts_of(record, in_turns=True)):
            for name in ("started_at", "user_input_datetime", "agent_response_datetime"):
                if name in part:
                    part[name] = written(parsed(part[name]) + by)

    for entry in _chosen(exchange, fault, ids, every, count):
        _replace(exchange, entry, edit, by)


def _chosen(
    exchange: Exchange, fault: Fault, ids: Ids, every: int, count: int | None
) -> list[ServedConversation]:
    asked = exchange.query
    finished = Query(asked.start, asked.end, asked.environment, in_progress=False, details=ALL_DETAILS)
    entries = list(exchange.store.walk(exchange.project, finished, exchange.now))
    return [entries[place] for place in fault.choose(entries, ids, every, count)]


def _replace(exchange: Exchange, entry: ServedConversation, edit: Edit, later: int = 0) -> None:
    changed = entry_of(edited(entry.body, edit), conversation_id=entry.id)
    if entry.ended is not None:
        changed = changed._replace(ended=entry.ended + later, in_progress=False, is_full=True)
    exchange.store.put(exchange.project.key, changed)
