"""An S3 that may answer as S3 does on a bad day: it passes on to another whatever it is not to answer itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

import requests

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
OVERLOADED = (
    b"<Error><Code>ServiceUnavailable</Code><Message>Service is unable to handle it.</Message></Error>"
)
FORBIDDEN = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


HANG_UP = 0
"""The status of no answer at all."""


class Answer(NamedTuple):
    """What is answered in place of S3: `times` times, to requests whose path holds `about`."""

    status: int
    content: bytes
    about: str = ""
    times: int = 1_000
    method: str = ""


@dataclass
class FaultyS3:
    """Where it is reached, and what it answers by itself. `asked` are method and path of every request."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer_to(self, method: str, path: str) -> Answer | None:
        self.asked.append((method, path))
        for number, one in enumerate(self.answers):
            if one.times and one.about in path and method.startswith(one.method):
                self.answers[number] = one._replace(times=one.times - 1)
                return one
        return None


@contextmanager
def faulty_s3(behind: str) -> Iterator[FaultyS3]:
    """Serve an S3 in front of the one at `behind`."""
    served = FaultyS3("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = served.answer_to(self.command, self.path)
            if answer is not None and answer.status == HANG_UP:
                self.close_connection = True
                return
            if answer is not None:
                self.reply(answer.status, {"Content-Type": "application/xml"}, answer.content)
                return
            passed = requests.request(
                self.command, behind + self.path, headers=dict(self.headers), data=body, timeout=10
            )
            headers = {
                name: value
                for name, value in passed.headers.items()
                if name.lower()
                not in ("content-length", "transfer-encoding", "connection", "content-encoding")
            }
            self.reply(passed.status_code, headers, passed.content, passed.headers.get("Content-Length"))

        def reply(
            self, status: int, headers: dict[str, str], content: bytes, length: str | None = None
        ) -> None:
            is_head = self.command == "HEAD"
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", length or "0" if is_head else str(len(content)))
            self.end_headers()
            if not is_head:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
