"""Faults of replies: refused instead of answered, pages that lack something, and answers damaged on their way."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response

from polyai_assets.simulator.answers import (
    CONVERSATION_NOT_FOUND,
    FILTER_PARSE_ERROR,
    RECORDING_NOT_FOUND,
    error_answer,
)
from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.transport import CutShort, ResetConnection, Stalled


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


def repeat_cursor(exchange: Exchange, _fault: Fault) -> None:
    """Reply with the cursor that was asked with, so that following it never ends."""
    exchange.listed.cursor = exchange.query.cursor


def drop_page(exchange: Exchange, _fault: Fault) -> None:
    """Skip the page: give the following one in its place, if there is one."""
    page, query = exchange.listed, exchange.query
    if page.next_offset is not None:
        exchange.page = exchange.list_page(query._replace(cursor=page.cursor, offset=page.next_offset))


def empty_page(exchange: Exchange, _fault: Fault) -> None:
    """Answer 200 and say that there is nothing, and nothing more to come."""
    page = exchange.listed
    page.entries, page.cursor, page.next_offset = [], None, None


def drop_conversations(
    exchange: Exchange,
    fault: Fault,
    *,
    ids: Sequence[str] | None = None,
    every: int = 1,
    count: int | None = None,
) -> None:
    """Leave conversations out of the page; the next page starts where it would have."""
    page = exchange.listed
    dropped = set(fault.choose(page.entries, ids, every, count))
    page.entries = [entry for place, entry in enumerate(page.entries) if place not in dropped]


def pretty_page(exchange: Exchange, _fault: Fault, *, indent: int = 2) -> None:
    """Send the same JSON with line breaks and indentation."""
    _answer(exchange, msgspec.json.format(exchange.body, indent=indent))


def stall(exchange: Exchange, _fault: Fault, *, seconds: float, share: float | None = None) -> None:
    """Wait before the first byte of the answer, or within its body after `share` of it."""
    sent = None if share is None else int(len(exchange.body) * share)
    exchange.answer = Stalled(exchange.answered, seconds, sent)


def cut_body(exchange: Exchange, _fault: Fault, *, share: float = 0.5) -> None:
    """Close the connection after `share` of the announced body."""
    exchange.answer = CutShort(exchange.answered, int(len(exchange.body) * share))


def truncated(exchange: Exchange, _fault: Fault, *, share: float = 0.5) -> None:
    """End the body after `share` of the JSON or of the audio; the announced length agrees with that."""
    body = exchange.body
    _answer(exchange, body[: int(len(body) * share)])


def envelope(exchange: Exchange, _fault: Fault, *, members: dict[str, Any], empty: bool = False) -> None:
    """Add members to the answer, such as those of an error, and take its conversations away (`empty`)."""
    body = msgspec.json.decode(exchange.body)
    if empty:
        body |= {"conversations": [], "cursor": None}
    _answer(exchange, msgspec.json.encode(body | members))


def html_page(exchange: Exchange, _fault: Fault) -> None:
    """Send 200 and an error page for people, as a proxy in between may do."""
    page = (
        "<!DOCTYPE html>\n<html><head><title>Error</title></head><body>Something went wrong.</body></html>\n"
    )
    exchange.answer = Response(page, media_type="text/html")


def _answer(exchange: Exchange, body: bytes) -> None:
    whole = exchange.answered
    exchange.answer = Response(body, whole.status_code, media_type=whole.media_type)
