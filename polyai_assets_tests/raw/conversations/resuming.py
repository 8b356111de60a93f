"""Fetches that die on the way, and what was asked for."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.deployment import HOTEL

HOUR = timedelta(hours=1)
Attempt = Callable[..., Fetch]


def down_after(pages: int) -> Fault:
    """Let so many requests through, and answer no other."""
    return Fault("error", {"status": 503}, times=None, after=pages)


def good_cursors(polyai: Simulator) -> list[str | None]:
    """The cursors of the requests that were answered, in order; None is the beginning of a walk."""
    return [
        next(iter(request.query.get("cursor", [])), None)
        for request in polyai.requests
        if request.status == 200
    ]


def known(polyai: Simulator, day: date) -> list[dict[str, Any]]:
    """The conversations of a day, as PolyAI has them."""
    return polyai.conversations(HOTEL.key, midnight(day), midnight(day) + 24 * HOUR)


def ids_in(polyai: Simulator, day: date) -> list[str]:
    return [one["id"] for one in known(polyai, day)]
