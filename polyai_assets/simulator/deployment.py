"""What differs between versions of the conversations list, and between deployments of PolyAI."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from polyai_assets.simulator.wav import RATE

Pagination = Literal["cursor", "offset"]
Name = Literal["v1", "v2", "v3"]

INCLUDES = frozenset({"include_latency", "include_turn_metadata", "include_context_state"})
_V1 = frozenset(
    {"client_env", "start_time", "end_time", "limit", "offset", "variant_id", "variant_name", "in_progress"}
)
_V3 = _V1 | INCLUDES | {"channel", "cursor", "query_type", "query", "turn_type", "sample"}


@dataclass(frozen=True)
class ListVersion:
    """A version of the list: how it pages, how long its pages are, and which parameters it reads."""

    name: Name
    pagination: Pagination
    default_limit: int
    max_limit: int
    parameters: Set[str]


@dataclass(frozen=True)
class Deployment:
    """How this PolyAI is set up.

    `pagination` is that of v3; v2 knows cursors only where the deployment streams. Of the `include_*` parameters
    it knows `includes`; any other one is ignored or, if it `refuses_unknown_includes`, answered with 400.
    Recordings have `sample_rate` samples a second.
    """

    pagination: Pagination = "cursor"
    streaming: bool = False
    includes: Set[str] = INCLUDES
    refuses_unknown_includes: bool = False
    sample_rate: int = RATE

    def version(self, name: Name) -> ListVersion:
        """Return a version as it is here."""
        if name == "v1":
            return ListVersion(name, "offset", 5, 5000, _V1)
        by_cursor = self.pagination == "cursor" and (name == "v3" or self.streaming)
        parameters = _V3 - (INCLUDES - self.includes)
        if not by_cursor:
            parameters -= {"cursor"}
        return ListVersion(name, "cursor" if by_cursor else "offset", 1000, 1000, parameters)
