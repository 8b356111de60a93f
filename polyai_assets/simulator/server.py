"""Runs the application: in a thread for tests, or for good from the command line."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send


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
        asked = _Asked(wrapped)
        server = _server(app, asked)
        if idle is not None:
            Thread(target=_end_when_idle, args=(server, asked, idle), daemon=True).start()
        server.run(sockets=[listener])


class _Asked:
    """ASGI middleware that knows when it was last asked for anything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.at = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.at = time.monotonic()
        await self._app(scope, receive, send)


def _end_when_idle(server: uvicorn.Server, asked: _Asked, idle: float) -> None:
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
