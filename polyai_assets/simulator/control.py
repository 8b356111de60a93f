"""What is no part of PolyAI: the control endpoints for another process, and a webhook that keeps what it is sent."""

import os
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.faults import ActiveFault
from polyai_assets.simulator.world import World

PREFIX = "/_simulator"
WEBHOOK = "/webhook"


class ClockOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Stop at a moment, move on, or (`follow_the_machine`) go back to real time."""

    at: datetime | None = None
    advance_seconds: float | None = None
    follow_the_machine: bool = False


class StopOrder(msgspec.Struct, forbid_unknown_fields=True):
    """End the process of this id, and no other one that has taken its port since."""

    pid: int


def routes(world: World) -> list[Route]:
    """Return the control routes.

    GET, POST and DELETE faults, GET and POST clock, GET notes and annotations, POST stop.
    """

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            with world.lock:
                world.faults.clear()
            return Response(status_code=204)
        if request.method == "GET":
            return JSONResponse([_described(active) for active in world.faults])
        try:
            with world.lock:
                active = world.faults.add(msgspec.json.decode(await request.body(), type=Fault))
        except (msgspec.DecodeError, ValueError) as error:
            return JSONResponse({"error_message": str(error)}, 400)
        return JSONResponse(_described(active), 201)

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            try:
                _set_clock(world, msgspec.json.decode(await request.body(), type=ClockOrder))
            except (msgspec.DecodeError, ValueError) as error:
                return JSONResponse({"error_message": str(error)}, 400)
        return JSONResponse({"now": world.clock.now().isoformat()})

    async def notes(_request: Request) -> Response:
        return JSONResponse(msgspec.to_builtins(world.writes.notes))

    async def annotations(_request: Request) -> Response:
        return JSONResponse(msgspec.to_builtins(world.writes.annotations))

    async def stop(request: Request) -> Response:
        try:
            order = msgspec.json.decode(await request.body(), type=StopOrder)
        except msgspec.DecodeError as error:
            return JSONResponse({"error_message": str(error)}, 400)
        if order.pid != os.getpid():
            return JSONResponse({"error_message": f"this is process {os.getpid()}"}, 409)
        request.app.state.server.should_exit = True
        return Response(status_code=204)

    return [
        Route(f"{PREFIX}/stop", stop, methods=["POST"]),
        Route(f"{PREFIX}/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route(f"{PREFIX}/clock", clock, methods=["GET", "POST"]),
        Route(f"{PREFIX}/notes", notes, methods=["GET"]),
        Route(f"{PREFIX}/annotations", annotations, methods=["GET"]),
    ]


def _set_clock(world: World, order: ClockOrder) -> None:
    if order.follow_the_machine:
        world.clock.follow_the_machine()
    if order.at is not None:
        world.clock.stop_at(order.at)
    if order.advance_seconds is not None:
        world.clock.advance(timedelta(seconds=order.advance_seconds))


def _described(active: ActiveFault) -> dict[str, Any]:
    return {"fault": msgspec.to_builtins(active.fault), "hits": active.hits, "is_over": active.is_over}


def webhook_routes(world: World) -> list[Route]:
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

    return [Route(WEBHOOK, webhook, methods=["GET", "POST"])]
