"""A conversation's id as a part of a path."""

from urllib.parse import quote

from polyai_assets.api.errors import UnaddressableConversation
from polyai_assets.api.project import Project

_FOLDERS = {".", ".."}


def path_part(conversation_id: str, project: Project) -> str:
    """Percent-encode an id, whatever is in it, so that it arrives as that id and as no other path.

    Raises `UnaddressableConversation` where that cannot be: `%2E` means the same as `.` (RFC 3986, 6.2.2), so
    that every client, proxy and server may take an id of one or two dots, in any spelling, for a folder.
    """
    if not conversation_id or conversation_id in _FOLDERS:
        why = "in a URL it means a folder, however it is written" if conversation_id else "it is empty"
        raise UnaddressableConversation(_message(conversation_id, project, why))
    if any("\ud800" <= character <= "\udfff" for character in conversation_id):
        raise UnaddressableConversation(_message(conversation_id, project, "it holds half a surrogate pair"))
    return quote(conversation_id, safe="")


def _message(conversation_id: str, project: Project, why: str) -> str:
    return f"No URL leads to conversation {conversation_id!r} of {project}: {why}. Nothing was sent."
