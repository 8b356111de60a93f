"""The fields of a conversation, as the v3 list call sends them."""

from polyai_assets.contract.fields import DATE, EXTRA, PROJECT, Kind, derived, field

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
    derived("region", Kind.TEXT, "PolyAI region that serves the project"),
    field("account_id", Kind.TEXT, "Customer account", required=True),
    field("project_id", Kind.TEXT, "Project within the account", required=True),
    field(
        "environment",
        Kind.TEXT,
        "Deployment environment: live, sandbox or pre-release",
        required=True,
        known=("live", "sandbox", "pre-release"),
    ),
    field("started_at", Kind.TIMESTAMP, "When the conversation began", required=True, allow_empty=False),
    field(
        "channel",
        Kind.TEXT,
        "Medium, such as VOICE-SIP or WEBCHAT",
        required=True,
        known=("VOICE-SIP", "CHAT", "WEBCHAT", "SMS", "RCS"),
    ),
    field("in_progress", Kind.BOOLEAN, "Whether it was still running when it was fetched", required=True),
    field("variant_id", Kind.TEXT, "Variant of the agent"),
    field("variant_name", Kind.TEXT, "Name of the variant"),
    field("from_number", Kind.TEXT, "Number of the caller"),
    field("to_number", Kind.TEXT, "Number the caller was connected to"),
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
    field("handoff_reason", Kind.TEXT, "Why it was handed off"),
    field("handoff_destination", Kind.TEXT, "Where it was handed off to"),
    field("num_silences", Kind.INTEGER, "Number of turns in which the user said nothing", minimum=0),
    field("num_ood", Kind.INTEGER, "Number of turns that were out of the agent's domain", minimum=0),
    field("state", Kind.OBJECT, "The agent's dialogue state at the end"),
    EXTRA,
)
"""One row per conversation."""
