"""`/v1/agents/{agentId}/…`: the Agents API, where each request meets the faults and its answer."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polyai_assets.simulator import reference
from polyai_assets.simulator.agent_answers import annotate, audio, detail, write_note
from polyai_assets.simulator.agent_list import ListParameters, list_newest, page_of
from polyai_assets.simulator.agent_request import Asked
from polyai_assets.simulator.answers import Refused, error_answer
from polyai_assets.simulator.call import Call
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.moments import micros
from polyai_assets.simulator.page import page_number
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.raw_route import RawRoute
from polyai_assets.simulator.world import World

LIST = "/v1/agents/{agent_id}/conversations"
ONE = LIST + "/{conversation_id}"


def routes(world: World) -> list[Route]:
    """Return the routes of the Agents API."""

    def route(path: str, method: str, call: Call, answer: Callable[[Asked], Response]) -> Route:
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
        route(ONE, "GET", "detail", detail),
        route(ONE + "/audio", "GET", "audio", audio),
        route(ONE + "/annotation", "POST", "annotation", annotate),
        route(ONE + "/note", "POST", "note", write_note),
        *(route(path, "GET", call, answer) for path, (call, answer) in reference.ANSWERS.items()),
    ]


def _answer(
    world: World, request: Request, body: bytes, call: Call, answer: Callable[[Asked], Response]
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
    asked = Asked(world, exchange, request, body, now)
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
