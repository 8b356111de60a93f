"""Answers that are not a page of conversations, in PolyAI's envelope (source: API reference, *Errors*)."""

from uuid import uuid4

from starlette.responses import JSONResponse

FILTER_PARSE_ERROR = "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
CONVERSATION_NOT_FOUND = "CONVERSATIONS_NOT_FOUND"
RECORDING_NOT_FOUND = "CONVERSATIONS_RECORDING_NOT_FOUND"


class Refused(Exception):
    """The request is answered with an error: status, PolyAI's code and a message for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_filter(message: str) -> Refused:
    """Return the 400 that a wrong parameter gets."""
    return Refused(400, FILTER_PARSE_ERROR, message)


def error_answer(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return the error envelope of v2 and v3."""
    envelope = {
        "success": False,
        "error": code,
        "error_id": str(uuid4()),
        "error_code": code,
        "error_message": message,
        "data": None,
    }
    return JSONResponse(envelope, status, headers)
