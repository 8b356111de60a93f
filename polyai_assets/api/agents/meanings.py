"""What errors of the Agents API mean, where it is not what they mean for the conversations list."""

from polyai_assets.api import errors
from polyai_assets.api.refusal import Meaning, Meanings

_NOT_ACCEPTED: Meaning = (errors.BadRequest, "The Agents API did not accept what it was asked for {project}.")
_NOT_WRITTEN: Meaning = (
    errors.WriteRefused,
    "The Agents API did not take what was written to a conversation of {project}; nothing was written.",
)
_NO_ANSWER: Meaning = (errors.ServerError, "The Agents API failed to answer for {project}.")

READING: Meanings = {
    (400, ""): _NOT_ACCEPTED,
    (401, ""): (
        errors.Unauthorized,
        "The key in {key_source} was refused for {project} by the Agents API. Check that it was issued for region "
        "{region} and has not expired; if this API has a key of its own, set agents_api_key.",
    ),
    (403, ""): (
        errors.Forbidden,
        "The key in {key_source} is known but may not read the conversations of {project} through the Agents "
        "API. Ask PolyAI for that permission.",
    ),
    (404, ""): (
        errors.NotFound,
        "Nothing is known of {project} at {host}. Check that the project lives in region {region!r} (the wrong "
        "host answers 404 too), then project_id {project_id!r}, which is the id of the agent, and {base_url}.",
    ),
    (413, ""): (
        errors.PageTooHeavy,
        "An answer for {project} is too heavy for the server. Ask for a smaller limit.",
    ),
    (422, ""): _NOT_ACCEPTED,
    (504, ""): (
        errors.GatewayTimeout,
        "The Agents API took too long to answer for {project}. It may pass: run again later.",
    ),
}
"""Of the list."""

READING_ONE: Meanings = {
    **READING,
    (404, "CONVERSATIONS_NOT_FOUND"): (
        errors.ConversationNotFound,
        "The Agents API has no such conversation of {project}: it never had it, or keeps it no longer.",
    ),
    (404, "CONVERSATIONS_RECORDING_NOT_FOUND"): (
        errors.RecordingNotFound,
        "There is no recording of this conversation of {project}. Chats have none, and recordings are not "
        "kept for ever.",
    ),
}
"""Of one conversation and its recording."""

WRITING: Meanings = {
    **READING_ONE,
    **dict.fromkeys([(408, ""), (500, ""), (502, ""), (503, "")], _NO_ANSWER),
    (504, ""): (errors.GatewayTimeout, _NO_ANSWER[1]),
    **dict.fromkeys([(400, ""), (409, ""), (413, ""), (415, ""), (422, "")], _NOT_WRITTEN),
    (403, ""): (
        errors.Forbidden,
        "The key in {key_source} is known but may not write to the conversations of {project}. "
        "Ask PolyAI for that permission.",
    ),
}
"""Of annotations and notes."""
