"""Runs the application, in a thread for tests or for good, and notes the requests; a route for ids of any kind."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from urllib.parse import parse_qs, unquote
from uuid import uuid4

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RawRoute(Route):
    """Like Route, but a percent-encoded slash does not end a part of the path; the parts arrive decoded."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path as it was sent."""
        match, child = super().matches({**scope, "path": scope["raw_path"].decode("ascii")})
        if match is not Match.NONE:
            child["path_params"] = {name: unquote(part) for name, part in child["path_params"].items()}
        return match, child


@dataclass
class SeenRequest:
    """One request: never its headers, and so never a key. `status` is None if no answer was begun."""

    method: str
    path: str
    query: dict[str, list[str]]
    correlation_id: str
    status: int | None = None


class Recorder:
    """ASGI middleware that appends to `requests`, except what goes to paths under `unrecorded`."""

    def __init__(self, app: ASGIApp, requests: list[SeenRequest], unrecorded: str) -> None:
        self._app = app
        self._requests = requests
        self._unrecorded = unrecorded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        seen = SeenRequest(scope["method"], scope["path"], query, str(uuid4()))
        if not seen.path.startswith(self._unrecorded):
            # Before the answer, so that whoever has read the answer finds its request here.
            self._requests.append(seen)

        async def begin(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                MutableHeaders(scope=message)["x-polyai-correlation-id"] = seen.correlation_id
            await send(message)

        await self._app(scope, receive, begin)


@contextmanager
def running(app: Starlette, wrapped: ASGIApp, host: str, port: int) -> Iterator[str]:
    """Serve `wrapped` in a thread and yield its URL; port 0 takes a free one.

    Raises OSError if the port is taken. On leaving, open connections end and the thread is waited for.
    """
    listener = socket.create_server((host, port))
    server = _server(app, wrapped)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="polyai-simulator", daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.002)
        if not server.started:
            msg = "the simulator's server ended before it had started; see the log"
            raise RuntimeError(msg)
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def serve(app: Starlette, wrapped: ASGIApp, host: str, port: int, idle: float | None = None) -> None:
    """Serve until interrupted, or for `idle` seconds without a request. Raises OSError if the port is taken."""
    with socket.create_server((host, port)) as listener:
        asked = _LastRequest(wrapped)
        server = _server(app, asked)
        if idle is not None:
            Thread(target=_end_when_idle, args=(server, asked, idle), daemon=True).start()
        server.run(sockets=[listener])


class _LastRequest:
    """ASGI middleware that knows when it was last asked for anything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.at = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.at = time.monotonic()
        await self._app(scope, receive, send)


def _end_when_idle(server: uvicorn.Server, asked: _LastRequest, idle: float) -> None:
    while not server.should_exit:
        left = asked.at + idle - time.monotonic()
        if left <= 0:
            server.should_exit = True
        else:
            time.sleep(left)


def _server(app: Starlette, wrapped: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        wrapped,
        # One protocol on every machine: faults reach into its connections, and httptools may not be there.
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    app.state.server = server
    return server
