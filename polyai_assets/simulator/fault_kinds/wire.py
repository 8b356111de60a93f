"""Faults that damage or delay a finished answer. `share` is the part of the body that arrives first, 0 to 1."""

from typing import Any

import msgspec
from starlette.responses import Response

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.transport import CutShort, Stalled


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
