"""Which conversations to ask for: every filter of the conversations list, but nothing of pages."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from polyai_assets.api.errors import InvalidQuery
from polyai_assets.api.versions import API_VERSIONS, INCLUDES

CLIENT_ENVS = ("live", "sandbox", "pre-release")
QUERY_TYPES = ("transcript", "semantic")
DIRECTIONS = ("combined", "user", "agent")
"""Whose voice a recording holds (source: API reference, *Get conversation audio*)."""

TURN_TYPES = ("user", "agent")
SAMPLES = ("random",)


@dataclass(frozen=True, kw_only=True)
class ConversationQuery:
    """One query of the list, the same in every version. v1 knows no channels, searches and samples.

    Source: API reference, *List conversations*. That the server reads `start_time <= started_at < end_time` is an
    assumption: no page says which ends are included.
    """

    start_time: datetime | None = None
    end_time: datetime | None = None
    client_env: str = "live"
    channels: tuple[str, ...] = ()
    variant_id: str | None = None
    variant_name: str | None = None
    in_progress: bool | None = None
    include_latency: bool = False
    include_turn_metadata: bool = False
    include_context_state: bool = False
    query_type: str | None = None
    query: str | None = None
    turn_type: str | None = None
    sample: str | None = None

    def params(self, api_version: str = "v3") -> list[tuple[str, str]]:
        """Give names and values in a fixed order, not yet encoded, as this version takes them.

        v1 is not asked for latency and the like: it sends what it has. Raises `InvalidQuery`, also for a filter
        that the version would pass over in silence.
        """
        for fault in self._faults():
            raise InvalidQuery(fault)
        known = API_VERSIONS[api_version].parameters
        pairs = [(name, value) for name, value in self._pairs() if name in known or name not in INCLUDES]
        for name, _ in pairs:
            if name not in known:
                raise InvalidQuery(f"{api_version} of the API knows no {name}. Leave it out, or use v3.")
        return pairs

    def _pairs(self) -> list[tuple[str, str]]:
        pairs = [("client_env", self.client_env)]
        if self.start_time is not None:
            pairs.append(("start_time", timestamp(self.start_time)))
        if self.end_time is not None:
            pairs.append(("end_time", timestamp(self.end_time)))
        pairs += [("channel", channel) for channel in self.channels]
        for name in ("variant_id", "variant_name", "query_type", "query", "turn_type", "sample"):
            value = getattr(self, name)
            if value is not None:
                pairs.append((name, value))
        if self.in_progress is not None:
            pairs.append(("in_progress", "true" if self.in_progress else "false"))
        pairs += [(name, "true") for name in INCLUDES if getattr(self, name)]
        return pairs

    def _faults(self) -> Iterator[str]:
        yield from self._time_faults()
        yield from self._search_faults()
        if self.client_env not in CLIENT_ENVS:
            yield f"client_env is {self.client_env!r}; PolyAI has {', '.join(CLIENT_ENVS)}."
        if isinstance(self.channels, str):
            yield f"channels is the text {self.channels!r}; give a tuple of channels."
        if self.variant_id is not None and self.variant_name is not None:
            yield "variant_id and variant_name exclude each other; give one of them."
        texts = (*self.channels, self.variant_id, self.variant_name, self.query)
        if not all(_can_be_sent(text) for text in texts if text is not None):
            yield "a channel, variant or query is empty or holds half a surrogate pair, and cannot be sent."

    def _time_faults(self) -> Iterator[str]:
        for name in ("start_time", "end_time"):
            time = getattr(self, name)
            if time is not None and time.utcoffset() is None:
                yield f"{name} {time.isoformat()} has no zone; give an aware datetime, such as one in UTC."
        if self.start_time is not None and self.end_time is not None and self.end_time <= self.start_time:
            yield f"end_time {timestamp(self.end_time)} is not after start_time {timestamp(self.start_time)}."

    def _search_faults(self) -> Iterator[str]:
        for name, allowed in (("query_type", QUERY_TYPES), ("turn_type", TURN_TYPES), ("sample", SAMPLES)):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                yield f"{name} is {value!r}; PolyAI has {', '.join(allowed)}."
        if (self.query_type is None) != (self.query is None):
            yield "query and query_type need each other; give both or neither."
        if self.turn_type is not None and self.query_type != "transcript":
            yield "turn_type is for query_type=transcript only."
        if self.sample is not None and self.query_type is not None:
            yield "sample and query_type exclude each other; give one of them."
        if (self.sample or self.query_type) and (self.start_time is None or self.end_time is None):
            yield "sample and query_type need start_time and end_time."


def timestamp(time: datetime) -> str:
    """Write `2026-11-03T00:00:00Z`: in UTC, with microseconds only where there are some."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _can_be_sent(text: str) -> bool:
    try:
        return bool(text.encode())
    except UnicodeEncodeError:
        return False


def describe_query(query: ConversationQuery, client_envs: Sequence[str], api_version: str) -> dict[str, Any]:
    """Give version and filters of a fetch as JSON has them, without what differs from window to window.

    What is asked of no server of this version is left out.
    """
    unknown = set(INCLUDES) - API_VERSIONS[api_version].parameters
    filters = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(query).items()
        if value and name not in unknown
    }
    return {"api_version": api_version, **filters, "client_env": list(client_envs)}
