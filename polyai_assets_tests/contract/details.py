"""A detail as the Agents API was recorded to send it."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from polyai_assets.contract.detail import FOUND
from polyai_assets.contract.detail_rows import Detail, DetailRows, rows_of
from polyai_assets.contract.rows import Row

DAY = date(2026, 6, 3)
ASKED_AT = datetime(2026, 6, 5, 2, tzinfo=UTC)

EVENT: dict[str, Any] = {
    "arguments": {"phone_number": "5550100000"},
    "content": None,
    "conversation_id": "CA1",
    "duration": 2279,
    "error": None,
    "function_id": "FUNCTION-save-phone",
    "function_version": None,
    "handoff": {"reason": "LOOKUP_FAILED", "type": "Example Clinic"},
    "hangup": None,
    "id": "00000000-0000-4000-8000-000000000006",
    "llm_request_id": "00000000-0000-4000-8000-000000000106",
    "logs": None,
    "name": "save_phone",
    "start_time": "Wed, 03 Jun 2026 13:19:11 GMT",
    "state_changes": {"added": {"handoff_reason": "LOOKUP_FAILED"}, "removed": [], "updated": {}},
    "transition": None,
    "turn_id": 6,
    "utterance": "One moment.",
    "variant_id_change": None,
}

RECORDED: dict[str, Any] = {
    "accountId": "ACME",
    "audioUrl": "conversations/CA1/audio",
    "channel": "VOICE-SIP",
    "clientEnv": "sandbox",
    "conversationId": "CA1",
    "createdAt": "2026-06-03T13:18:06.370000+00:00",
    "deploymentId": "019e8d9e-8e30-7899-9e61-3d950c4101b2",
    "direction": "inbound",
    "duration": 73,
    "finishedAt": "2026-06-03T13:19:19.750000+00:00",
    "fromNumber": "+15550100000",
    "functionEvents": {
        "1": [
            EVENT | {"id": "e1", "name": "start_function", "arguments": {}, "handoff": None, "duration": 4108}
        ],
        "6": [EVENT],
    },
    "handoff": True,
    "handoffDestination": "Example Clinic",
    "handoffReason": "LOOKUP_FAILED",
    "inProgress": False,
    "language": "en-US",
    "metrics": {"CALL_DURATION": [{"timestamp": "2026-06-03T13:19:19.757917", "value": "73"}]},
    "note": None,
    "polyScore": 6.0,
    "polyaiDuration": 73,
    "projectId": "hotel-bot",
    "shortSummary": {"content": "The caller asked for a room.", "heading": "A room"},
    "startedAt": "2026-06-03T13:18:06.370000+00:00",
    "tags": [],
    "toNumber": "polyai",
    "totalDuration": 73,
    "turns": [{"user_input": "", "intents": None, "latency": {"perceived_latency": 3.882713}}],
    "variantId": "Test Office",
}

UNSET: dict[str, Any] = dict.fromkeys(RECORDED) | {
    "conversationId": "CA1",
    "accountId": "ACME",
    "projectId": "hotel-bot",
    "tags": [],
}
"""Every field that may be unset is an explicit null."""


def detail_of(payload: bytes | None, **given: Any) -> Detail:
    asked = {"conversation_id": "CA1", "status": FOUND, "reason": "", "asked_at": ASKED_AT}
    return Detail(**{**asked, **given}, payload=payload)


def rows_from(payload: bytes | dict[str, Any], **given: Any) -> DetailRows:
    body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
    return rows_of(detail_of(body, **given), DAY)


def read(payload: bytes | dict[str, Any], **given: Any) -> tuple[Row, list[Row]]:
    read_from = rows_from(payload, **given)
    return read_from.row, read_from.events
