"""A real HTTP server on localhost that answers from a script, and misbehaves on demand."""

import gzip
import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    target: str
    headers: Mapping[str, str]
    connection: int
    method: str = "GET"
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=True)

    def param(self, name: str) -> str | None:
        values = self.params.get(name, [])
        assert len(values) < 2
        return values[0] if values else None


Behaviour = Callable[["Handler"], None]


@dataclass(frozen=True)
class Answer:
    """A well-behaved answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, handler: "Handler") -> None:
        handler.send_response_only(self.status)
        for name, value in {"Content-Length": str(len(self.body)), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


def page(ids: Iterable[str] = (), *, headers: Mapping[str, str] | None = None, **envelope: Any) -> Answer:
    """A page of small conversations; the envelope is just what is given."""
    records = [
        {"id": id_, "started_at": "2026-11-03T00:00:00Z", "in_progress": False, "num_turns": 0} for id_ in ids
    ]
    return Answer(body=json.dumps({"conversations": records, **envelope}).encode(), headers=headers or {})


def last(*ids: str) -> Answer:
    """The last page of a walk."""
    return page(ids, cursor=None)


def error(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    """An error in PolyAI's envelope; header names with _ for -."""
    body = {"success": False, "error_code": code, "error_message": message, "data": None}
    return Answer(
        status, json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()}
    )


def gzipped(answer: Answer) -> Answer:
    return Answer(answer.status, gzip.compress(answer.body), {**answer.headers, "Content-Encoding": "gzip"})


def reset(handler: "Handler") -> None:
    """Drop the connection with a TCP reset before any answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(handler.connection.detach())
    handler.close_connection = True


def close(handler: "Handler") -> None:
    """Close the connection in good order, but without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def cut(answer: Answer, *, keep: int) -> Behaviour:
    """Promise the whole body by Content-Length and close after `keep` bytes of it."""

    def behave(handler: "Handler") -> None:
        whole = str(len(answer.body))
        Answer(answer.status, answer.body[:keep], {**answer.headers, "Content-Length": whole})(handler)
        close(handler)

    return behave


def chunked(answer: Answer, *, finish: bool = True) -> Behaviour:
    """Send the body in chunks of 7 bytes, with or without the one that marks the end."""

    def behave(handler: "Handler") -> None:
        handler.send_response_only(answer.status)
        for name, value in {**answer.headers, "Transfer-Encoding": "chunked"}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for start in range(0, len(answer.body), 7):
            chunk = answer.body[start : start + 7]
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if finish:
            handler.wfile.write(b"0\r\n\r\n")
        else:
            close(handler)

    return behave


def stall(handler: "Handler") -> None:
    """Say nothing until the test is over."""
    handler.scripted.over.wait(30)


def stall_in_body(handler: "Handler") -> None:
    """Send the head and some of the body, then say nothing until the test is over."""
    Answer(200, b'{"conversations": [', {"Content-Length": "1000"})(handler)
    handler.wfile.flush()
    stall(handler)


def announce(handler: "Handler") -> None:
    """Send an interim answer (103 Early Hints) and then nothing until the test is over."""
    handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
    handler.wfile.flush()
    stall(handler)


def drip(handler: "Handler") -> None:
    """Send a byte now and then, for ever."""
    dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")(handler)


def dripping(begin: bytes) -> Behaviour:
    """Send some bytes of an answer, and from then on a blank now and then, for ever."""

    def behave(handler: "Handler") -> None:
        try:
            handler.wfile.write(begin)
            while not handler.scripted.over.wait(0.01):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            handler.close_connection = True  # the client hung up, as it should

    return behave


def endless(begin: bytes, more: bytes) -> Behaviour:
    """Send some bytes of an answer, and from then on the same ones for ever, as fast as they are taken."""

    def behave(handler: "Handler") -> None:
        handler.close_connection = True
        with suppress(OSError):
            handler.wfile.write(begin)
            while not handler.scripted.over.is_set():
                handler.wfile.write(more)

    return behave


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    scripted: "ScriptedServer"

    def do_GET(self) -> None:
        self.scripted.answer(self)

    def do_POST(self) -> None:
        self.scripted.answer(self)

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # sockets that were closed on purpose


class ScriptedServer:
    """Gives the answers of its script one after the other, or the one that a function finds for the request."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self._script: list[Behaviour] = []
        self._find: Callable[[Asked], Behaviour] | None = None
        self._lock = threading.Lock()
        handler = type("BoundHandler", (Handler,), {"scripted": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *script: Behaviour) -> None:
        """Answer so, in this order; a request beyond the end gets a 418."""
        self._script.extend(script)

    def serve(self, find: Callable[[Asked], Behaviour]) -> None:
        """Answer each request with what `find` returns for it."""
        self._find = find

    def answer(self, handler: Handler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        asked = Asked(
            handler.path, dict(handler.headers.items()), handler.client_address[1], handler.command, body
        )
        with self._lock:
            self.asked.append(asked)
            if self._find is not None:
                behave = self._find(asked)
            else:
                behave = self._script.pop(0) if self._script else Answer(418)
        behave(handler)

    def asked_for(self, name: str) -> list[str | None]:
        """The value of this parameter in each request."""
        return [asked.param(name) for asked in self.asked]
