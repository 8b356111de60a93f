"""What the Agents API answers, for scripts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from polyai_assets_tests.api.scripted_server import Answer, Asked


def summary(id_: str, **fields: Any) -> dict[str, Any]:
    return {
        "conversationId": id_,
        "startedAt": "2026-06-03T14:00:38.580000+00:00",
        "inProgress": False,
        **fields,
    }


def listed(
    ids: Sequence[str],
    *,
    count: int | None = None,
    offset: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A page of the list; `count` defaults to what is on it."""
    body = {
        "conversations": [summary(id_) for id_ in ids],
        "count": len(ids) if count is None else count,
        "limit": 50,
        "offset": offset,
    }
    return Answer(body=json.dumps(body).encode(), headers=headers or {})


def sliced(ids: Sequence[str], asked: Asked) -> Answer:
    """The page of these conversations that was asked for."""
    offset, limit = int(asked.param("offset") or 0), int(asked.param("limit") or 0)
    return listed(ids[offset : offset + limit], count=len(ids), offset=offset)


def detail(id_: str, **fields: Any) -> Answer:
    return Answer(body=json.dumps({**summary(id_), "turns": [], **fields}).encode())


def success(status: int = 201, *, told: object = True) -> Answer:
    return Answer(status, json.dumps({"success": told}).encode())
