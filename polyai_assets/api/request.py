"""What is asked of a server."""

import io
from dataclasses import dataclass, field

from polyai_assets.api.refusal import Meanings

OK = frozenset({200})
OK_OR_CREATED = frozenset({200, 201})


class Content(io.BytesIO):
    """The body of a request, which knows whether any of it was handed over.

    It is read only once the connection stands and the head of the request is on its way. So a request that
    failed before cannot have been processed, whatever it was that failed: name, proxy, TLS, connection.
    """

    handed_over = False

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file."""
        self.handed_over = True
        return super().read(size)


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """One request, without host and key. `path` and `query` are percent-encoded."""

    path: str
    query: str = ""
    content: Content | None = None
    """JSON; makes it a POST."""
    accept: str = "application/json"
    accept_encoding: str = "gzip"
    welcome: frozenset[int] = OK
    """The statuses of an answer that holds what is asked for; any other is an error."""
    meanings: Meanings = field(default_factory=dict)
    """What errors mean for this request, where it is not what they mean in general."""

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.content is None else "POST"

    @property
    def name(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def headers(self) -> dict[str, str]:
        """What the head says beside the key."""
        said = {"Accept": self.accept, "Accept-Encoding": self.accept_encoding}
        return said if self.content is None else {**said, "Content-Type": "application/json"}
