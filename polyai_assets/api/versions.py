"""The three versions of the conversations list, and what each of them knows.

Source: API reference, *List conversations* of v3, v2 and v1, and *API versions*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_FILTERS = frozenset({"client_env", "start_time", "end_time", "variant_id", "variant_name", "in_progress"})
INCLUDES = ("include_latency", "include_turn_metadata", "include_context_state")
"""Parameters that ask for more of each conversation. A deployment that does not know one may ignore or refuse it."""

_RETRIEVAL = frozenset({"query_type", "query", "turn_type", "sample"})


@dataclass(frozen=True, kw_only=True)
class ApiVersion:
    """What a version of the list takes. `parameters` are those that say which conversations, not which page."""

    name: str
    max_limit: int
    """The most conversations that a page may hold."""
    parameters: frozenset[str]
    has_optional_cursor: bool = False
    """Whether only some deployments know cursors, so that a null one may mean none rather than the end."""
    warning: str | None = None
    """What a person who still uses it has to know."""


_V3 = ApiVersion(name="v3", max_limit=1000, parameters=_FILTERS | {*INCLUDES, "channel"} | _RETRIEVAL)
_V2 = ApiVersion(name="v2", max_limit=1000, parameters=_V3.parameters, has_optional_cursor=True)
_V1 = ApiVersion(
    name="v1",
    max_limit=5000,
    parameters=_FILTERS,
    warning="v1 of PolyAI's Conversations API has been unsupported since 31 August 2026 and may end without "
    "notice. Ask PolyAI for access to v3, then set api_version: v3",
)

API_VERSIONS: Mapping[str, ApiVersion] = MappingProxyType(
    {version.name: version for version in (_V3, _V2, _V1)}
)
"""By name, the recommended one first."""
