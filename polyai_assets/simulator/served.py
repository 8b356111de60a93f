"""A record as it is served: cut down to the details that were asked for, and to what has happened so far."""

from typing import Any, NamedTuple

import msgspec

from polyai_assets.simulator.moments import SECOND, parsed

# Written by the agent as it goes along; everything else about the outcome is written at the end.
KNOWN_DURING_THE_CALL = ("CALL_TURN", "FLOW")


class IncludedDetails(NamedTuple):
    """Which of `include_latency`, `include_turn_metadata` and `include_context_state` were asked for."""

    latency: bool = False
    turn_metadata: bool = False
    context_state: bool = False


ALL_DETAILS = IncludedDetails(latency=True, turn_metadata=True, context_state=True)


def leave_out(record: dict[str, Any], details: IncludedDetails) -> dict[str, Any]:
    """Take from a full record, in place, what was not asked for; return it."""
    if not details.context_state:
        record["state"] = {}
    for turn in record["turns"]:
        if not details.latency:
            turn.pop("latency", None)
        if not details.turn_metadata:
            turn.pop("metadata", None)
    return record


def object_in(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object in `body`, or None if it is not JSON or not an object."""
    try:
        record = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return record if isinstance(record, dict) else None


def so_far(record: dict[str, Any], now: int) -> dict[str, Any]:
    """Cut a finished record, in place, down to what had happened by `now`; return it.

    A turn appears once the agent has answered. The caller may already be with a person: then the agent's part
    is over, the handoff is known and only `total_duration` still grows.
    """
    started = parsed(record["started_at"])
    turns = [turn for turn in record["turns"] if parsed(turn["agent_response_datetime"]) <= now]
    elapsed = (now - started) // SECOND
    if elapsed < record["polyai_duration"]:
        record |= {
            "handoff": False,
            "handoff_reason": "",
            "handoff_destination": "",
            "polyai_duration": elapsed,
        }
    record |= {
        "in_progress": True,
        "num_turns": len(turns),
        "total_duration": elapsed,
        "num_silences": sum(turn["is_silence"] for turn in turns),
        "num_ood": sum(turn["is_ood"] for turn in turns),
        "metrics": _metrics_so_far(record["metrics"], turns),
        "turns": turns,
    }
    return record


def _metrics_so_far(metrics: dict[str, Any], turns: list[dict[str, Any]]) -> dict[str, Any]:
    known = {name: metrics[name] for name in KNOWN_DURING_THE_CALL if name in metrics}
    answered = [turn["agent_response_datetime"] for turn in turns]
    if len(answered) > 1:
        return known | {"CALL_TURN": answered}
    if answered:
        return known | {"CALL_TURN": answered[0]}
    known.pop("CALL_TURN", None)
    return known
