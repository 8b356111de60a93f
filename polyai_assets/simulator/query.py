"""The query of the list: its parameters, read and judged, and which conversations a search finds.

Source: API reference, *List conversations*; which ends of a range are included is an assumption.
"""

import re
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any, NamedTuple, Protocol, TypeVar

from polyai_assets.simulator.answers import bad_filter
from polyai_assets.simulator.deployment import Deployment, ListVersion
from polyai_assets.simulator.moments import parsed
from polyai_assets.simulator.served import IncludedDetails, object_in

T = TypeVar("T")

ENVIRONMENTS = ("live", "sandbox", "pre-release")
# Filter values that stand for several spellings in the records; any other value must match as it is.
CHANNEL_GROUPS = {"VOICE": {"VOICE-SIP"}, "CHAT": {"CHAT", "WEBCHAT"}}
# v1 is never asked for details: it gives those that it has.
_V1_DETAILS = IncludedDetails(latency=True, context_state=True)
_TEXTS = {"user": ("user_input",), "agent": ("agent_response",), None: ("user_input", "agent_response")}


class Parameters(Protocol):
    """The part of starlette's QueryParams that is read here."""

    def get(self, key: str, /) -> str | None:
        """Return the last value of a parameter."""

    def getlist(self, key: str, /) -> list[str]:
        """Return every value of a repeated parameter."""

    def keys(self) -> Iterable[str]:
        """Return the names of all parameters."""


class _KnownParameters:
    """The parameters that a version reads; it passes over the others."""

    def __init__(self, parameters: Parameters, names: Set[str]) -> None:
        self._parameters = parameters
        self._names = names

    def get(self, key: str, /) -> str | None:
        return self._parameters.get(key) if key in self._names else None

    def getlist(self, key: str, /) -> list[str]:
        return self._parameters.getlist(key) if key in self._names else []


class Query(NamedTuple):
    """A checked request for conversations; moments are microseconds since 1970, None is no bound."""

    start: int | None = None
    end: int | None = None
    environment: str | None = None
    channels: frozenset[str] = frozenset()
    variant_id: str | None = None
    variant_name: str | None = None
    in_progress: bool | None = None
    limit: int = 1000
    offset: int = 0
    cursor: str | None = None
    query_type: str | None = None
    text: str = ""
    turn_type: str | None = None
    random_sample: bool = False
    details: IncludedDetails = IncludedDetails()

    @property
    def filters(self) -> tuple[object, ...]:
        """What has to stay the same while a cursor is followed."""
        page_size_and_place = {"limit", "offset", "cursor", "details"}
        return tuple(getattr(self, name) for name in self._fields if name not in page_size_and_place)


def read_query(given: Parameters, version: ListVersion, deployment: Deployment) -> Query:
    """Return the checked query. Raises Refused (400) and names the parameter that is wrong."""
    if deployment.refuses_unknown_includes:
        _refuse_unknown_includes(given, version)
    parameters = _KnownParameters(given, version.parameters)
    query = Query(
        start=_read(parameters, "start_time", _moment),
        end=_read(parameters, "end_time", _moment),
        environment=_one_of(parameters, "client_env", ENVIRONMENTS) or "live",
        channels=_channels(parameters.getlist("channel")),
        variant_id=parameters.get("variant_id") or None,
        variant_name=parameters.get("variant_name") or None,
        in_progress=_read(parameters, "in_progress", _boolean),
        limit=_number(parameters, "limit", version.default_limit, 1, version.max_limit),
        offset=_number(parameters, "offset", 0, 0, 2**31),
        cursor=parameters.get("cursor"),
        query_type=_one_of(parameters, "query_type", ("transcript", "semantic")),
        text=(parameters.get("query") or "").strip(),
        turn_type=_one_of(parameters, "turn_type", ("user", "agent")),
        random_sample=_one_of(parameters, "sample", ("random",)) is not None,
        details=_V1_DETAILS if version.name == "v1" else _details(parameters),
    )
    _check_combination(query)
    return query


def _refuse_unknown_includes(given: Parameters, version: ListVersion) -> None:
    for name in given.keys():  # noqa: SIM118 - not a mapping
        if name.startswith("include_") and name not in version.parameters:
            raise bad_filter(f"{name}: unknown parameter")


def _details(parameters: _KnownParameters) -> IncludedDetails:
    return IncludedDetails(
        latency=_read(parameters, "include_latency", _boolean) or False,
        turn_metadata=_read(parameters, "include_turn_metadata", _boolean) or False,
        context_state=_read(parameters, "include_context_state", _boolean) or False,
    )


def _check_combination(query: Query) -> None:
    if query.start is not None and query.end is not None and query.end < query.start:
        raise bad_filter("end_time is before start_time")
    if query.variant_id and query.variant_name:
        raise bad_filter("specify either variant_id or variant_name, not both")
    if query.query_type and query.random_sample:
        raise bad_filter("query_type and sample are mutually exclusive")
    if query.query_type and not query.text:
        raise bad_filter("query is required when query_type is set")
    if query.turn_type and query.query_type != "transcript":
        raise bad_filter("turn_type applies to query_type=transcript only")
    if (query.query_type or query.random_sample) and (query.start is None or query.end is None):
        raise bad_filter("start_time and end_time are required with query_type or sample")


def _read(parameters: _KnownParameters, name: str, parse: Callable[[str], T]) -> T | None:
    text = parameters.get(name)
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise bad_filter(f"{name}: {error}") from error


def _moment(text: str) -> int:
    # A "+" that was not percent-encoded arrives as a space.
    return parsed(text.replace(" ", "+") if "T" in text else text)


def _boolean(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
    msg = f"{text!r} is not true or false"
    raise ValueError(msg)


def _number(parameters: _KnownParameters, name: str, default: int, low: int, high: int) -> int:
    value = _read(parameters, name, int)
    if value is None:
        return default
    if not low <= value <= high:
        raise bad_filter(f"{name}: {value} is not between {low} and {high}")
    return value


def _one_of(parameters: _KnownParameters, name: str, allowed: Sequence[str]) -> str | None:
    text = parameters.get(name)
    if text is not None and text not in allowed:
        raise bad_filter(f"{name}: {text!r} is not one of {', '.join(allowed)}")
    return text


def _channels(names: Sequence[str]) -> frozenset[str]:
    wanted: set[str] = set()
    for name in names:
        wanted |= CHANNEL_GROUPS.get(name.upper(), {name.upper()})
    return frozenset(wanted)


def is_found(body: bytes, query: Query) -> bool:
    """Whether the conversation in `body` answers the search in `query`; one that is not JSON never does."""
    if query.query_type == "transcript":
        record = object_in(body)
        said = _said(record, query.turn_type) if record is not None else []
        return any(query.text.casefold() in text.casefold() for text in said)
    return nearness(body, query) >= 0.5


def nearness(body: bytes, query: Query) -> float:
    """Say how near the conversation in `body` is to a semantic search, 0 to 1.

    Nearness in meaning is imitated by the share of common word stems: near enough to test a client with.
    """
    record, wanted = object_in(body), _stems(query.text)
    if record is None or not wanted:
        return 0.0
    return len(wanted & _stems(" ".join(_said(record, None)))) / len(wanted)


def _said(record: dict[str, Any], turn_type: str | None) -> list[str]:
    turns = record.get("turns")
    return [
        turn[name]
        for turn in (turns if isinstance(turns, list) else [])
        for name in _TEXTS[turn_type]
        if isinstance(turn, dict) and isinstance(turn.get(name), str)
    ]


def _stems(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.casefold())}
