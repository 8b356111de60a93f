"""The fields of a conversation, its turns and its metrics, as the list of conversations sends them.

Source: API reference, *List conversations* (v3): names, types and which of them are always sent. That a latency is an
object with further members, `barge_in`, and what is in `ALSO_SENT_IN_TURNS` is from recordings of the API.
"""

from polyai_assets.contract.fields import DATE, EXTRA, LATENCY_MEMBER, PROJECT, Kind, Pii, derived, field

_WEEK = 7 * 24 * 3600
"""Seconds. No conversation is known to last as long."""

CONVERSATION = (
    PROJECT,
    DATE,
    field(
        "conversation_id",
        Kind.TEXT,
        "Unique id of the conversation; any text",
        wire="id",
        required=True,
        key=True,
    ),
    derived("region", Kind.TEXT, "PolyAI region that serves the project", pii=Pii.NONE),
    field("account_id", Kind.TEXT, "Customer account", required=True, pii=Pii.NONE),
    field("project_id", Kind.TEXT, "Project within the account", required=True, pii=Pii.NONE),
    field(
        "environment",
        Kind.TEXT,
        "Deployment environment: live, sandbox or pre-release; test and scenarios are of PolyAI's simulation tests",
        required=True,
        known=("live", "sandbox", "pre-release", "test", "scenarios"),
        pii=Pii.NONE,
    ),
    field("started_at", Kind.TIMESTAMP, "When the conversation began", required=True, allow_empty=False),
    field(
        "channel",
        Kind.TEXT,
        "Medium, such as VOICE-SIP or WEBCHAT",
        required=True,
        known=("VOICE-SIP", "CHAT", "WEBCHAT", "SMS", "RCS"),
        pii=Pii.NONE,
    ),
    field("in_progress", Kind.BOOLEAN, "Whether it was still running when it was fetched", required=True),
    field("variant_id", Kind.TEXT, "Variant of the agent", pii=Pii.NONE),
    field("variant_name", Kind.TEXT, "Name of the variant", pii=Pii.NONE),
    field("from_number", Kind.TEXT, "Number of the caller", pii=Pii.CONTACT),
    field("to_number", Kind.TEXT, "Number the caller was connected to", pii=Pii.CONTACT),
    field("num_turns", Kind.INTEGER, "Number of turns", minimum=0),
    field(
        "total_duration",
        Kind.NUMBER,
        "Length of the whole call",
        minimum=0,
        maximum=_WEEK,
        unit="seconds",
    ),
    field(
        "polyai_duration",
        Kind.NUMBER,
        "Length of the part that the agent handled",
        minimum=0,
        maximum=_WEEK,
        unit="seconds",
    ),
    field("handoff", Kind.BOOLEAN, "Whether the agent handed the conversation off"),
    field("handoff_reason", Kind.TEXT, "Why it was handed off", pii=Pii.NONE),
    field("handoff_destination", Kind.TEXT, "Where it was handed off to", pii=Pii.NONE),
    field("num_silences", Kind.INTEGER, "Number of turns in which the user said nothing", minimum=0),
    field("num_ood", Kind.INTEGER, "Number of turns that were out of the agent's domain", minimum=0),
    field("state", Kind.OBJECT, "The agent's dialogue state at the end", pii=Pii.FREE),
    EXTRA,
)
"""One row per conversation."""


LATENCY_FIELD = "latency"
"""A number of seconds (API reference), or an object that has them and more (recordings of the API).

A column whose name in the API begins with it and a dot is a member of the object.
"""

ALSO_SENT_IN_TURNS = (
    *("asr_lang_code", "llm_requests", "reviews", "tts_lang_code", "turn_id", "user_input_audio_url"),
    "user_input_dtmf_finish_key",
)
"""Members of a turn that were recorded and have no column. They are in `extra`, of whatever type, and are no drift."""

TURN = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived("turn_index", Kind.INTEGER, "Position in the conversation, from 0", key=True),
    field("user_input", Kind.TEXT, "What the user said or typed", pii=Pii.TEXT),
    field("user_input_dtmf", Kind.TEXT, "Digits the user pressed", pii=Pii.TEXT),
    field("user_input_datetime", Kind.TIMESTAMP, "When the agent received the user's input"),
    field("agent_response", Kind.TEXT, "What the agent answered", pii=Pii.TEXT),
    field("agent_response_datetime", Kind.TIMESTAMP, "When the agent answered"),
    field(LATENCY_FIELD, Kind.LATENCY, "How long the user waited for the answer", minimum=0, unit="seconds"),
    field(
        "latency_label",
        Kind.TEXT,
        "What PolyAI calls the latency, such as HIGH",
        wire=f"{LATENCY_FIELD}.label",
        pii=Pii.NONE,
    ),
    field(
        "latency_percentile_1d",
        Kind.NUMBER,
        "Percentile of the latency among those of one day, as PolyAI sends it",
        wire=f"{LATENCY_FIELD}.{LATENCY_MEMBER}_percentile_1d",
    ),
    field(
        "translated_user_input",
        Kind.TEXT,
        "User input in the agent's working language, where translated",
        pii=Pii.TEXT,
    ),
    field("english_agent_response", Kind.TEXT, "The answer in English, where translated", pii=Pii.TEXT),
    field("intents", Kind.TEXT_LIST, "Intents found in the user's input", pii=Pii.NONE),
    field(
        "entities",
        Kind.OBJECT_LIST,
        "Entities found in the user's input: name to value or values",
        pii=Pii.FREE,
    ),
    field("is_ood", Kind.BOOLEAN, "Whether the turn was out of the agent's domain"),
    field("is_silence", Kind.BOOLEAN, "Whether the user said nothing"),
    field("barge_in", Kind.BOOLEAN, "Whether the user interrupted the agent"),
    field("metadata", Kind.OBJECT, "What the agent's models recorded for the turn", pii=Pii.FREE),
    EXTRA,
)
"""One row per turn of a conversation."""


KNOWN_METRICS: tuple[str, ...] = ()
"""Names that are reported as new of no project; which metrics there are is the customer's choice."""

PLATFORM_METRICS = (
    *("CALL_DURATION", "CALL_TURN", "CALL_IN_PROGRESS", "CALL_COMPLETED", "TOTAL_AGENT_TURNS", "VARIANT_ID"),
    *("HANDOFF_REASON", "HANDOFF_TO", "CHAT_ABANDONED"),
    *("CSAT_OFFERED", "CSAT_ACCEPTED", "CSAT_DENIED", "CSAT_COMPLETED", "CSAT_SCORE", "CSAT_FREE_FEEDBACK"),
)
"""Names of metrics that PolyAI writes by itself, as its documentation and recordings have them; beside them all that
begin with REPEAT_CALLER_. Every other one is written by the customer's functions."""

METRIC = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived("name", Kind.TEXT, "Name of the metric", key=True),
    derived("position", Kind.INTEGER, "Position among the values of this metric, from 0", key=True),
    derived("value", Kind.TEXT, "The value as sent", pii=Pii.FREE),
    derived("value_double", Kind.NUMBER, "The value as a number, where it is one"),
)
"""One row per value of a metric of a conversation."""
