"""The fields of a turn, as the v3 list call sends them inside a conversation."""

from polyai_assets.contract.fields import DATE, EXTRA, PROJECT, Kind, derived, field

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
    field("latency", Kind.LATENCY, "How long the user waited for the answer", minimum=0, unit="seconds"),
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
