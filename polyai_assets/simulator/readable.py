"""Reading a body that may be poisoned."""

from typing import Any

import msgspec


def object_in(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in `body`, or None if it is not JSON or not an object."""
    try:
        record = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return record if isinstance(record, dict) else None
