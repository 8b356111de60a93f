"""Remembers what was asked, and gives every answer its correlation id."""

from dataclasses import dataclass
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


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
