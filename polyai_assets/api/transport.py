"""Sends one GET and reads its answer. Whatever goes wrong leaves as one of our errors.

An exception of requests carries the request, and with it the key. It is never chained to ours: each failure
is turned into an error inside `except` and raised outside of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from requests import exceptions as http
from requests.adapters import HTTPAdapter

from polyai_assets.api import errors
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.key import ApiKey
from polyai_assets.api.project import Connection
from polyai_assets.api.refusal import Refusal, error_of, shorten
from polyai_assets.api.retry_after import http_date, retry_after

MAX_THREADS = 32
"""Connections kept open for reuse; more threads work too, but connect anew."""
_CHUNK = 1 << 18
_ERROR_BODY = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """A 200: its body, decompressed, and the seconds it took."""

    body: bytes
    correlation_id: str | None
    seconds: float


class _Session(requests.Session):
    """Knows no redirects. Even where it may not follow one, requests prepares the next request, key and all."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class Transport:
    """A pool of connections to one project, for any number of threads."""

    def __init__(self, connection: Connection, key: ApiKey, *, clock: Callable[[], float]) -> None:
        self._connection, self._key, self._clock = connection, key, clock
        self._session = _Session()
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "polyai-assets"}
        )
        self._session.cookies.set_policy(
            DefaultCookiePolicy(allowed_domains=[])
        )  # nothing to carry between threads
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=MAX_THREADS, max_retries=0))

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def get(self, query_string: str, *, seconds_left: float, most_bytes: float) -> Answer:
        """Bring the 200 for this query, within `seconds_left` in all.

        Raises a `TransientError` or `PermanentError` by what happened, `PageTooHeavy` beyond `most_bytes`.
        """
        began = self._clock()
        deadline = began + seconds_left
        answer: Answer | PolyAIError
        try:
            with self._send(query_string, seconds_left) as response:
                if response.status_code == 200:
                    body = self._read(response, deadline, most_bytes)
                    answer = Answer(
                        body=body,
                        correlation_id=self._correlation_id(response),
                        seconds=self._clock() - began,
                    )
                else:
                    answer = self._refusal(response, deadline)
        except (http.RequestException, urllib3.exceptions.HTTPError) as error:
            answer = self._failure(error)
        if isinstance(answer, PolyAIError):
            raise answer
        return answer

    def _send(self, query_string: str, seconds_left: float) -> requests.Response:
        limits = self._connection
        seconds_left = max(seconds_left, 0.001)  # 0 would mean no time-out
        return self._session.get(
            f"{limits.host}{limits.path}?{query_string}",
            auth=self._key,
            timeout=(min(limits.connect_timeout, seconds_left), min(limits.read_timeout, seconds_left)),
            allow_redirects=False,
            stream=True,
        )

    def _read(self, response: requests.Response, deadline: float, most_bytes: float) -> bytes:
        """Read the body, one `recv` at a time: a server that drips would keep `iter_content` for ever."""
        chunks: list[bytes] = []
        size = 0
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            chunks.append(chunk)
            size += len(chunk)
            if size > most_bytes:
                raise errors.PageTooHeavy(
                    f"A page of {self._connection.project} is above {most_bytes:,.0f} bytes."
                )
            if self._clock() > deadline:
                raise errors.TimedOut(
                    f"The answer for {self._connection.project} had not ended when its time had "
                    f"({self._connection.give_up_after:g} s, with its retries): {size:,} bytes had come."
                )
        return b"".join(chunks)

    def _refusal(self, response: requests.Response, deadline: float) -> PolyAIError:
        now = http_date(response.headers.get("Date")) or datetime.now(UTC)  # its clock, where the two differ
        refusal = Refusal(
            status=response.status_code,
            body=self._excerpt(response, deadline),
            location=response.headers.get("Location"),
            correlation_id=self._correlation_id(response),
            retry_after=retry_after(response.headers.get("Retry-After"), now=now),
        )
        return error_of(refusal, self._connection, self._key)

    def _excerpt(self, response: requests.Response, deadline: float) -> bytes:
        """Read what can be had of an error's body. Without it, or with half of it, the status stands."""
        body = b""
        try:
            while len(body) < _ERROR_BODY and self._clock() < deadline:
                chunk = response.raw.read1(_ERROR_BODY, decode_content=True)
                if not chunk:
                    break
                body += chunk
        except urllib3.exceptions.HTTPError:
            return body
        return body

    def _correlation_id(self, response: requests.Response) -> str | None:
        value = response.headers.get("x-polyai-correlation-id")
        return shorten(self._key.redact(value)) if value else None

    def _failure(self, error: Exception) -> PolyAIError:
        project, reason = self._connection.project, shorten(self._key.redact(_reason(error)))
        match error:
            case http.InvalidURL() | http.InvalidSchema() | urllib3.exceptions.LocationValueError():
                return errors.InvalidConnection(
                    f"{project} cannot be asked for: {reason}. Check base_url and the proxy."
                )
            case http.ReadTimeout() | urllib3.exceptions.ReadTimeoutError():
                return errors.TimedOut(f"The server of {project} fell silent: {reason}.")
            case urllib3.exceptions.ProtocolError() | urllib3.exceptions.DecodeError():
                return errors.TruncatedBody(f"The answer for {project} broke off: {reason}.")
        return errors.ConnectionFailed(
            f"{self._connection.host} could not be reached for {project}: {reason}. Check network, "
            f"name, proxy (HTTPS_PROXY), certificates (REQUESTS_CA_BUNDLE) and base_url."
        )


def _reason(error: Exception) -> str:
    """Return the innermost words; the outer ones repeat the whole URL."""
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", inner))
