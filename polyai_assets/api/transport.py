"""Sends one request and reads its answer. Whatever goes wrong leaves as one of our errors.

An exception of requests carries the request, and with it the key. It is never chained to ours: each failure
is turned into an error inside `except` and raised outside of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy

import requests

from polyai_assets.api.arriving import FAILURES, Arriving, failure_of, shown_id
from polyai_assets.api.environment import proxy_fault
from polyai_assets.api.errors import InvalidEnvironment, PolyAIError
from polyai_assets.api.halt import Halt
from polyai_assets.api.key import KeyHeader
from polyai_assets.api.large import LargeAnswers
from polyai_assets.api.project import Connection, SizeBound
from polyai_assets.api.refusal import RefusedAnswer, error_of
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import Deadline, http_date, retry_after
from polyai_assets.api.wire import LimitedAdapter, WireLimits, limited

MAX_THREADS = 32
"""Connections kept open for reuse; more threads work too, but connect anew."""
_ERROR_BODY = 1 << 16
_HEADERS = {"User-Agent": "polyai-assets", "Connection": "keep-alive"}


@dataclass(frozen=True, kw_only=True, slots=True)
class HttpAnswer:
    """What was asked for: its body, decompressed, and the seconds it took.

    `sent_id` is PolyAI's name for the request as it came: it may hold what is secret.
    """

    body: bytes
    sent_id: str | None
    seconds: float
    status: int = 200

    @property
    def correlation_id(self) -> str | None:
        """PolyAI's name for the request, fit to be shown."""
        return shown_id(self.sent_id)


class _Session(requests.Session):
    """Knows no redirects. Even where it may not follow one, requests prepares the next request, key and all."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class Transport:
    """A pool of connections to one project, for any number of threads. `turn` returns when a request may start."""

    def __init__(
        self,
        connection: Connection,
        key: KeyHeader,
        *,
        turn: Callable[[], None],
        clock: Callable[[], float],
        halt: Halt,
    ) -> None:
        self._connection, self._key, self._turn = connection, key, turn
        self._clock, self._halt = clock, halt
        self._large = LargeAnswers(connection.max_answer_bytes)
        self._session = _Session()
        self._session.cookies.set_policy(
            DefaultCookiePolicy(allowed_domains=[])
        )  # nothing to carry between threads
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, LimitedAdapter(pool_maxsize=MAX_THREADS, max_retries=0))

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def fetch(self, request: HttpRequest, deadline: Deadline, *, most_bytes: float) -> HttpAnswer:
        """Fetch the whole answer, once, before the deadline.

        Raises a `TransientError` or `PermanentError` by what happened, `PageTooHeavy` beyond `most_bytes` or what the
        connection allows.
        """
        bound = self._connection.answer_bound
        if most_bytes < bound.bytes:
            message = f"An answer for {self._connection.project} is above {most_bytes:,.0f} bytes."
            bound = replace(bound, bytes=most_bytes, message=message)
        with self.open(request, deadline, bound=bound) as arriving:
            return HttpAnswer(
                body=arriving.read(),
                sent_id=arriving.sent_id,
                seconds=arriving.seconds,
                status=arriving.status,
            )

    def open(self, request: HttpRequest, deadline: Deadline, *, bound: SizeBound) -> Arriving:
        """Fetch the head of the answer; its body is read from what is returned, within the same limits."""
        self._turn()
        seconds_left, began = deadline.left(), self._clock()
        limits = WireLimits(
            connection=self._connection,
            began=began,
            deadline=began + seconds_left,
            clock=self._clock,
            bound=bound,
            halt=self._halt,
            large=self._large,
        )
        with limited(limits):
            response = self._send(request, seconds_left)
        arriving = Arriving(response, request, self._connection, self._key, limits)
        if response.status_code in request.welcome:
            return arriving
        with arriving:
            raise self._refusal(response, request, arriving)

    def _send(self, request: HttpRequest, seconds_left: float) -> requests.Response:
        limits = self._connection
        seconds_left = max(seconds_left, 0.001)  # 0 would mean no time-out
        self._read_environment()
        # a session would merge its settings, which are none, into each request: a sixth of the time of a call
        prepared = requests.PreparedRequest()
        try:
            prepared.prepare(
                request.method,
                f"{limits.host}{request.target}",
                headers=_HEADERS | request.headers,
                data=request.content,
                auth=self._key,
            )
            return self._session.send(
                prepared,
                proxies=self._session.proxies,
                timeout=(min(limits.connect_timeout, seconds_left), min(limits.read_timeout, seconds_left)),
                allow_redirects=False,
                stream=True,
            )
        except FAILURES as error:
            failure = failure_of(error, self._connection, self._key)
        raise failure

    def _read_environment(self) -> None:
        """Look for proxy and certificates, once for all requests: each look would take a tenth of a call."""
        session, host = self._session, self._connection.host
        if not session.trust_env:
            return
        fault = proxy_fault(host)
        if fault:
            raise InvalidEnvironment(f"{self._connection.project} cannot be asked for: {fault}")
        found = session.merge_environment_settings(host, {}, stream=None, verify=None, cert=None)
        session.proxies, session.verify = found["proxies"], found["verify"]
        session.trust_env = False

    def _refusal(self, response: requests.Response, request: HttpRequest, arriving: Arriving) -> PolyAIError:
        now = http_date(response.headers.get("Date")) or datetime.now(UTC)  # its clock, where the two differ
        refusal = RefusedAnswer(
            request=request.name,
            status=response.status_code,
            # An interim answer has none. Read to its end, it would leave the connection for others to use, and the
            # next request on it would be given the answer that is still to come to this one.
            body=b"" if response.status_code < 200 else arriving.excerpt(_ERROR_BODY),
            location=response.headers.get("Location"),
            correlation_id=arriving.correlation_id,
            retry_after=retry_after(response.headers.get("Retry-After"), now=now),
        )
        return error_of(refusal, self._connection, self._key, request.meanings)
