"""`GET /{version}/{account_id}/{project_id}/conversations`, for v1, v2 and v3."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from polyai_assets.simulator.answers import Refused, error_answer
from polyai_assets.simulator.deployment import Version
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault_kinds import Stage
from polyai_assets.simulator.moments import micros
from polyai_assets.simulator.page import Page, list_page, page_number
from polyai_assets.simulator.query import Query, read_query
from polyai_assets.simulator.v1 import as_v1_error, as_v1_page
from polyai_assets.simulator.world import World

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(world: World) -> list[Route]:
    """Return the routes of the three versions."""
    versions = [world.deployment.version(name) for name in ("v1", "v2", "v3")]
    path = "/{account_id}/{project_id}/conversations"
    return [
        Route(f"/{version.name}{path}", _endpoint(world, version), methods=["GET"]) for version in versions
    ]


def _endpoint(world: World, version: Version) -> Endpoint:
    async def conversations(request: Request) -> Response:
        try:
            with world.lock:
                answer = _list_conversations(world, version, request)
        except Refused as refused:
            answer = error_answer(refused.status, refused.code, refused.message)
        return as_v1_error(answer) if version.name == "v1" else answer

    return conversations


def _list_conversations(world: World, version: Version, request: Request) -> Response:
    project = world.opened_by(request.headers.get("x-api-key"), **request.path_params)
    query = read_query(request.query_params, version, world.deployment)
    now = micros(world.clock.now())
    number = page_number(query, version.pagination)

    def listed(wanted: Query) -> Page:
        page = list_page(world.store, project, wanted, now, version.pagination, world.dice)
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
