"""The retrieval modes: which conversations a transcript or a semantic search finds."""

import re
from typing import Any

from polyai_assets.simulator.query import Query
from polyai_assets.simulator.readable import object_in

_TEXTS = {"user": ("user_input",), "agent": ("agent_response",), None: ("user_input", "agent_response")}


def is_found(body: bytes, query: Query) -> bool:
    """Whether the conversation in `body` answers the search in `query`; one that is not JSON never does."""
    if query.query_type == "transcript":
        record = object_in(body)
        said = _said(record, query.turn_type) if record is not None else []
        return any(query.text.casefold() in text.casefold() for text in said)
    return nearness(body, query) >= 0.5


def nearness(body: bytes, query: Query) -> float:
    """Say how near the conversation in `body` is to a semantic search, 0 to 1.

    Nearness in meaning is imitated by the share of common word stems: near enough to test a client with.
    """
    record, wanted = object_in(body), _stems(query.text)
    if record is None or not wanted:
        return 0.0
    return len(wanted & _stems(" ".join(_said(record, None)))) / len(wanted)


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
