"""The fields of a conversation's detail, its function events and its metrics, as the Agents API sends them.

That surface writes camelCase, and null for whatever is unset: null text becomes "" and is no drift.

Source: API reference, *Agents API*, for the names; null for what is unset, the members of events, times without a zone
and durations in milliseconds are from recordings of the API.
"""

from polyai_assets.contract.fields import DATE, EXTRA, PROJECT, Kind, Pii, derived, field

FOUND = "found"
MISSING = "missing"
UNREADABLE = "unreadable"

SHORT_SUMMARY = "shortSummary"
"""An object with a heading and a content, a JSON string of one, or plain text.

A column whose name in the API begins with it and a dot is a member of it.
"""

IN_DETAILS = "details."
"""What the path of a field of a detail begins with, where drift is reported."""

DETAIL = (
    PROJECT,
    DATE,
    field(
        "conversation_id",
        Kind.TEXT,
        "Unique id of the conversation; any text",
        wire="conversationId",
        required=True,
        key=True,
    ),
    derived(
        "status",
        Kind.TEXT,
        f"{FOUND}, {MISSING} (the Agents API has no such conversation) or {UNREADABLE}; all but the first leave the "
        "columns of the detail empty",
        pii=Pii.NONE,
    ),
    derived(
        "reason",
        Kind.TEXT,
        f"Why it is not {FOUND}, or why it is of an earlier asking than the last",
        pii=Pii.NONE,
    ),
    derived(
        "policy",
        Kind.TEXT,
        "Identifies the policy on personal data that made the row; '' where all is kept",
        pii=Pii.NONE,
    ),
    derived(
        "asked_at", Kind.TIMESTAMP, "When the Agents API was last asked for it, or last listed it unchanged"
    ),
    field("account_id", Kind.TEXT, "Customer account", wire="accountId", required=True, pii=Pii.NONE),
    field(
        "project_id", Kind.TEXT, "Project within the account", wire="projectId", required=True, pii=Pii.NONE
    ),
    field("created_at", Kind.TIMESTAMP, "When PolyAI made the record", wire="createdAt"),
    field("started_at", Kind.TIMESTAMP, "When the conversation began", wire="startedAt"),
    field("finished_at", Kind.TIMESTAMP, "When it ended", wire="finishedAt"),
    field("channel", Kind.TEXT, "Medium, such as VOICE-SIP or WEBCHAT", pii=Pii.NONE),
    field("from_number", Kind.TEXT, "Number of the caller", wire="fromNumber", pii=Pii.CONTACT),
    field("to_number", Kind.TEXT, "Number the caller was connected to", wire="toNumber", pii=Pii.CONTACT),
    field("language", Kind.TEXT, "Language of the conversation, such as en-US", pii=Pii.NONE),
    field("variant_id", Kind.TEXT, "Variant of the agent", wire="variantId", pii=Pii.NONE),
    field("client_env", Kind.TEXT, "Environment, as in conversations", wire="clientEnv", pii=Pii.NONE),
    field(
        "total_duration",
        Kind.NUMBER,
        "Length of the whole call",
        wire="totalDuration",
        minimum=0,
        unit="seconds",
    ),
    field(
        "polyai_duration",
        Kind.NUMBER,
        "Length of the part that the agent handled",
        wire="polyaiDuration",
        minimum=0,
        unit="seconds",
    ),
    field("duration", Kind.NUMBER, "Length of the conversation", minimum=0, unit="seconds"),
    field("in_progress", Kind.BOOLEAN, "Whether it was still running", wire="inProgress"),
    field("handoff", Kind.BOOLEAN, "Whether the agent handed the conversation off"),
    field(
        "handoff_destination",
        Kind.TEXT,
        "Where it was handed off to",
        wire="handoffDestination",
        pii=Pii.NONE,
    ),
    field("handoff_reason", Kind.TEXT, "Why it was handed off", wire="handoffReason", pii=Pii.NONE),
    field("direction", Kind.TEXT, "Direction of the call: inbound or outbound", pii=Pii.NONE),
    field("tags", Kind.TEXT_LIST, "Tags that the conversation was given", pii=Pii.TEXT),
    field(
        "poly_score",
        Kind.NUMBER,
        "PolyScore, PolyAI's measure of quality; it comes days later",
        wire="polyScore",
    ),
    derived(
        "poly_score_scale",
        Kind.TEXT,
        "Scale of poly_score, by the start of the conversation: 1-5 since 2026-07-28 (UTC), 0-10 before",
        pii=Pii.NONE,
    ),
    field(
        "summary_heading", Kind.TEXT, "Heading of the summary", wire=f"{SHORT_SUMMARY}.heading", pii=Pii.TEXT
    ),
    field(
        "summary_content",
        Kind.TEXT,
        "Short summary of the conversation; a webchat has none",
        wire=f"{SHORT_SUMMARY}.content",
        pii=Pii.TEXT,
    ),
    field(
        "deployment_id",
        Kind.TEXT,
        "Version of the agent that was deployed",
        wire="deploymentId",
        pii=Pii.NONE,
    ),
    field("note", Kind.TEXT, "Note that people wrote about the conversation", pii=Pii.TEXT),
    field(
        "audio_url",
        Kind.TEXT,
        "Path of the recording, relative to the Agents API",
        wire="audioUrl",
        pii=Pii.NONE,
    ),
    field(
        "turns", Kind.OBJECT_LIST, "The turns as this surface sends them; see the table turns", pii=Pii.FREE
    ),
    field(
        "metrics", Kind.OBJECT, "Metrics: from name to a list of values with the time of each", pii=Pii.FREE
    ),
    EXTRA,
)
"""One row per conversation that the Agents API was asked for."""


FUNCTION_EVENTS_FIELD = "functionEvents"
"""A map from the number of a turn, counted from 1, to a list of events."""

IN_EVENTS = f"{IN_DETAILS}{FUNCTION_EVENTS_FIELD}[]"
"""The path of an event, where drift is reported."""

ALSO_SENT_IN_EVENTS = (
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
    field("event_id", Kind.TEXT, "Id of the event", wire="id", pii=Pii.NONE),
    field("name", Kind.TEXT, "Name of the function that was called", pii=Pii.NONE),
    field("function_id", Kind.TEXT, "Id of the function", pii=Pii.NONE),
    field("started_at", Kind.TIMESTAMP, "When the function was called", wire="start_time"),
    field(
        "duration",
        Kind.NUMBER,
        "How long the function took; sent in milliseconds",
        minimum=0,
        unit="seconds",
    ),
    field("error", Kind.TEXT, "What went wrong; '' where nothing did", pii=Pii.TEXT),
    field(
        "handoff", Kind.OBJECT, "The handoff that the function made, with its reason and type", pii=Pii.FREE
    ),
    field("arguments", Kind.OBJECT, "What the function was called with: from name to value", pii=Pii.FREE),
    EXTRA,
)
"""One row per function that the agent called."""


METRICS_FIELD = "metrics"
"""A map from the name of a metric to a list of its values, each with its time."""

IN_METRICS = f"{IN_DETAILS}{METRICS_FIELD}[]"
"""The path of a metric event, where drift is reported."""

METRIC_EVENT = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived("name", Kind.TEXT, "Name of the metric", key=True),
    derived("position", Kind.INTEGER, "Position among the values of this metric, from 0", key=True),
    field("value", Kind.TEXT, "The value as sent", pii=Pii.FREE),
    field(
        "recorded_at",
        Kind.TIMESTAMP,
        "When the metric got the value; sent without a zone, in UTC",
        wire="timestamp",
    ),
    EXTRA,
)
"""One row per value of a metric in a detail."""
