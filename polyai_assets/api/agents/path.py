"""A conversation's id as a part of a path."""

from urllib.parse import quote

from polyai_assets.api.errors import UnaddressableConversation
from polyai_assets.api.project import Project

_FOLDERS = {".", ".."}


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
