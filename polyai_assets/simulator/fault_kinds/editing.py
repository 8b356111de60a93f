"""Changing records that are already JSON."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.readable import object_in

Edit = Callable[[dict[str, Any]], None]


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
