"""What is written back to a conversation: annotations of its turns, and a note.

A note replaces the note before, so that it may be sent again. An annotation is added: whether it is sent again
hangs on whether the first one can have arrived. Source: API reference, *Add annotations* and *Upsert note*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from polyai_assets.api.envelope import error_in
from polyai_assets.api.errors import (
    InvalidWrite,
    MalformedAnswer,
    OutcomeUnknown,
    PermanentError,
    PolyAIError,
    TransientError,
    WriteRefused,
)
from polyai_assets.api.refusal import where
from polyai_assets.api.request import HttpRequest
from polyai_assets.api.retries import Deadline
from polyai_assets.api.transport import HttpAnswer, Transport

ROLES = ("user", "agent")
ANNOTATION_TYPES = ("missing_topic", "wrong_transcript", "wrong_info")

_NOT_PROCESSED = {425, 429}
_DONE_ELSEWHERE = 303
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """What a reviewer finds wrong with one turn. Raises `InvalidWrite` for what PolyAI does not take."""

    turn_id: int
    """Counted from 0."""
    role: str
    """Whose part of the turn: user or agent."""
    annotation_type: str
    """missing_topic, wrong_transcript or wrong_info."""

    def __post_init__(self) -> None:
        if type(self.turn_id) is not int or self.turn_id < 0:
            raise InvalidWrite(f"turn_id is {self.turn_id!r}; it must be a whole number from 0.")
        if self.role not in ROLES:
            raise InvalidWrite(f"role is {self.role!r}; PolyAI has {', '.join(ROLES)}.")
        if self.annotation_type not in ANNOTATION_TYPES:
            raise InvalidWrite(
                f"annotation_type is {self.annotation_type!r}; PolyAI has {', '.join(ANNOTATION_TYPES)}."
            )


@dataclass(frozen=True, kw_only=True)
class WriteReceipt:
    """PolyAI has taken what was written."""

    status: int
    correlation_id: str | None


def annotations_body(annotations: Sequence[Annotation]) -> bytes:
    """Write the body of a request. Raises `InvalidWrite` if there is no annotation."""
    if not annotations:
        raise InvalidWrite("There is no annotation to write; PolyAI takes one or more at a time.")
    items = [
        {"turnId": annotation.turn_id, "role": annotation.role, "annotationType": annotation.annotation_type}
        for annotation in annotations
    ]
    return msgspec.json.encode({"annotations": items})


def note_body(text: str) -> bytes:
    """Write the body of a request. Raises `InvalidWrite` for text that is no text."""
    try:
        return msgspec.json.encode({"note": msgspec.convert(text, str)})
    except (msgspec.ValidationError, UnicodeEncodeError):
        raise InvalidWrite("A note is text, without half a surrogate pair in it.") from None


def post(transport: Transport, request: HttpRequest, deadline: Deadline) -> WriteReceipt:
    """Send it. Raises as `Transport.fetch`, `WriteRefused` for `success: false`, `MalformedAnswer` for no answer."""
    answer = transport.fetch(request, deadline, most_bytes=_MOST_BYTES)
    success = _success(answer)
    if success:
        return WriteReceipt(status=answer.status, correlation_id=answer.correlation_id)
    error: PolyAIError = (
        MalformedAnswer("The answer does not say whether what was sent was taken.")
        if success is None
        else WriteRefused("The Agents API answered `success: false`: nothing was written.")
    )
    error.status, error.correlation_id = answer.status, answer.correlation_id
    error.add(where(request.name, answer.status, answer.correlation_id))
    raise error


def post_once(transport: Transport, request: HttpRequest, deadline: Deadline) -> WriteReceipt:
    """Send what must not be sent twice.

    A `TransientError` leaves it only if certainly nothing was processed, a `PermanentError` only if it was refused;
    anything else is `OutcomeUnknown`.
    """
    try:
        return post(transport, request, deadline)
    except WriteRefused:
        raise
    except (TransientError, PermanentError) as error:
        if _nothing_done(error, request):
            raise
        unknown = OutcomeUnknown(
            f"Whether it was written is not known: look at the conversation before it is sent again. {error}"
        )
        unknown.status, unknown.correlation_id = error.status, error.correlation_id
        raise unknown from error


def _nothing_done(error: PolyAIError, request: HttpRequest) -> bool:
    if request.content is not None and not request.content.handed_over:
        return True
    if isinstance(error, TransientError):
        return error.status in _NOT_PROCESSED
    return error.status is None or not (200 <= error.status < 300 or error.status == _DONE_ELSEWHERE)


def _success(answer: HttpAnswer) -> bool | None:
    """Read `{"success": true}`, which is also the default; None for what is no such answer, or holds an error."""
    if not answer.body.strip():
        return True if answer.status == 201 else None  # Created, and nothing more to say
    try:
        members = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    found = {name: bytes(value) for name, value in members.items()}
    success = found.get("success", b"true")
    if success == b"false":
        return False
    return True if success == b"true" and error_in(found) is None else None
