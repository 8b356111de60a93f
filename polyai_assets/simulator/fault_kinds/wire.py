"""Faults that damage or delay a finished answer. `share` is the part of the body that arrives first, 0 to 1."""

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
    body = exchange.body
    exchange.answer = Stalled(body, seconds, None if share is None else int(len(body) * share))


def cut_body(exchange: Exchange, _fault: Fault, *, share: float = 0.5) -> None:
    """Close the connection after `share` of the announced body."""
    body = exchange.body
    exchange.answer = CutShort(body, int(len(body) * share))


def truncated_json(exchange: Exchange, _fault: Fault, *, share: float = 0.5) -> None:
    """End the body after `share` of the JSON; the announced length agrees with that."""
    body = exchange.body
    _answer(exchange, body[: int(len(body) * share)])


def _answer(exchange: Exchange, body: bytes) -> None:
    exchange.answer = Response(body, media_type="application/json")
