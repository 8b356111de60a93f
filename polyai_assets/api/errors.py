"""What can go wrong between us and PolyAI, as types.

Whoever retries decides by two of them only: a `TransientError` may pass by itself, a `PermanentError` never
does. No message ever holds the key.
"""

from collections.abc import Sequence

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.secrets import masked


class PolyAIError(Actionable):
    """A request to PolyAI did not fetch what was asked for."""

    status: int | None = None
    """The HTTP status, if there was an answer."""
    correlation_id: str | None = None
    """PolyAI's name for the request, to quote to its support."""
    said: str = ""
    """The body of an answer that is no 200, for programs to look into; it may be long. Without the key."""

    def add(self, sentence: str) -> None:
        """Append what only a caller further up knows, such as how often it was tried."""
        self.args = (masked(f"{self} {sentence}"),)


class TransientError(PolyAIError):
    """May pass by itself. The client has retried already when this leaves it; a later run may succeed."""

    retry_after: float | None = None
    """Seconds the server asked us to wait, if it did."""


class PermanentError(PolyAIError):
    """Stays until someone changes something: never retried."""


class RateLimited(TransientError):
    """429: more requests than this key is allowed."""


class ServerError(TransientError):
    """408, 425 or any 5xx."""


class GatewayTimeout(ServerError):
    """504: the page took the server too long; a smaller one may not."""


class ConnectionFailed(TransientError):
    """No answer: name not found, connection refused, reset or closed, TLS refused, or only an interim one (1xx)."""


class TimedOut(ConnectionFailed):
    """The server stopped sending for longer than `read_timeout`, or the time for the request was used up."""


class TooSlow(TimedOut):
    """An answer came by drops. Tried once more and no longer: what trickles twice seldom flows the third time."""


class TruncatedBody(TransientError):
    """A 200 whose body ended early, could not be decompressed or is not complete JSON."""


class MalformedPage(TransientError):
    """A 200 whose body is JSON but not a page: no `conversations`, a cursor that is none, `success: false`."""


class MalformedAnswer(TransientError):
    """A 200 that is not what was asked for: a detail of another conversation, or text in place of audio."""

    payload: memoryview | None = None
    """What came in place of a detail: a view, which no log and no repr shows the content of."""


class UnstableList(TransientError):
    """A list that is paged by offset changed faster than it was walked, or contradicts its own count."""


class InvalidProject(PermanentError):
    """A project that cannot be addressed: an empty part, or a character that has no place in one."""


class InvalidConnection(PermanentError):
    """Connection settings that cannot work, such as an unknown region or a negative time-out."""


class InvalidEnvironment(InvalidConnection):
    """A variable of the environment, such as HTTPS_PROXY, with which no request can be made. Its value is not shown."""


class InvalidKey(PermanentError):
    """A key that cannot stand in an HTTP header. The message does not show it."""


class InvalidQuery(PermanentError):
    """A query that PolyAI would refuse or misunderstand; found before any call."""


class InvalidWrite(PermanentError):
    """An annotation or a note that PolyAI would not take; found before any call."""


class UnaddressableConversation(PermanentError):
    """A conversation id that no URL can carry: empty, `.`, `..`, or with half a surrogate pair in it."""


class BadRequest(PermanentError):
    """400 or 422: the server did not accept the query."""


class Unauthorized(PermanentError):
    """401: the key is wrong, expired, or belongs to another project or region."""


class Forbidden(PermanentError):
    """403: the key is known but lacks a permission."""


class NotFound(PermanentError):
    """404: no such region, account or project."""


class ConversationNotFound(PermanentError):
    """404 with a code of its own: the project is there, but not (or no longer) this conversation."""


class RecordingNotFound(PermanentError):
    """404 with a code of its own: the conversation has no recording. Chats never have one."""


class RecordingTooLarge(PermanentError):
    """A recording beyond what any call needs, announced or sent: a body that does not end is not kept."""


class WriteRefused(PermanentError):
    """PolyAI did not take an annotation or a note: 4xx, or `success: false`. Nothing was written."""


class PageTooHeavy(PermanentError):
    """413, or an answer beyond its bound, and the page cannot be made smaller."""


class UnexpectedStatus(PermanentError):
    """Any other status; PolyAI's documentation knows none."""


class RedirectRefused(PermanentError):
    """3xx: we send the key to no address that came out of a response."""


class CursorRepeated(PermanentError):
    """The server handed out a cursor or offset that this walk has followed already."""


class NothingNew(PermanentError):
    """The walk goes on but holds no new conversation."""


class EndlessList(PermanentError):
    """The walk goes on beyond all that was asked for can hold."""


class OutcomeUnknown(PolyAIError):
    """Something was sent that must not be sent twice, and no answer says whether it was taken.

    Neither transient nor permanent: only a look at the conversation says whether to send it again.
    """


def is_worth_retrying(errors: Sequence[Exception]) -> bool:
    """Tell whether a later attempt may fare better, because nothing but passing trouble was met."""
    return bool(errors) and all(
        isinstance(error, TransientError) and not isinstance(error, TooSlow) for error in errors
    )
