"""`/v1/agents/{agentId}/…`: the Agents API, where each request meets the faults and its answer.

Source: API reference, *Agents API*; the order of the list and its count, and null for what is unset, are those of
recordings of the API.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polyai_assets.simulator import reference
from polyai_assets.simulator.agent_detail import detail_of, summary_of
from polyai_assets.simulator.agent_request import AgentsRequest, conversation_at
from polyai_assets.simulator.answers import RECORDING_NOT_FOUND, Refused, error_answer
from polyai_assets.simulator.days import ServedConversation
from polyai_assets.simulator.exchange import Call, Exchange
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.moments import micros
from polyai_assets.simulator.page import ServedPage, page_number
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.server import RawRoute
from polyai_assets.simulator.wav import Direction, recording
from polyai_assets.simulator.world import World
from polyai_assets.simulator.writes import AnnotationBody, MadeAnnotation, Note, NoteBody

LIST = "/v1/agents/{agent_id}/conversations"
CONVERSATION = LIST + "/{conversation_id}"


class ListParameters(msgspec.Struct):
    """The parameters of the list. There are no filters; what else is asked for is passed over."""

    limit: Annotated[int, msgspec.Meta(ge=1)] = 50
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0


def list_newest(asked: AgentsRequest) -> Response:
    """Answer with a page of summaries and with how many conversations there are in all."""
    exchange = asked.exchange
    _, count = exchange.store.newest(exchange.project, exchange.now, 0, 0)
    exchange.page = exchange.list_page(exchange.query)
    asked.world.faults.strike(exchange, Stage.LISTED, page_number(exchange.query, "offset"))
    bodies = b",".join(entry.body for entry in exchange.listed.entries)
    rest = b'],"count":%d,"limit":%d,"offset":%d}' % (count, exchange.query.limit, exchange.query.offset)
    return Response(b'{"conversations":[' + bodies + rest, media_type="application/json")


def page_of(asked: AgentsRequest, query: Query) -> ServedPage:
    """Return the page from the `offset` of `query` on; each of its bodies is a summary."""
    exchange = asked.exchange
    entries, count = exchange.store.newest(exchange.project, exchange.now, query.offset, query.limit)
    following = query.offset + query.limit
    return ServedPage(
        [entry._replace(body=_summary(asked, entry)) for entry in entries],
        page_number(query, "offset"),
        next_offset=following if following < count else None,
    )


def _summary(asked: AgentsRequest, entry: ServedConversation) -> bytes:
    conversation = conversation_at(asked.exchange.project, entry, asked.exchange.now)
    return msgspec.json.encode(summary_of(conversation, asked.note_of(conversation)))


class AudioParameters(msgspec.Struct):
    """The parameters of a recording."""

    direction: Direction = "combined"
    redacted: bool = False


def detail(asked: AgentsRequest) -> Response:
    """Answer with the whole detail."""
    exchange, conversation = asked.exchange, asked.conversation
    body = msgspec.json.encode(detail_of(conversation, asked.note_of(conversation)))
    exchange.page = ServedPage([conversation.entry._replace(body=body)], 1)
    asked.world.faults.strike(exchange, Stage.LISTED, 1)
    return Response(exchange.listed.entries[0].body, media_type="application/json")


def audio(asked: AgentsRequest) -> Response:
    """Answer with a WAV file. Raises Refused (404) where nothing was recorded."""
    wanted, conversation = asked.parameters(AudioParameters), asked.conversation
    if not conversation.has_recording:
        raise Refused(404, RECORDING_NOT_FOUND, f"Conversation {conversation.id} has no recording")
    seconds = conversation.record.get("total_duration")
    wav = recording(
        seconds if isinstance(seconds, int) else 0,
        wanted.direction,
        conversation.share("voice"),
        redacted=wanted.redacted or not conversation.project.pii_access,
        rate=asked.world.deployment.sample_rate,
    )
    return Response(wav, media_type="audio/wav")


def annotate(asked: AgentsRequest) -> Response:
    """Keep annotations, all or none of them. Raises Refused (422) for a turn that there is not."""
    conversation, content = asked.conversation, asked.content(AnnotationBody)
    for item in content.annotations:
        if item.turn_id >= len(conversation.turns):
            count = len(conversation.turns)
            raise Refused(
                422, "VALIDATION_ERROR", f"turnId {item.turn_id}: the conversation has {count} turns"
            )
    asked.world.writes.annotations += [
        MadeAnnotation(
            conversation.project.key,
            conversation.id,
            asked.now,
            item.turn_id,
            item.role,
            item.annotation_type,
        )
        for item in content.annotations
    ]
    return JSONResponse({"success": True}, 201)


def write_note(asked: AgentsRequest) -> Response:
    """Keep the note."""
    conversation, content = asked.conversation, asked.content(NoteBody)
    asked.world.writes.add_note(Note(conversation.project.key, conversation.id, asked.now, content.note))
    return JSONResponse({"success": True}, 201)


def routes(world: World) -> list[Route]:
    """Return the routes of the Agents API."""

    def route(path: str, method: str, call: Call, answer: Callable[[AgentsRequest], Response]) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                with world.lock:
                    return _answer(world, request, body, call, answer)
            except Refused as refused:
                return error_answer(refused.status, refused.code, refused.message)

        return RawRoute(path, endpoint, methods=[method])

    return [
        route(LIST, "GET", "agent_list", list_newest),
        route(CONVERSATION, "GET", "detail", detail),
        route(CONVERSATION + "/audio", "GET", "audio", audio),
        route(CONVERSATION + "/annotation", "POST", "annotation", annotate),
        route(CONVERSATION + "/note", "POST", "note", write_note),
        *(route(path, "GET", call, answer) for path, (call, answer) in reference.ANSWERS.items()),
    ]


def _answer(
    world: World, request: Request, body: bytes, call: Call, answer: Callable[[AgentsRequest], Response]
) -> Response:
    conversation_id = request.path_params.get("conversation_id")
    project = _project(world, request)
    now = world.clock.now()
    exchange = Exchange(
        project=project,
        query=Query(),
        now=micros(now),
        store=world.store,
        list_page=lambda query: page_of(asked, query),
        call=call,
        conversation_id=conversation_id,
    )
    asked = AgentsRequest(world, exchange, request, body, now)
    if call == "agent_list":
        wanted = asked.parameters(ListParameters)
        exchange.query = Query(limit=wanted.limit, offset=wanted.offset)
    elif conversation_id and (found := world.store.find(project, conversation_id, exchange.now)) is not None:
        exchange.query = Query(start=found.started, end=found.started + 1)
    world.faults.strike(exchange, Stage.ASKED, page_number(exchange.query, "offset"))
    if exchange.answer is None:
        exchange.answer = answer(asked)
        world.faults.strike(exchange, Stage.ANSWERED, page_number(exchange.query, "offset"))
    return exchange.answer


def _project(world: World, request: Request) -> SimulatedProject:
    """Return the agent that is asked for, or the first of the account. Raises Refused if the key opens none."""
    api_key, path = request.headers.get("x-api-key"), request.path_params
    if "agent_id" in path:
        return world.agent_opened_by(api_key, path["agent_id"])
    return world.agents_of(api_key, path["account_id"])[0]
