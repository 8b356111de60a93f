"""An answer whose head is there and whose body is on its way, and what it means when it does not come whole."""

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import requests
import urllib3
from requests import exceptions as http

from polyai_assets.api import errors
from polyai_assets.api.environment import certificates_fault
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.key import KeyHeader
from polyai_assets.api.project import Connection
from polyai_assets.api.refusal import shorten, where
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.wire import WireLimits
from polyai_assets.machine.secrets import masked

_CHUNK = 1 << 16
"""The most that is decompressed at once, however much the answer would decompress to."""
_LENGTH = re.compile("[0-9]{1,18}")
_CONNECTION = re.compile(r"^\w+\(host=[^)]*\): ")
_ENCODINGS = {"", "identity", "gzip", "x-gzip"}
"""What we ask for. Of the others, not every decoder keeps to `_CHUNK`."""
_EXCERPT_SECONDS = 5.0

FAILURES = (http.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""All that requests and urllib3 raise. Most carry the request, and with it the key. Of files of certificates that are
not there, and of characters that no header or host name can hold, they let through what Python says."""


class Arriving:
    """A body to be read once, within its limits. A context manager: leaving it hangs up."""

    def __init__(
        self,
        response: requests.Response,
        request: HttpRequest,
        connection: Connection,
        key: KeyHeader,
        limits: WireLimits,
    ) -> None:
        self._response, self._request = response, request
        self._connection, self._key, self._limits = connection, key, limits

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up, or keep the connection for reuse if the body was read to its end."""
        self._response.close()

    @property
    def size(self) -> int:
        """Bytes that have come so far, decompressed."""
        return self._limits.size

    @property
    def seconds(self) -> float:
        """Seconds since the request was sent."""
        return self._limits.clock() - self._limits.began

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def sent_id(self) -> str | None:
        """PolyAI's name for the request, as it came."""
        return self.header("x-polyai-correlation-id")

    @property
    def correlation_id(self) -> str | None:
        """PolyAI's name for the request, fit to be shown."""
        return shown_id(self.sent_id)

    @property
    def length(self) -> int | None:
        """Bytes of the body as the head announces them, compressed if it is; None if it does not."""
        value = self.header("Content-Length")
        return int(value) if value and _LENGTH.fullmatch(value) else None

    @property
    def ends_by_itself(self) -> bool:
        """Whether HTTP tells a whole body from one that was cut; else it ends when the server hangs up."""
        return self.length is not None or "chunked" in (self.header("Transfer-Encoding") or "").lower()

    def header(self, name: str) -> str | None:
        """Give a header, as the server wrote it."""
        return self._response.headers.get(name)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body, decompressed, one `recv` at a time: `iter_content` would wait for a server that drips.

        Raises a `TransientError` if it breaks off, falls silent, trickles or takes too long, and the error of the
        bound beyond it: at once, if the head announces so much.
        """
        if (self.header("Content-Encoding") or "").strip().lower() not in _ENCODINGS:
            raise self.located(
                errors.MalformedAnswer(
                    f"The answer for {self._connection.project} is compressed in a way that was not asked for. Check "
                    "what stands between us and PolyAI, such as a proxy."
                )
            )
        self._check_size(self.length or 0)
        while chunk := self._next():
            self._limits.size += len(chunk)
            self._check_size(self.size)
            self._check_time()
            yield chunk

    def read(self) -> bytes:
        """Read the whole body, in its turn if it is large. Raises as `chunks`."""
        large = self._limits.large
        with (
            ExitStack() as turn,
            io.BytesIO() as body,  # an error would keep it, and be kept itself until the next garbage collection
        ):
            has_turn = False
            for chunk in self.chunks():
                body.write(chunk)
                if not has_turn and self.size > large.bytes:
                    turn.enter_context(large.turn(self._check_time))
                    has_turn = True
            return body.getvalue()

    def excerpt(self, most_bytes: int) -> bytes:
        """Read what can be had of a body at once: all of it, its beginning, or nothing."""
        body = b""
        limits = self._limits
        limits.deadline = min(limits.deadline, limits.clock() + _EXCERPT_SECONDS)
        try:
            for chunk in self.chunks():
                body += chunk
                if len(body) >= most_bytes:
                    break
        except PolyAIError:
            return body
        return body

    def located(self, error: PolyAIError) -> PolyAIError:
        """Add to an error that this answer gave rise to where it came from."""
        error.status, error.correlation_id = self.status, self.correlation_id
        error.add(where(self._request.name, self.status, self.correlation_id))
        return error

    def _check_time(self) -> None:
        self._limits.halt.check()
        if self._limits.clock() > self._limits.deadline:
            took_too_long = self._connection.took_too_long
            raise self.located(errors.TimedOut(f"{took_too_long}: {self.size:,} bytes had come."))

    def _check_size(self, size: int) -> None:
        if size > self._limits.bound.bytes:
            raise self.located(self._limits.bound.error())

    def _next(self) -> bytes:
        try:
            return self._response.raw.read1(_CHUNK, decode_content=True)
        except FAILURES as error:
            failure = failure_of(error, self._connection, self._key)
        except PolyAIError as error:  # of the wire
            failure = error
        raise self.located(failure)


def shown_id(sent: str | None) -> str | None:
    """Give a name of a request without what is secret, should a server put the key into it."""
    return shorten(masked(sent)) if sent else None


def failure_of(error: Exception, connection: Connection, key: KeyHeader) -> PolyAIError:
    """Make the error for one of `FAILURES`. To be raised outside of `except`, so that it is not chained."""
    project, reason = connection.project, shorten(key.redact(_reason(error)))
    fault = certificates_fault() if connection.host.startswith("https:") else None
    if fault:
        return errors.InvalidEnvironment(f"{project} cannot be asked for: {fault}")
    match error:
        case http.ReadTimeout() | urllib3.exceptions.ReadTimeoutError():
            return errors.TimedOut(f"The server of {project} fell silent: {reason}.")
        case urllib3.exceptions.ProtocolError() | urllib3.exceptions.DecodeError():
            return errors.TruncatedBody(f"The answer for {project} broke off: {reason}.")
        case http.InvalidURL() | http.InvalidSchema() | ValueError():
            return errors.InvalidConnection(
                f"{project} cannot be asked for: {reason}. Check {connection.base_url_option} and the proxy."
            )
    return errors.ConnectionFailed(
        f"{connection.host} could not be reached for {project}: {reason}. Check network, name, proxy "
        f"(HTTPS_PROXY), certificates (REQUESTS_CA_BUNDLE) and {connection.base_url_option}."
    )


def _reason(error: Exception) -> str:
    """Return the innermost words, as part of a sentence; the outer ones repeat the whole URL, and the connection."""
    inner = error.args[0] if error.args else error
    return _CONNECTION.sub("", str(getattr(inner, "reason", inner))).rstrip(". ")
