"""The tables of what happened to conversations after they were first fetched."""

from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived

CHANGE = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation that changed", key=True),
    derived("changed_at", Kind.TIMESTAMP, "When the fetch began that found the change", key=True),
    derived(
        "field",
        Kind.TEXT,
        "The field, as in turns[3].user_input; (conversation) for its coming and going",
        key=True,
    ),
    derived("before", Kind.TEXT, "What it was; a long value as its hash, nothing as ''"),
    derived("after", Kind.TEXT, "What it is since"),
)
"""One row per field of a conversation that another fetch found changed."""

VANISHED = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The conversation that the API no longer returns", key=True),
    derived("vanished_at", Kind.TIMESTAMP, "When the fetch began that did not find it"),
    derived("payload", Kind.TEXT, "The record as the API last sent it; bytes that are not text are escaped"),
)
"""One row per conversation that the API returned once and no longer does."""
