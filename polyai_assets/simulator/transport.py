"""Answers that break or hold up the connection they are sent on."""

import asyncio
import socket
import struct
import time
from typing import cast

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_POLL_SECONDS = 0.01
# On, for no seconds: closing then sends RST at once and throws away what was not sent.
_LINGER_NOT = struct.pack("ii", 1, 0)


class ResetConnection(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset the connection of `scope`."""
        transport = _transport(scope)
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()
        await _until_disconnected(receive)


class CutShort(Response):
    """Announces all of `whole` and closes after `sent` bytes of its body."""

    def __init__(self, whole: Response, sent: int) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and a part of the body, then close."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body)[: self._sent], "more_body": True})
        _transport(scope).close()
        await _until_disconnected(receive)


class Stalled(Response):
    """Sends nothing, or the head and `sent` bytes, then waits for `seconds` before the rest."""

    def __init__(self, whole: Response, seconds: float, sent: int | None) -> None:
        super().__init__(whole.body, whole.status_code, media_type=whole.media_type)
        self._seconds = seconds
        self._sent = sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of the answer in the end, unless the client has left or the server stops."""
        body = bytes(self.body)
        if self._sent is None:
            await self._wait(scope)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if self._sent is not None:
            await send({"type": "http.response.body", "body": body[: self._sent], "more_body": True})
            await self._wait(scope)
        await send({"type": "http.response.body", "body": body[self._sent or 0 :], "more_body": False})

    async def _wait(self, scope: Scope) -> None:
        server, transport = _server(scope), _transport(scope)
        until = time.monotonic() + self._seconds
        while time.monotonic() < until and not server.should_exit and not transport.is_closing():
            await asyncio.sleep(_POLL_SECONDS)


async def _until_disconnected(receive: Receive) -> None:
    # Returning earlier would count as an unfinished answer, and uvicorn would log that as an error.
    while (await receive())["type"] != "http.disconnect":
        pass


def _server(scope: Scope) -> uvicorn.Server:
    return cast("uvicorn.Server", scope["app"].state.server)


def _transport(scope: Scope) -> asyncio.Transport:
    for connection in _server(scope).server_state.connections:
        if isinstance(connection, H11Protocol) and connection.client == tuple(scope["client"]):
            return connection.transport
    msg = f"no connection from {scope['client']}"
    raise LookupError(msg)
