"""Faults that answer instead of PolyAI."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from starlette.responses import RedirectResponse

from polyai_assets.simulator.answers import (
    CONVERSATION_NOT_FOUND,
    FILTER_PARSE_ERROR,
    RECORDING_NOT_FOUND,
    error_answer,
)
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.transport import ResetConnection


def rate_limited(
    exchange: Exchange, _fault: Fault, *, retry_after: int | None = 1, as_date: bool = False
) -> None:
    """Answer 429 with `Retry-After` in seconds, as an HTTP date, or (None) without it."""
    headers = {}
    if retry_after is not None:
        # The date counts from real time: it is the client's own clock that will be held against it.
        at = datetime.now(UTC) + timedelta(seconds=retry_after)
        headers["Retry-After"] = format_datetime(at, usegmt=True) if as_date else str(retry_after)
    exchange.answer = error_answer(429, "TOO_MANY_REQUESTS", "Too many requests", headers)


def error(exchange: Exchange, _fault: Fault, *, status: int = 500) -> None:
    """Answer with an error envelope and any `status`."""
    reason = HTTPStatus(status)
    exchange.answer = error_answer(status, reason.name, reason.phrase)


def redirect(exchange: Exchange, _fault: Fault, *, to: str, status: int = 302) -> None:
    """Redirect to the URL `to`, which may be on another host."""
    exchange.answer = RedirectResponse(to, status)


def bad_cursor(exchange: Exchange, _fault: Fault) -> None:
    """Answer 400 to a cursor that the simulator itself has issued."""
    exchange.answer = error_answer(400, FILTER_PARSE_ERROR, "cursor: malformed")


def no_conversation(exchange: Exchange, _fault: Fault) -> None:
    """Answer 404 for a conversation that the lists still have."""
    exchange.answer = error_answer(404, CONVERSATION_NOT_FOUND, "Conversation not found")


def no_recording(exchange: Exchange, _fault: Fault) -> None:
    """Answer 404 for a recording that the detail speaks of."""
    exchange.answer = error_answer(404, RECORDING_NOT_FOUND, "Recording not found")


def reset(exchange: Exchange, _fault: Fault) -> None:
    """Reset the connection before a byte of the answer, be it before the request is processed or after it."""
    exchange.answer = ResetConnection()
