"""One conversation as the Agents API gives it: camelCase outside, snake_case inside, null for what is unset."""

from typing import Any
from urllib.parse import quote

from polyai_assets.simulator.agent_request import Conversation, moment_in
from polyai_assets.simulator.function_events import events_of_turn, function_events
from polyai_assets.simulator.moments import DAY, SECOND, parsed, with_offset, without_zone
from polyai_assets.simulator.reference import deployment_id

SUMMARY_AFTER = 300 * SECOND
SCORE_AFTER = 2 * DAY
SCORE_AT_LATEST_AFTER = 7 * DAY
# No page says whether the day of the conversation or of the scoring counts; here it is the conversation's.
ONE_TO_FIVE_SINCE = parsed("2026-07-28T00:00:00Z")

IS_NEVER_SCORED = 0.08
IS_TAGGED = 0.2
TAGS = ("needs-review", "repeat-caller", "complaint", "training-example")


def poly_score(conversation: Conversation) -> float | None:
    """Return the PolyScore, 1 to 5 in halves, or 0 to 10 for older conversations; None while there is none."""
    delay = SCORE_AFTER + conversation.share("score delay") * (SCORE_AT_LATEST_AFTER - SCORE_AFTER)
    if conversation.ended is None or conversation.now < conversation.ended + delay:
        return None
    if len(conversation.turns) < 2 or conversation.share("scored") < IS_NEVER_SCORED:
        return None
    quality = min(max(_quality(conversation), 0.0), 1.0)
    if conversation.entry.started >= ONE_TO_FIVE_SINCE:
        return round(2 + 8 * quality) / 2
    return float(round(10 * quality))


def tags(conversation: Conversation) -> list[str]:
    """Return the tags, most often none."""
    if conversation.ended is None or conversation.share("tagged") >= IS_TAGGED:
        return []
    first = int(conversation.share("tag") * len(TAGS))
    several = conversation.share("several tags") < 0.25
    return [TAGS[first], TAGS[(first + 1) % len(TAGS)]] if several else [TAGS[first]]


def short_summary(conversation: Conversation) -> dict[str, str] | None:
    """Return `{heading, content}`; None until some minutes after the end, and where nothing was said."""
    flow, record = conversation.metric("FLOW"), conversation.record
    is_late = conversation.ended is not None and conversation.now >= conversation.ended + SUMMARY_AFTER
    if not is_late or not flow or len(conversation.turns) < 2:
        return None
    topic = _words(flow[0]).removeprefix("chat ")
    if record.get("handoff"):
        queue, reason = _words(record.get("handoff_destination")), _words(record.get("handoff_reason"))
        end = f"was transferred to {queue}: {reason}"
    elif conversation.metric("CONTAINED"):
        end = "got what they wanted from the agent"
    else:
        end = "left before that was settled"
    content = f"A customer contacted the {conversation.project.business} about {topic}, and {end}."
    return {"heading": topic.capitalize(), "content": content}


def _quality(conversation: Conversation) -> float:
    disturbances = [turn for turn in conversation.turns if turn.get("is_ood") or turn.get("is_silence")]
    return (
        0.95
        - 0.3 * bool(conversation.record.get("handoff"))
        - 0.25 * (not conversation.metric("CONTAINED"))
        - 0.1 * len(disturbances)
        - 0.3 * conversation.share("quality")
    )


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def summary_of(conversation: Conversation, note: str | None) -> dict[str, Any]:
    """Return what the list gives of a conversation: all of the detail but turns, metrics and function events."""
    record, project, entry = conversation.record, conversation.project, conversation.entry
    started, ended = with_offset(entry.started), conversation.ended
    return {
        "conversationId": conversation.id,
        "accountId": project.account_id,
        "projectId": project.project_id,
        "createdAt": started,
        "startedAt": started,
        "finishedAt": None if ended is None else with_offset(ended),
        "channel": _set(record, "channel"),
        "fromNumber": _set(record, "from_number"),
        "toNumber": _set(record, "to_number"),
        "language": _language(conversation),
        "variantId": _set(record, "variant_id"),
        "clientEnv": entry.environment,
        "totalDuration": _set(record, "total_duration"),
        "polyaiDuration": _set(record, "polyai_duration"),
        "duration": _set(record, "total_duration"),
        "inProgress": ended is None,
        "handoff": _set(record, "handoff"),
        "handoffDestination": _set(record, "handoff_destination"),
        "handoffReason": _set(record, "handoff_reason"),
        "direction": "inbound",
        "tags": tags(conversation),
        "polyScore": poly_score(conversation),
        "shortSummary": short_summary(conversation),
        "deploymentId": deployment_id(project, entry.environment, entry.started),
        "note": note,
        "audioUrl": f"{_address(conversation)}/audio" if conversation.has_recording else None,
    }


def detail_of(conversation: Conversation, note: str | None) -> dict[str, Any]:
    """Return the whole detail."""
    return summary_of(conversation, note) | {
        "turns": [_turn(conversation, place) for place in range(len(conversation.turns))],
        "metrics": _metrics(conversation),
        "functionEvents": function_events(conversation),
    }


def _turn(conversation: Conversation, place: int) -> dict[str, Any]:
    turn = conversation.turns[place]
    heard, language = turn.get("user_input"), _language(conversation) or ""
    is_recorded = heard and conversation.has_recording
    return {
        "user_input": heard,
        "user_input_dtmf": turn.get("user_input_dtmf"),
        "user_input_dtmf_finish_key": "#" if str(turn.get("user_input_dtmf")).endswith("#") else "",
        "user_input_datetime": _at(turn, "user_input_datetime"),
        "user_input_audio_url": f"{_address(conversation)}/turns/{place}/audio" if is_recorded else "",
        "agent_response": turn.get("agent_response"),
        "agent_response_datetime": _at(turn, "agent_response_datetime"),
        "latency": {
            "label": None,
            "perceived_latency": turn.get("latency"),
            "perceived_latency_percentile_1d": None,
        },
        "translated_user_input": turn.get("translated_user_input"),
        "english_agent_response": turn.get("english_agent_response"),
        "intents": turn.get("intents") or None,
        "entities": turn.get("entities") or None,
        # The greeting answers no input: there is nothing to be judged.
        "is_ood": None if place == 0 else turn.get("is_ood"),
        "is_silence": None if place == 0 else turn.get("is_silence"),
        "barge_in": turn.get("barge_in"),
        "asr_lang_code": language if heard else "",
        "tts_lang_code": language,
        "turn_id": int(conversation.share("turn") * 2**29) + 2**29 + 1554 * place,
        "metadata": {
            "asr_corrected_user_input": heard,
            "current_node": "",
            "entities": turn.get("entities") or [],
            "function_events": events_of_turn(conversation, place),
            "retrieved_topics": list(turn.get("intents") or []),
            "safety": {"filters_triggered": {"provider": "azure"}},
            "top_transcripts": [{"intents": [], "text": heard}] if heard else [],
        },
        "reviews": [],
        "llm_requests": [],
    }


def _metrics(conversation: Conversation) -> dict[str, list[dict[str, Any]]]:
    metrics = conversation.record.get("metrics")
    return {
        name: [
            {"timestamp": without_zone(at), "value": value}
            for at, value in zip(_logged(conversation, name, len(values)), values, strict=True)
        ]
        for name in (metrics if isinstance(metrics, dict) else {})
        for values in [conversation.metric(name)]
    }


def _logged(conversation: Conversation, name: str, count: int) -> list[int]:
    """Return when each of `count` values was logged: with its turn if there is one for each, else at the end."""
    turns = conversation.turns
    if name == "INTENT":
        turns = [turn for turn in turns for _ in turn.get("intents") or ()]
    moments = [
        moment_in(turn, "agent_response_datetime") for turn in turns if name in ("CALL_TURN", "INTENT")
    ]
    known = [at for at in moments if at is not None]
    last = conversation.now if conversation.ended is None else conversation.ended
    return known if len(known) == count else [last] * count


def _set(record: dict[str, Any], field: str) -> Any:
    """Return the value of a field; v3's empty text is null here."""
    value = record.get(field)
    return None if value == "" else value


def _at(turn: dict[str, Any], field: str) -> Any:
    at = moment_in(turn, field)
    return turn.get(field) if at is None else with_offset(at)


def _language(conversation: Conversation) -> str | None:
    """Return the language, which is known once something was said."""
    state = conversation.record.get("state")
    known = isinstance(state, dict) and len(conversation.turns) > 1
    return state.get("language") if known and isinstance(state, dict) else None


def _address(conversation: Conversation) -> str:
    return f"conversations/{quote(conversation.id, safe='')}"
