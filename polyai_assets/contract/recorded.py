"""The tables of what a detail records of turns and functions beside their own tables, a row for each item.

All of it is in `conversation_details` and `function_events` as JSON, too. The forms were recorded, and are documented
nowhere: a value of another type is NULL or "" here and stands there as it was sent.
"""

from polyai_assets.contract.fields import DATE, PROJECT, Field, Kind, Pii, derived

TEXT, INTEGER, NUMBER, BOOLEAN = Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN

_OF_TURN = (
    PROJECT,
    DATE,
    derived("conversation_id", TEXT, "The conversation it belongs to", key=True),
    derived("turn_index", INTEGER, "Position of its turn in the conversation, from 0", key=True),
)
_OF_EVENT = (
    *_OF_TURN[:3],
    derived("turn_index", INTEGER, "Position of the turn, as in function_events", key=True, nullable=True),
    derived("position", INTEGER, "Position of the event in the turn, as in function_events", key=True),
)


def _place(of: str) -> Field:
    return derived("position", INTEGER, f"Position among the {of} of the turn, from 0", key=True)


DETAIL_TURN = (
    *_OF_TURN,
    derived("turn_id", INTEGER, "PolyAI's number of the turn"),
    derived("asr_language", TEXT, "Language in which the user was heard", pii=Pii.NONE),
    derived("tts_language", TEXT, "Language in which the agent spoke", pii=Pii.NONE),
    derived("latency_label", TEXT, "What PolyAI calls the latency, such as HIGH", pii=Pii.NONE),
    derived("latency_percentile_1d", NUMBER, "Percentile of the latency among those of one day"),
    derived("retrieved_topics", Kind.TEXT_LIST, "Topics that the agent looked up", pii=Pii.NONE),
    derived("retrieved_sources", Kind.TEXT_LIST, "Sources that the agent looked up", pii=Pii.NONE),
    derived("cited_topic", TEXT, "Topic that the answer rests on", pii=Pii.NONE),
    derived("current_node", TEXT, "Node of the flow", pii=Pii.NONE),
    derived("in_flow", TEXT, "Flow in which the turn began", pii=Pii.NONE),
    derived("in_step", TEXT, "Step in which the turn began", pii=Pii.NONE),
    derived("asr_corrected_user_input", TEXT, "What the user said, as corrected", pii=Pii.TEXT),
    derived("safety_provider", TEXT, "Whose filter judged the turn", pii=Pii.NONE),
)
TURN_TOPIC = (
    *_OF_TURN,
    _place("topics"),
    derived("topic", TEXT, "Topic that the agent looked up", pii=Pii.NONE),
)
TURN_SAFETY = (
    *_OF_TURN,
    derived("category", TEXT, "What a safety filter found", key=True),
    derived("provider", TEXT, "Whose filter", pii=Pii.NONE),
    derived("found", TEXT, "What the filter said of it, as sent", pii=Pii.TEXT),
)
TURN_ENTITY = (
    *_OF_TURN,
    _place("entities"),
    derived("name", TEXT, "Name of the entity", pii=Pii.NONE),
    derived("value", TEXT, "Its value; of several a row each", pii=Pii.FREE),
)
TURN_REVIEW = (
    *_OF_TURN,
    _place("reviews"),
    derived("review_type", TEXT, "What kind of review", pii=Pii.NONE),
    derived("comment", TEXT, "What the reviewer wrote", pii=Pii.TEXT),
    derived("reviewed_at", Kind.TIMESTAMP, "When it was made"),
    derived("review", Kind.OBJECT, "The review as it was sent", pii=Pii.FREE),
)
ASR_ALTERNATIVE = (
    *_OF_TURN,
    _place("alternatives"),
    derived("text", TEXT, "What the user may have said", pii=Pii.TEXT),
    derived("intents", Kind.TEXT_LIST, "Intents found in it", pii=Pii.NONE),
)
LLM_REQUEST = (
    *_OF_TURN,
    _place("requests"),
    derived("log_id", TEXT, "PolyAI's id of the request", pii=Pii.NONE),
    derived("model_id", TEXT, "The model", pii=Pii.NONE),
    derived("requested_at", Kind.TIMESTAMP, "When it was asked"),
    derived("first_chunk_at", Kind.TIMESTAMP, "When its answer began"),
    derived("responded_at", Kind.TIMESTAMP, "When its answer was complete"),
    derived("prompt_tokens", INTEGER, "Tokens of the prompt"),
    derived("completion_tokens", INTEGER, "Tokens of the answer"),
    derived("cached_tokens", INTEGER, "Tokens of the prompt that were cached"),
    derived("total_tokens", INTEGER, "Tokens in all"),
    derived("finish_reason", TEXT, "Why the answer ended", pii=Pii.NONE),
    derived("out_of_domain", BOOLEAN, "Whether the model found the input out of domain"),
)
FUNCTION_LOG = (
    *_OF_EVENT,
    derived("log_position", INTEGER, "Position among the log lines of the event, from 0", key=True),
    derived("level", TEXT, "Level of the line", pii=Pii.NONE),
    derived("content", TEXT, "What was logged", pii=Pii.FREE),
    derived("is_pii", BOOLEAN, "Whether it was marked as personal data"),
    derived("logged_at", Kind.TIMESTAMP, "When it was logged"),
    derived("fields", Kind.OBJECT, "Further fields of the line", pii=Pii.FREE),
)
STATE_CHANGE = (
    *_OF_EVENT,
    derived("name", TEXT, "Member of the agent's state", key=True),
    derived("change", TEXT, "added, updated or removed", key=True),
    derived("value", TEXT, "Its value since; '' where it was removed", pii=Pii.FREE),
)
