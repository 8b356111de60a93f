"""The fields of a function event, as the detail of a conversation brings them."""

from polyai_assets.contract.detail import IN_DETAILS
from polyai_assets.contract.fields import DATE, EXTRA, PROJECT, Kind, derived, field

FUNCTION_EVENTS_FIELD = "functionEvents"
"""A map from the number of a turn, counted from 1, to a list of events."""

IN_EVENTS = f"{IN_DETAILS}{FUNCTION_EVENTS_FIELD}[]"
"""The path of an event, where drift is told."""

ALSO_SENT = (
    *("content", "conversation_id", "function_version", "hangup", "llm_request_id", "logs"),
    *("state_changes", "transition", "turn_id", "utterance", "variant_id_change"),
)
"""Members of an event that were recorded and have no column. They are in `extra`, of whatever type, and are no drift:
most were only ever seen as null."""

FUNCTION_EVENT = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived(
        "turn_index",
        Kind.INTEGER,
        "Position of its turn in the conversation, from 0; NULL where the event came with no turn's number",
        key=True,
        nullable=True,
    ),
    derived("position", Kind.INTEGER, "Position among the events of the turn, from 0", key=True),
    field("event_id", Kind.TEXT, "Id of the event", wire="id"),
    field("name", Kind.TEXT, "Name of the function that was called"),
    field("function_id", Kind.TEXT, "Id of the function"),
    field("started_at", Kind.TIMESTAMP, "When the function was called", wire="start_time"),
    field(
        "duration",
        Kind.NUMBER,
        "How long the function took; sent in milliseconds",
        minimum=0,
        unit="seconds",
    ),
    field("error", Kind.TEXT, "What went wrong; '' where nothing did"),
    field("handoff", Kind.OBJECT, "The handoff that the function made, with its reason and type"),
    field("arguments", Kind.OBJECT, "What the function was called with: from name to value"),
    EXTRA,
)
"""One row per function that the agent called."""
