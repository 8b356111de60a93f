"""From a detail to the rows of what it records of turns and functions. Whatever form it has, nothing is refused."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from polyai_assets.api.moments import read_moment
from polyai_assets.contract.convert import NO_VALUE, convert, to_text
from polyai_assets.contract.event_rows import Events
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.lenient import clean_text
from polyai_assets.contract.rows import Row

TURNS = "turns"


def recorded_rows(record: Mapping[str, Any], events: Events) -> dict[str, list[Row]]:
    """Give the rows of a detail and of its events, by table; they lack the conversation's id."""
    rows: dict[str, list[Row]] = {}
    for table, row in _rows(record, events):
        rows.setdefault(table, []).append(row)
    return rows


def _rows(record: Mapping[str, Any], events: Events) -> Iterator[tuple[str, Row]]:
    for index, turn in enumerate(_list(record.get(TURNS))):
        for table, row in _of_turn(_object(turn)):
            yield table, {"turn_index": index, **row}
    for event, extra in zip(events.rows, events.extras, strict=True):
        for table, row in _of_event(extra):
            yield table, {"turn_index": event["turn_index"], "position": event["position"], **row}


def _of_turn(turn: dict[str, Any]) -> Iterator[tuple[str, Row]]:
    metadata, latency = _object(turn.get("metadata")), _object(turn.get("latency"))
    filters = _filters(_object(metadata.get("safety")).get("filters_triggered"))
    topics = _texts(metadata.get("retrieved_topics"))
    yield (
        "detail_turns",
        {
            "turn_id": _value(Kind.INTEGER, turn.get("turn_id")),
            "asr_language": _text(turn.get("asr_lang_code")),
            "tts_language": _text(turn.get("tts_lang_code")),
            "latency_label": _text(latency.get("label")),
            "latency_percentile_1d": _value(Kind.NUMBER, latency.get("perceived_latency_percentile_1d")),
            "retrieved_topics": topics,
            "retrieved_sources": _texts(metadata.get("retrieved_sources")),
            **{
                name: _text(metadata.get(name))
                for name in ("cited_topic", "current_node", "in_flow", "in_step", "asr_corrected_user_input")
            },
            "safety_provider": _text(filters.get("provider")),
        },
    )
    for position, topic in enumerate(topics):
        if topic:
            yield "turn_topics", {"position": position, "topic": topic}
    for category, found in filters.items():
        if category != "provider" and found not in (None, False):
            yield (
                "turn_safety",
                {
                    "category": clean_text(category),
                    "provider": _text(filters.get("provider")),
                    "found": _text(found),
                },
            )
    for position, (name, value) in enumerate(_entities(turn.get("entities"))):
        yield "turn_entities", {"position": position, "name": clean_text(name), "value": _text(value)}
    for position, review in enumerate(_list(turn.get("reviews"))):
        yield "turn_reviews", {"position": position, **_review(review)}
    for position, heard in enumerate(map(_object, _list(metadata.get("top_transcripts")))):
        row = {
            "position": position,
            "text": _text(heard.get("text")),
            "intents": _texts(heard.get("intents")),
        }
        yield "asr_alternatives", row
    for position, request in enumerate(_list(turn.get("llm_requests"))):
        yield "llm_requests", {"position": position, **_llm_request(_object(request))}


def _filters(sent: Any) -> dict[str, Any]:
    """Read what safety filters found, by category: an object is recorded; a list of names would mean the same."""
    return {name: True for name in _texts(sent) if name} if isinstance(sent, list) else _object(sent)


def _entities(sent: Any) -> Iterator[tuple[str, Any]]:
    for entity in [sent] if isinstance(sent, dict) else _list(sent):
        for name, found in _object(entity).items():
            for value in found if isinstance(found, list) else [found]:
                yield name, value


def _review(sent: Any) -> Row:
    review = _object(sent)
    return {
        "review_type": _text(review.get("type") or review.get("category")),
        "comment": _text(review.get("comment") or review.get("text") or review.get("note")),
        "reviewed_at": _moment(review.get("created_at") or review.get("timestamp")),
        "review": _json(sent),
    }


def _llm_request(request: dict[str, Any]) -> Row:
    response = _object(request.get("llm_response"))
    counts = ("prompt_tokens", "completion_tokens", "cached_tokens", "total_tokens")
    return {
        "log_id": _text(request.get("log_id")),
        "model_id": _text(response.get("model_id")),
        "requested_at": _moment(request.get("request_timestamp")),
        "first_chunk_at": _moment(response.get("first_chunk_timestamp")),
        "responded_at": _moment(request.get("response_timestamp")),
        **{name: _value(Kind.INTEGER, response.get(name)) for name in counts},
        "finish_reason": _text(response.get("finish_reason")),
        "out_of_domain": _value(Kind.BOOLEAN, response.get("out_of_domain")),
    }


def _of_event(extra: dict[str, Any]) -> Iterator[tuple[str, Row]]:
    """Give the rows of what an event has beside its columns; of a key that comes twice the last value has rows."""
    lines = _list(_object(extra.get("logs")).get("conversation_logger"))
    for position, line in enumerate(map(_object, lines)):
        known = ("level", "content", "is_pii", "timestamp")
        further = {name: value for name, value in dict.items(line) if name not in known}
        yield (
            "function_logs",
            {
                "log_position": position,
                "level": _text(line.get("level")),
                "content": _text(line.get("content")),
                "is_pii": _value(Kind.BOOLEAN, line.get("is_pii")),
                "logged_at": _moment(line.get("timestamp")),
                "fields": _json(further) if further else None,
            },
        )
    changes = _object(extra.get("state_changes"))
    for change in ("added", "updated"):
        for name, value in dict.items(_object(changes.get(change))):
            yield "state_changes", {"name": clean_text(name), "change": change, "value": _text(value)}
    for name in _list(changes.get("removed")):
        yield "state_changes", {"name": _text(name), "change": "removed", "value": ""}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [_text(element) for element in _list(value)]


def _text(value: Any) -> str:
    try:
        return clean_text(to_text(value))
    except RecursionError:  # nested too deep to be written; the detail has it
        return ""


def _json(value: Any) -> str | None:
    return _text(value) if isinstance(value, dict | list) else json.dumps(value)


def _value(kind: Kind, value: Any) -> Any:
    found = convert(kind, value)
    if found is NO_VALUE or found is None:
        return None
    return float(found) if kind is Kind.NUMBER else found


def _moment(value: Any) -> Any:
    return read_moment(value) if isinstance(value, str) else None
