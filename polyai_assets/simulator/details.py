"""The parts of a record that v3 gives only on request."""

from typing import Any, NamedTuple


class Details(NamedTuple):
    """Which of `include_latency`, `include_turn_metadata` and `include_context_state` were asked for."""

    latency: bool = False
    turn_metadata: bool = False
    context_state: bool = False


ALL_DETAILS = Details(latency=True, turn_metadata=True, context_state=True)


def leave_out(record: dict[str, Any], details: Details) -> dict[str, Any]:
    """Take from a full record, in place, what was not asked for; return it."""
    if not details.context_state:
        record["state"] = {}
    for turn in record["turns"]:
        if not details.latency:
            turn.pop("latency", None)
        if not details.turn_metadata:
            turn.pop("metadata", None)
    return record
