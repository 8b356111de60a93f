"""Which project of which account in which region, and how to reach it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Self
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from polyai_assets.api.errors import InvalidConnection, InvalidProject, PageTooHeavy, PermanentError
from polyai_assets.api.versions import API_VERSIONS

CONVERSATIONS_HOSTS: Mapping[str, str] = MappingProxyType(
    {
        "us-1": "https://api.us-1.platform.polyai.app",
        "uk-1": "https://api.uk-1.platform.polyai.app",
        "euw-1": "https://api.euw-1.platform.polyai.app",
        "studio": "https://api.studio.poly.ai",
    }
)
"""Region -> base URL of the conversations list (source: API reference, *Conversations API*).

Workspaces that people opened by themselves are in the region `studio`, whose one host has both APIs.
"""
AGENTS_HOSTS: Mapping[str, str] = MappingProxyType(
    {
        "us-1": "https://api.us.poly.ai",
        "uk-1": "https://api.uk.poly.ai",
        "euw-1": "https://api.eu.poly.ai",
        "studio": "https://api.studio.poly.ai",
    }
)
"""Region -> base URL of the Agents API (source: API reference, *Agents API*).

That `us` is the same region as `us-1`, and so on, is written nowhere; the names suggest it.
"""
STUDIO_HOSTS: Mapping[str, str] = MappingProxyType(
    {
        "us-1": "https://studio.us.poly.ai",
        "uk-1": "https://studio.uk.poly.ai",
        "euw-1": "https://studio.eu.poly.ai",
        "studio": "https://studio.poly.ai",
    }
)
"""Region -> address of Agent Studio, where people look at conversations."""

_SEPARATORS = frozenset(
    "/|,[]"
)  # "/" separates the parts of a key, the others those of a Dagster partition key


@dataclass(frozen=True, slots=True, order=True)
class Project:
    """One agent of one customer in one region. Raises `InvalidProject` for parts that cannot be addressed."""

    region: str
    account_id: str
    project_id: str

    def __post_init__(self) -> None:
        for name in ("region", "account_id", "project_id"):
            fault = _fault(getattr(self, name))
            if fault:
                raise InvalidProject(f"{name} {getattr(self, name)!r} {fault}.")

    @property
    def key(self) -> str:
        """The project's name everywhere: `us-1/acme/hotel-bot`."""
        return f"{self.region}/{self.account_id}/{self.project_id}"

    @property
    def studio_url(self) -> str:
        """The address of its conversations in Agent Studio; a conversation's id goes behind it."""
        host = STUDIO_HOSTS.get(self.region, f"https://studio.{self.region}.poly.ai")
        return f"{host}/{quote(self.account_id)}/{quote(self.project_id)}/conversations/"

    @classmethod
    def parse(cls, key: str) -> "Project":
        """Invert `key`. Raises `InvalidProject`."""
        parts = key.split("/")
        if len(parts) != 3:
            raise InvalidProject(
                f"{key!r} names no project. Write region/account_id/project_id, such as us-1/acme/hotel-bot."
            )
        return cls(*parts)

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, kw_only=True)
class SizeBound:
    """The most bytes of an answer, decompressed, and what to raise beyond: a type, and a message that says why."""

    bytes: float
    kind: type[PermanentError]
    message: str

    def error(self) -> PermanentError:
        """Make the error for an answer that is larger."""
        return self.kind(self.message)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How to reach one project. Times are seconds. Raises `InvalidConnection` if it cannot work so."""

    hosts: ClassVar[Mapping[str, str]] = CONVERSATIONS_HOSTS
    base_url_option: ClassVar[str] = "base_url"
    """What the configuration calls `base_url`, for messages."""

    project: Project
    api_key: SecretStr
    key_source: str
    """Where the key comes from, named in errors: `environment variable POLYAI_KEY_X`."""
    base_url: str | None = None
    """Stands in for the region's host: a proxy, the simulator."""
    api_version: str = "v3"
    """Version of the conversations list, a key of `API_VERSIONS`."""
    requests_per_second: float = 25.0
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    """The longest silence of a server that owes us an answer."""
    max_attempts: int = 8
    max_wait: float = 15.0
    """The longest wait between two attempts, unless the server asks for a longer one."""
    give_up_after: float = 900.0
    """For one request with all its retries."""
    lowest_rate: float = 1000.0
    """Bytes a second that an answer has to bring once it has begun, over `rate_over` seconds of waiting for it."""
    rate_over: float = 30.0
    max_answer_bytes: int = 256_000_000
    """The most that is read of one answer, decompressed. Three times as much memory may be needed for it."""
    max_conversations_per_day: int = 1_000_000
    """More than a day can hold: a longer list has no end."""

    def __post_init__(self) -> None:
        for name in (
            *("requests_per_second", "connect_timeout", "read_timeout", "max_wait", "give_up_after"),
            *("lowest_rate", "rate_over", "max_answer_bytes", "max_conversations_per_day"),
        ):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidConnection(
                    f"{name} of {self.project} is {getattr(self, name)}; it must be above 0."
                )
        if self.api_version not in API_VERSIONS:
            raise InvalidConnection(
                f"api_version of {self.project} is {self.api_version!r}; PolyAI has {', '.join(API_VERSIONS)}."
            )
        if self.max_attempts < 1:
            raise InvalidConnection(
                f"max_attempts of {self.project} is {self.max_attempts}; it must be at least 1."
            )
        if self.base_url is None and self.project.region not in self.hosts:
            raise InvalidConnection(
                f"Region {self.project.region!r} of {self.project} is unknown. "
                f"PolyAI has {', '.join(self.hosts)}; for any other host set {self.base_url_option}."
            )
        if self.base_url is not None:
            _check_base_url(self.base_url, self.project, self.base_url_option)

    def hasty(self, attempts: int = 3, seconds: float = float("inf")) -> Self:
        """Give the same connection with less patience: fewer attempts, short waits, and `seconds` for one request."""
        return replace(
            self,
            max_attempts=min(attempts, self.max_attempts),
            max_wait=min(5.0, self.max_wait),
            connect_timeout=min(seconds, self.connect_timeout),
            read_timeout=min(seconds, self.read_timeout),
            give_up_after=min(seconds, self.give_up_after),
        )

    @property
    def host(self) -> str:
        """The base URL in use, without a slash at its end."""
        return (self.base_url or self.hosts[self.project.region]).rstrip("/")

    @property
    def answer_bound(self) -> SizeBound:
        """How large an answer may be."""
        return SizeBound(
            bytes=self.max_answer_bytes,
            kind=PageTooHeavy,
            message=f"An answer for {self.project} is above {self.max_answer_bytes / 1e6:,g} MB, the most that is read "
            "of one (max_answer_mb). If a single conversation can be so large, raise max_answer_mb: reading it takes "
            "up to three times as much memory. If not, check what answers in PolyAI's place, such as a proxy.",
        )

    @property
    def took_too_long(self) -> str:
        """Says that an answer was not whole when the time for its request was used up."""
        time = f"({self.give_up_after:g} s, with its retries)"
        return f"The answer for {self.project} had not ended when its time had {time}"

    @property
    def path(self) -> str:
        """The path of the conversations list, percent-encoded."""
        account_id = quote(self.project.account_id, safe="")
        return f"/{self.api_version}/{account_id}/{quote(self.project.project_id, safe='')}/conversations"


@dataclass(frozen=True, kw_only=True)
class AgentsConnection(Connection):
    """How to reach the agent of one project, whose id is that of the project. Raises as `Connection`.

    The Agents API has other hosts than the conversations list, and may have another key.
    """

    hosts: ClassVar[Mapping[str, str]] = AGENTS_HOSTS
    base_url_option: ClassVar[str] = "agents_base_url"

    @property
    def agent_path(self) -> str:
        """The path of the agent, percent-encoded."""
        return f"/v1/agents/{quote(self.project.project_id, safe='')}"

    @property
    def path(self) -> str:
        """The path of the agent's conversations, percent-encoded."""
        return f"{self.agent_path}/conversations"


def _fault(part: str) -> str | None:
    if not part or part != part.strip():
        return "is empty or has a space at one end"
    if part in {".", ".."}:
        return "would be taken for a folder"
    if _SEPARATORS & set(part):
        return "holds one of / | , [ ], which separate the parts of a key"
    if not part.isprintable():
        return "holds a character that cannot be printed"
    return None


def _check_base_url(base_url: str, project: Project, option: str) -> None:
    try:
        parts = urlsplit(base_url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket that is not closed
        valid = False
    # The value is not shown: what stands before an @ may be a password.
    if not valid:
        raise InvalidConnection(
            f"{option} of {project} is no address. Write it like https://host or http://host:port."
        )
    if "@" in base_url or parts.query or parts.fragment:
        raise InvalidConnection(
            f"{option} of {project} holds a user, a query or a fragment. Write scheme, host, port, path."
        )
