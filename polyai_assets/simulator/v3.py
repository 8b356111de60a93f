"""`GET /v3/{account_id}/{project_id}/conversations`."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polyai_assets.simulator.answers import Refused, error_answer
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.moments import micros
from polyai_assets.simulator.page import Page, list_page, page_number
from polyai_assets.simulator.query import Query, read_query
from polyai_assets.simulator.world import World


def routes(world: World) -> list[Route]:
    """Return the routes of v3."""

    async def conversations(request: Request) -> Response:
        try:
            with world.lock:
                return _list_conversations(world, request)
        except Refused as refused:
            return error_answer(refused.status, refused.code, refused.message)

    return [Route("/v3/{account_id}/{project_id}/conversations", conversations, methods=["GET"])]


def _list_conversations(world: World, request: Request) -> Response:
    project = world.opened_by(request.headers.get("x-api-key"), **request.path_params)
    query = read_query(request.query_params)
    now = micros(world.clock.now())
    number = page_number(query, world.pagination)

    def listed(wanted: Query) -> Page:
        return list_page(world.store, project, wanted, now, world.pagination, world.dice)

    exchange = Exchange(project, query, now, world.store, listed)
    world.faults.strike(exchange, Stage.ASKED, number)
    if exchange.answer is not None:
        return exchange.answer
    exchange.page = listed(query)
    world.faults.strike(exchange, Stage.LISTED, number)
    exchange.answer = Response(exchange.listed.render(), media_type="application/json")
    world.faults.strike(exchange, Stage.ANSWERED, number)
    return exchange.answer
