"""The retrieval modes: which conversations a transcript or a semantic search finds."""

import re
from typing import Any

from polyai_assets.simulator.query import Query
from polyai_assets.simulator.readable import object_in

_TEXTS = {"user": ("user_input",), "agent": ("agent_response",), None: ("user_input", "agent_response")}


def is_found(body: bytes, query: Query) -> bool:
    """Whether the conversation in `body` answers the search in `query`; one that is not JSON never does."""
    record = object_in(body)
    said = _said(record, query.turn_type) if record is not None else []
    if query.query_type == "transcript":
        return any(query.text.casefold() in text.casefold() for text in said)
    # Nearness in meaning is imitated by shared word stems: near enough to test a client with.
    wanted = _stems(query.text)
    return bool(wanted) and len(wanted & _stems(" ".join(said))) * 2 >= len(wanted)


def _said(record: dict[str, Any], turn_type: str | None) -> list[str]:
    turns = record.get("turns")
    return [
        turn[name]
        for turn in (turns if isinstance(turns, list) else [])
        for name in _TEXTS[turn_type]
        if isinstance(turn, dict) and isinstance(turn.get(name), str)
    ]


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.casefold())}
