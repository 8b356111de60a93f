"""Faults of paging: conversations or whole pages that are not given although they exist."""

from collections.abc import Sequence

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault


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
