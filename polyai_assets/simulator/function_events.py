"""The functions that the agent called in a conversation, as the Agents API gives them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, uuid5

from polyai_assets.simulator.agent_request import Conversation, moment_in
from polyai_assets.simulator.moments import SECOND

FAILS = 0.02
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FunctionCall(NamedTuple):
    """One function that was called in a turn, and how it went."""

    name: str
    arguments: dict[str, Any]
    duration: int
    handoff: dict[str, Any] | None = None
    state: dict[str, Any] | None = None
    error: str | None = None


def functions_called(conversation: Conversation, place: int) -> Iterator[FunctionCall]:
    """Yield the functions called in the turn at `place`, counted from 0. Durations are in milliseconds."""
    turn, record = conversation.turns[place], conversation.record
    latency = turn.get("latency")
    duration = int(latency * 400) if isinstance(latency, int | float) else 0
    if place == 0:
        yield FunctionCall("start_function", {}, duration)
    entities = turn.get("entities") if isinstance(turn.get("entities"), list) else []
    understood = {
        name: value for entity in entities or [] if isinstance(entity, dict) for name, value in entity.items()
    }
    if understood:
        name = f"save_{next(iter(understood))}"
        if conversation.share(f"{name} {place}") < FAILS:
            yield FunctionCall(name, understood, 5000, error="TimeoutError: no answer within 5 seconds")
        else:
            yield FunctionCall(name, understood, duration, state=understood)
    if place == len(conversation.turns) - 1 and record.get("handoff"):
        reason, destination = record.get("handoff_reason"), record.get("handoff_destination")
        handoff = {"reason": reason, "type": destination}
        state = {"handoff_reason": reason}
        yield FunctionCall("transfer_call", {"destination": destination}, duration, handoff, state)


def function_events(conversation: Conversation) -> dict[str, list[dict[str, Any]]]:
    """Return the events by the number of the turn, counted from 1, as a string."""
    events = {
        str(place + 1): [
            _event(conversation, place, order, called)
            for order, called in enumerate(functions_called(conversation, place))
        ]
        for place in range(len(conversation.turns))
    }
    return {turn: made for turn, made in events.items() if made}


def events_of_turn(conversation: Conversation, place: int) -> list[dict[str, Any]]:
    """Return the short form that stands in the metadata of the turn."""
    return [
        {
            "arguments": called.arguments,
            "duration": called.duration,
            "function_id": _function_id(called),
            "name": called.name,
        }
        | ({"handoff": called.handoff} if called.handoff else {})
        for called in functions_called(conversation, place)
    ]


def _event(conversation: Conversation, place: int, order: int, called: FunctionCall) -> dict[str, Any]:
    turn = conversation.turns[place]
    at = moment_in(turn, "user_input_datetime") or conversation.entry.started
    is_start = called.name == "start_function"
    return {
        "id": _uuid(conversation, f"event {place} {order}"),
        "conversation_id": conversation.id,
        "turn_id": place + 1,
        "name": called.name,
        "function_id": _function_id(called),
        "function_version": None,
        "arguments": called.arguments,
        # To the second, as HTTP writes a date.
        "start_time": format_datetime(_EPOCH + timedelta(seconds=at // SECOND), usegmt=True),
        "duration": called.duration,
        "content": None,
        "error": called.error,
        "logs": None,
        "handoff": called.handoff,
        "hangup": None,
        "transition": None,
        "state_changes": {"added": called.state, "removed": [], "updated": {}} if called.state else None,
        "utterance": turn.get("agent_response") if called.handoff else None,
        "variant_id_change": None,
        "llm_request_id": None if is_start else _uuid(conversation, f"llm {place}"),
    }


def _function_id(called: FunctionCall) -> str:
    return f"FUNCTION-{called.name.replace('_', '-')}"


def _uuid(conversation: Conversation, what: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"{conversation.id} {what}"))
