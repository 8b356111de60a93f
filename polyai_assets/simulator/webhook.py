"""A webhook that is no part of PolyAI: it keeps what it is sent, so that alerts of a demo stay on this machine."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polyai_assets.simulator.world import World

PATH = "/webhook"


def routes(world: World) -> list[Route]:
    """Return the route: POST any JSON, GET all that came, the older first."""

    async def webhook(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(world.messages)
        try:
            message: Any = msgspec.json.decode(await request.body())
        except msgspec.DecodeError as error:
            return JSONResponse({"error_message": str(error)}, 400)
        world.messages.append(message)
        return Response(status_code=204)

    return [Route(PATH, webhook, methods=["GET", "POST"])]
