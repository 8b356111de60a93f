"""Conversations that a test gives instead of letting them be generated."""

from typing import Any

import msgspec

from polyai_assets.simulator.days import Entry
from polyai_assets.simulator.moments import parsed
from polyai_assets.simulator.readable import object_in


def entry_of(
    record: dict[str, Any] | bytes, conversation_id: str | None = None, started_at: str | None = None
) -> Entry:
    """Return `record` as it will be served, byte for byte.

    Bytes may be anything. What cannot be read from them, because they are not JSON or lack the field, has to
    be said: the id by which it is known here and when it started. Raises ValueError if either is unknown.
    """
    body = record if isinstance(record, bytes) else msgspec.json.encode(record)
    known = object_in(body) or {}
    name = conversation_id or _text(known, "id")
    started = started_at or _text(known, "started_at")
    if not name or not started:
        msg = "the record does not say its id and started_at; give conversation_id and started_at"
        raise ValueError(msg)
    return Entry(
        started=parsed(started),
        id=name,
        ended=None,
        in_progress=known.get("in_progress") is True,
        environment=_text(known, "environment") or "live",
        channel=_text(known, "channel"),
        variant_id=_text(known, "variant_id"),
        variant_name=_text(known, "variant_name"),
        body=body,
    )


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""
