"""The endpoints of one agent: their paths, and what their errors mean where they mean something of their own."""

from urllib.parse import quote

from polyai_assets.api import errors
from polyai_assets.api.errors import InvalidQuery, UnaddressableConversation
from polyai_assets.api.project import Project
from polyai_assets.api.query import DIRECTIONS
from polyai_assets.api.refusal import Meaning, Meanings
from polyai_assets.api.request import OK_OR_CREATED, Content, HttpRequest

_FOLDERS = {".", ".."}

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

REFERENCE: Meanings = {
    **READING,
    (403, ""): (
        errors.Forbidden,
        "The key in {key_source} is known but may not read the deployments, variants and phone numbers of {project}. "
        "Ask PolyAI for that permission.",
    ),
}
"""Of what an agent is made of beside its conversations."""

ACCOUNT: Meanings = {
    **READING,
    (401, ""): (
        errors.Unauthorized,
        "The key in {key_source} was refused for {project} by the Agents API. Check that it was issued for region "
        "{region} and has not expired.",
    ),
    (403, ""): (
        errors.Forbidden,
        "The key in {key_source} is known but may not list the agents {project}. Ask PolyAI for that permission.",
    ),
    (404, ""): (
        errors.NotFound,
        "Nothing is known of {project} at {host}. Check the account's id, and that the account lives in region "
        "{region!r} (the wrong host answers 404 too).",
    ),
}
"""Of an account's agents."""


def list_request(path: str, limit: int, offset: int) -> HttpRequest:
    """Make the request for a page of the list of conversations at `path`."""
    return HttpRequest(path=path, query=f"limit={limit}&offset={offset}", meanings=READING)


def detail_request(path: str) -> HttpRequest:
    """Make the request for the conversation at `path`."""
    return HttpRequest(path=path, meanings=READING_ONE)


def audio_request(path: str, direction: str, *, redacted: bool) -> HttpRequest:
    """Make the request for the recording of the conversation at `path`. Raises `InvalidQuery`."""
    if direction not in DIRECTIONS:
        raise InvalidQuery(f"direction is {direction!r}; PolyAI has {', '.join(DIRECTIONS)}.")
    return HttpRequest(
        path=f"{path}/audio",
        query=f"direction={direction}&redacted={'true' if redacted else 'false'}",
        accept="audio/wav, application/json;q=0.5",
        accept_encoding="identity",  # audio hardly shrinks, and a length that is announced can be checked
        meanings=READING_ONE,
    )


def write_request(path: str, body: bytes) -> HttpRequest:
    """Make the request for one attempt to write to a conversation."""
    return HttpRequest(path=path, content=Content(body), welcome=OK_OR_CREATED, meanings=WRITING)


def is_addressable(conversation_id: str) -> bool:
    """Tell whether a URL leads to a conversation of this id."""
    return _why_not(conversation_id) is None


def path_part(conversation_id: str, project: Project) -> str:
    """Percent-encode an id, whatever is in it, so that it arrives as that id and as no other path.

    Raises `UnaddressableConversation` where that cannot be: `%2E` means the same as `.` (RFC 3986, 6.2.2), so
    that every client, proxy and server may take an id of one or two dots, in any spelling, for a folder.
    """
    why = _why_not(conversation_id)
    if why is not None:
        raise UnaddressableConversation(
            f"No URL leads to conversation {conversation_id!r} of {project}: {why}. Nothing was sent."
        )
    return quote(conversation_id, safe="")


def _why_not(conversation_id: str) -> str | None:
    if not conversation_id:
        return "it is empty"
    if conversation_id in _FOLDERS:
        return "in a URL it means a folder, however it is written"
    if any("\ud800" <= character <= "\udfff" for character in conversation_id):
        return "it holds half a surrogate pair"
    return None
