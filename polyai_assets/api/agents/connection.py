"""How to reach the Agents API. It has other hosts than the conversations list, and may have another key."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import quote

from polyai_assets.api.project import Connection

AGENTS_HOSTS: Mapping[str, str] = MappingProxyType(
    {
        "us-1": "https://api.us.poly.ai",
        "uk-1": "https://api.uk.poly.ai",
        "euw-1": "https://api.eu.poly.ai",
    }
)
"""Region -> base URL. That these are the same regions nobody says; the names suggest it."""


@dataclass(frozen=True, kw_only=True)
class AgentsConnection(Connection):
    """How to reach the agent of one project; its id is that of the project. Raises as `Connection`."""

    hosts: ClassVar[Mapping[str, str]] = AGENTS_HOSTS
    base_url_option: ClassVar[str] = "agents_base_url"

    @property
    def path(self) -> str:
        """The path of the agent's conversations, percent-encoded."""
        return f"/v1/agents/{quote(self.project.project_id, safe='')}/conversations"
