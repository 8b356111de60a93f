"""`GET /{version}/{account_id}/{project_id}/conversations`, for v1, v2 and v3; and what v1 makes of a page.

Source: API reference, *List conversations* of each version, and *Migrating from v1*.
"""

from collections.abc import Awaitable, Callable
from typing import Any, get_args
from zlib import crc32

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polyai_assets.simulator.answers import Refused, error_answer
from polyai_assets.simulator.days import ServedConversation
from polyai_assets.simulator.deployment import ListVersion, Name
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.fault_kinds.records import parts_of
from polyai_assets.simulator.moments import micros
from polyai_assets.simulator.page import ServedPage, list_page, page_number
from polyai_assets.simulator.query import Query, read_query
from polyai_assets.simulator.served import object_in
from polyai_assets.simulator.world import World

DESCRIPTIONS = {
    "conversations": {
        "id": "Unique ID for this conversation.",
        "started_at": "Time when the conversation began, in ISO8601 format.",
        "channel": "Medium of the conversation, e.g. CHAT or VOICE-SIP.",
        "in_progress": "If true, the call is still in progress and its properties may change.",
        "total_duration": "Duration of the entire call, in seconds.",
        "turns": "Ordered list of turns in the conversation.",
    }
}
MAY_BE_MISSING = ("latency", "translated_user_input", "english_agent_response")

# From 2026-11-03T10:15:02.120450Z, which is how v3 writes all of them.
_TIMES: tuple[Callable[[str], str], ...] = (
    lambda text: text[:23] + "Z",  # 2026-11-03T10:15:02.120Z
    lambda text: text.replace("T", " ").removesuffix("Z"),  # 2026-11-03 10:15:02.120450
    lambda text: text.removesuffix("Z").rstrip("0").rstrip(".") + "Z",  # 2026-11-03T10:15:02.12045Z
    lambda text: text[:19].replace("T", " ") + "+00:00",  # 2026-11-03 10:15:02+00:00
    lambda text: text.removesuffix("Z") + "+00:00",  # 2026-11-03T10:15:02.120450+00:00
)
Endpoint = Callable[[Request], Awaitable[Response]]


def as_v1(entry: ServedConversation) -> ServedConversation:
    """Return an entry as v1 serves it. What a test gave stays byte for byte."""
    record = None if entry.ended is None else object_in(entry.body)
    if record is None:
        return entry
    number = crc32(entry.id.encode())
    # With all six digits, or a conversation could seem to lie outside of the range it was found in.
    _rewrite(record, "started_at", (1, 4)[number % 2])
    for step, turn in enumerate(parts_of(record, in_turns=True)):
        _age_turn(turn, number + step)
    return entry._replace(body=msgspec.json.encode(_with_nulls(record)))


def as_v1_page(page: ServedPage) -> ServedPage:
    """Return a page of v1: its records, and the key that explains them."""
    page.entries = [as_v1(entry) for entry in page.entries]
    page.descriptions = DESCRIPTIONS
    return page


def as_v1_error(answer: Response) -> Response:
    """Return an answer, cut down to `error_message` where it is an error envelope."""
    if answer.status_code < 400 or not isinstance(answer, JSONResponse):
        return answer
    message = msgspec.json.decode(answer.body)["error_message"]
    kept = {
        name: value
        for name, value in answer.headers.items()
        if name not in ("content-length", "content-type")
    }
    return JSONResponse({"error_message": message}, answer.status_code, kept)


def _age_turn(turn: dict[str, Any], number: int) -> None:
    turn.pop("barge_in", None)  # v1 does not know it
    _rewrite(turn, "user_input_datetime", number % 5)
    _rewrite(turn, "agent_response_datetime", (number + 2) % 5)
    for place, field in enumerate(MAY_BE_MISSING):
        if (number + place) % 3 == 0:
            turn.pop(field, None)
    _with_nulls(turn)


def _rewrite(part: dict[str, Any], field: str, form: int) -> None:
    """Write a time in another form; what a fault has made of it stays."""
    text = part.get(field)
    if isinstance(text, str) and len(text) == 27 and text.endswith("Z"):
        part[field] = _TIMES[form](text)


def _with_nulls(part: dict[str, Any]) -> dict[str, Any]:
    part.update({field: None for field, value in part.items() if value == ""})
    return part


def routes(world: World) -> list[Route]:
    """Return the routes of the three versions."""
    versions = [world.deployment.version(name) for name in get_args(Name)]
    path = "/{account_id}/{project_id}/conversations"
    return [
        Route(f"/{version.name}{path}", _endpoint(world, version), methods=["GET"]) for version in versions
    ]


def _endpoint(world: World, version: ListVersion) -> Endpoint:
    async def conversations(request: Request) -> Response:
        try:
            with world.lock:
                answer = _list_conversations(world, version, request)
        except Refused as refused:
            answer = error_answer(refused.status, refused.code, refused.message)
        return as_v1_error(answer) if version.name == "v1" else answer

    return conversations


def _list_conversations(world: World, version: ListVersion, request: Request) -> Response:
    project = world.opened_by(request.headers.get("x-api-key"), **request.path_params)
    query = read_query(request.query_params, version, world.deployment)
    now = micros(world.clock.now())
    number = page_number(query, version.pagination)

    def listed(wanted: Query) -> ServedPage:
        page = list_page(world.store, project, wanted, now, version.pagination, world.random)
        return as_v1_page(page) if version.name == "v1" else page

    exchange = Exchange(project, query, now, world.store, listed)
    world.faults.strike(exchange, Stage.ASKED, number)
    if exchange.answer is not None:
        return exchange.answer
    exchange.page = listed(query)
    world.faults.strike(exchange, Stage.LISTED, number)
    exchange.answer = Response(exchange.listed.render(), media_type="application/json")
    world.faults.strike(exchange, Stage.ANSWERED, number)
    return exchange.answer
