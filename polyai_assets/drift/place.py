"""Where the parts of PolyAI's records are declared, and which assets a replay of them takes."""

from dataclasses import dataclass, replace

from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.detail import DETAIL, IN_DETAILS, SHORT_SUMMARY
from polyai_assets.contract.fields import Field
from polyai_assets.contract.function_event import FUNCTION_EVENT, IN_EVENTS
from polyai_assets.contract.metric_event import IN_METRICS, METRIC_EVENT
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    TURNS,
)
from polyai_assets.contract.turn import LATENCY_FIELD, TURN

REPLAY = "conversations,turns,metrics"
REPLAY_DETAILS = "conversation_details,function_events,metric_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a part of a record is declared.

    `prefix` is what the paths of its fields begin with where drift is told. `fields` are declared in `file`, and are
    the columns of `table`. `within` is the JSON pointer to the object in `extra` that has its unknown fields. `wire`
    and `column` are what the names of a field in the API and of its column begin with. `replay` are the assets that
    fill a new column.
    """

    prefix: str
    file: str
    table: str
    fields: tuple[Field, ...]
    replay: str = REPLAY
    within: str = ""
    wire: str = ""
    column: str = ""

    def declares(self, name: str) -> bool:
        """Tell whether a field of that name is declared here."""
        return any(one.wire == self.wire + name for one in self.fields)


def place_of(path: str) -> Place:
    """Find where the field of a path is declared, or is to be."""
    return next(one for one in _PLACES if path.startswith(one.prefix))


_OF_DETAILS = Place(
    prefix=IN_DETAILS,
    file="polyai_assets/contract/detail.py",
    table=CONVERSATION_DETAILS.name,
    fields=DETAIL,
    replay=REPLAY_DETAILS,
)
_OF_TURNS = Place(prefix="turns[].", file="polyai_assets/contract/turn.py", table=TURNS.name, fields=TURN)
_PLACES = (
    replace(
        _OF_TURNS,
        prefix=f"{_OF_TURNS.prefix}{LATENCY_FIELD}.",
        within=f"/{LATENCY_FIELD}",
        wire=f"{LATENCY_FIELD}.",
        column=f"{LATENCY_FIELD}_",
    ),
    _OF_TURNS,
    Place(
        prefix=f"{IN_EVENTS}.",
        file="polyai_assets/contract/function_event.py",
        table=FUNCTION_EVENTS.name,
        fields=FUNCTION_EVENT,
        replay=REPLAY_DETAILS,
    ),
    Place(
        prefix=f"{IN_METRICS}.",
        file="polyai_assets/contract/metric_event.py",
        table=METRIC_EVENTS.name,
        fields=METRIC_EVENT,
        replay=REPLAY_DETAILS,
    ),
    replace(
        _OF_DETAILS,
        prefix=f"{IN_DETAILS}{SHORT_SUMMARY}.",
        within=f"/{SHORT_SUMMARY}",
        wire=f"{SHORT_SUMMARY}.",
        column="summary_",
    ),
    _OF_DETAILS,
    Place(
        prefix="",
        file="polyai_assets/contract/conversation.py",
        table=CONVERSATIONS.name,
        fields=CONVERSATION,
    ),
)
