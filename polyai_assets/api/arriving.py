"""An answer whose head is there and whose body is on its way."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import requests

from polyai_assets.api import errors
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.failure import FAILURES, failure_of
from polyai_assets.api.key import ApiKey
from polyai_assets.api.project import Connection
from polyai_assets.api.refusal import shorten, where
from polyai_assets.api.request import Request

_CHUNK = 1 << 18


class Arriving:
    """A body to be read once, and before `deadline` (of `clock`). A context manager: leaving it hangs up."""

    def __init__(
        self,
        response: requests.Response,
        request: Request,
        connection: Connection,
        key: ApiKey,
        *,
        deadline: float,
        clock: Callable[[], float],
    ) -> None:
        self._response, self._request = response, request
        self._connection, self._key = connection, key
        self._deadline, self._clock = deadline, clock
        self.size = 0
        """Bytes that have come so far, decompressed."""

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
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    @property
    def correlation_id(self) -> str | None:
        """PolyAI's name for the request."""
        value = self.header("x-polyai-correlation-id")
        return shorten(self._key.redact(value)) if value else None

    @property
    def length(self) -> int | None:
        """Bytes of the body as the head announces them, compressed if it is; None if it does not."""
        value = self.header("Content-Length")
        return int(value) if value and value.isascii() and value.isdigit() else None

    @property
    def ends_by_itself(self) -> bool:
        """Whether HTTP tells a whole body from one that was cut; else it ends when the server hangs up."""
        return self.length is not None or "chunked" in (self.header("Transfer-Encoding") or "").lower()

    def header(self, name: str) -> str | None:
        """Give a header, as the server wrote it."""
        return self._response.headers.get(name)

    def chunks(self) -> Iterator[bytes]:
        """Yield the body, decompressed, one `recv` at a time: `iter_content` would wait for a server that drips.

        Raises a `TransientError` if it breaks off, falls silent or takes too long.
        """
        while chunk := self._next():
            self.size += len(chunk)
            if self._clock() > self._deadline:
                raise self.located(
                    errors.TimedOut(
                        f"The answer for {self._connection.project} had not ended when its time had "
                        f"({self._connection.give_up_after:g} s, with its retries): {self.size:,} bytes had come."
                    )
                )
            yield chunk

    def read(self, most_bytes: float) -> bytes:
        """Bring the whole body. Raises as `chunks`, and `PageTooHeavy` beyond `most_bytes`."""
        chunks = []
        for chunk in self.chunks():
            chunks.append(chunk)
            if self.size > most_bytes:
                raise self.located(
                    errors.PageTooHeavy(
                        f"A page of {self._connection.project} is above {most_bytes:,.0f} bytes."
                    )
                )
        return b"".join(chunks)

    def located(self, error: PolyAIError) -> PolyAIError:
        """Add to an error that this answer gave rise to where it came from."""
        error.status, error.correlation_id = self.status, self.correlation_id
        error.add(where(self._request.name, self.status, self.correlation_id))
        return error

    def _next(self) -> bytes:
        try:
            return self._response.raw.read1(_CHUNK, decode_content=True)
        except FAILURES as error:
            failure = failure_of(error, self._connection, self._key)
        raise self.located(failure)
