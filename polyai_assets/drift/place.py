"""Where the parts of PolyAI's records have their columns, and what replays them."""

from dataclasses import dataclass, replace

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.conversation import LATENCY_FIELD
from polyai_assets.contract.detail import IN_DETAILS, IN_EVENTS, IN_METRICS, SHORT_SUMMARY
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    DETAIL_DRIFT,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    SCHEMA_DRIFT,
    TURNS,
    Table,
)

_REPLAY_DETAILS = ("--details", "--replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A part of a record.

    `prefix` is what the paths of its fields begin with in drift. Its fields are columns of `table`. `within` is the
    JSON pointer to the object in `extra` that has its unknown fields. `wire` and `column` are what the names of a
    field in the API and of its column begin with. `drift` is the table that lists it, and `replay` are the options of
    `polyai backfill` that fill a new column.
    """

    prefix: str
    table: Table
    within: str = ""
    wire: str = ""
    column: str = ""
    drift: Table = SCHEMA_DRIFT
    replay: tuple[str, ...] = ("--replay",)

    def is_configured(self, contract: Contract, name: str) -> bool:
        """Tell whether a field of that name is declared by the configuration."""
        return any(field.wire == self.wire + name for field in contract.table(self.table).configured)


def place_of(path: str) -> Place:
    """Find where the field of a path has its column, or would have it."""
    return next(place for place in _PLACES if path.startswith(place.prefix))


_OF_DETAILS = Place(prefix=IN_DETAILS, table=CONVERSATION_DETAILS, drift=DETAIL_DRIFT, replay=_REPLAY_DETAILS)
_OF_TURNS = Place(prefix="turns[].", table=TURNS)
_PLACES = (
    replace(
        _OF_TURNS,
        prefix=f"{_OF_TURNS.prefix}{LATENCY_FIELD}.",
        within=f"/{LATENCY_FIELD}",
        wire=f"{LATENCY_FIELD}.",
        column=f"{LATENCY_FIELD}_",
    ),
    _OF_TURNS,
    replace(_OF_DETAILS, prefix=f"{IN_EVENTS}.", table=FUNCTION_EVENTS),
    replace(_OF_DETAILS, prefix=f"{IN_METRICS}.", table=METRIC_EVENTS),
    replace(
        _OF_DETAILS,
        prefix=f"{IN_DETAILS}{SHORT_SUMMARY}.",
        within=f"/{SHORT_SUMMARY}",
        wire=f"{SHORT_SUMMARY}.",
        column="summary_",
    ),
    _OF_DETAILS,
    Place(prefix="", table=CONVERSATIONS),
)
