"""The fields of a turn, as the v3 list call sends them inside a conversation."""

from polyai_assets.contract.fields import DATE, EXTRA, LATENCY_MEMBER, PROJECT, Kind, derived, field

LATENCY_FIELD = "latency"
"""A number of seconds, or an object that has them and more.

A column whose name in the API begins with it and a dot is a member of the object.
"""

ALSO_SENT = (
    *("asr_lang_code", "llm_requests", "reviews", "tts_lang_code", "turn_id", "user_input_audio_url"),
    "user_input_dtmf_finish_key",
)
"""Members of a turn that were recorded and have no column. They are in `extra`, of whatever type, and are no drift."""

TURN = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation it belongs to", key=True),
    derived("turn_index", Kind.INTEGER, "Position in the conversation, from 0", key=True),
    field("user_input", Kind.TEXT, "What the user said or typed"),
    field("user_input_dtmf", Kind.TEXT, "Digits the user pressed"),
    field("user_input_datetime", Kind.TIMESTAMP, "When the agent received the user's input"),
    field("agent_response", Kind.TEXT, "What the agent answered"),
    field("agent_response_datetime", Kind.TIMESTAMP, "When the agent answered"),
    field(LATENCY_FIELD, Kind.LATENCY, "How long the user waited for the answer", minimum=0, unit="seconds"),
    field(
        "latency_label",
        Kind.TEXT,
        "What PolyAI calls the latency, such as HIGH",
        wire=f"{LATENCY_FIELD}.label",
    ),
    field(
        "latency_percentile_1d",
        Kind.NUMBER,
        "Percentile of the latency among those of one day, as PolyAI sends it",
        wire=f"{LATENCY_FIELD}.{LATENCY_MEMBER}_percentile_1d",
    ),
    field("translated_user_input", Kind.TEXT, "User input in the agent's working language, where translated"),
    field("english_agent_response", Kind.TEXT, "The answer in English, where translated"),
    field("intents", Kind.TEXT_LIST, "Intents found in the user's input"),
    field("entities", Kind.OBJECT_LIST, "Entities found in the user's input: name to value or values"),
    field("is_ood", Kind.BOOLEAN, "Whether the turn was out of the agent's domain"),
    field("is_silence", Kind.BOOLEAN, "Whether the user said nothing"),
    field("barge_in", Kind.BOOLEAN, "Whether the user interrupted the agent"),
    field("metadata", Kind.OBJECT, "What the agent's models recorded for the turn"),
    EXTRA,
)
"""One row per turn of a conversation."""
