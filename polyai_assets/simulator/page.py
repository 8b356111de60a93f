"""One page of the conversations list: which conversations, and where the next page starts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

import msgspec

from polyai_assets.simulator.cursor import Position, seal, unseal
from polyai_assets.simulator.days import Entry
from polyai_assets.simulator.deployment import Pagination
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query
from polyai_assets.simulator.search import nearness
from polyai_assets.simulator.store import Store


@dataclass
class Page:
    """A page, still open to faults. `number` counts the pages of a walk from 1."""

    entries: list[Entry]
    number: int
    next_offset: int | None = None
    cursor: str | None = None
    has_cursor: bool = True
    descriptions: dict[str, Any] | None = None

    def render(self) -> bytes:
        """Return the JSON of the reply; without a next page `cursor` is null and `next_offset` is absent."""
        parts = [b'{"conversations":[', b",".join([entry.body for entry in self.entries]), b"]"]
        if self.next_offset is not None:
            parts.append(b',"next_offset":%d' % self.next_offset)
        if self.has_cursor:
            parts.append(b',"cursor":' + msgspec.json.encode(self.cursor))
        if self.descriptions is not None:
            parts.append(b',"descriptions":' + msgspec.json.encode(self.descriptions))
        return b"".join([*parts, b"}"])


def list_page(
    store: Store, project: SimulatedProject, query: Query, now: int, pagination: Pagination, dice: Random
) -> Page:
    """Return the page that `query` asks for at `now`. Raises Refused (400) for a bad cursor.

    A server that pages by offset does not know cursors: it neither reads nor sends one.
    """
    if query.random_sample:
        return _sample(store, project, query, now, pagination, dice)
    is_ranked = query.query_type == "semantic"
    if pagination == "cursor" and query.cursor is not None and not is_ranked:
        position = unseal(query.cursor, query.filters)
        rest = store.walk(project, query, now, after=(position.started, position.id))
        seen = position.seen
    else:
        by_cursor = pagination == "cursor" and query.cursor is not None
        seen = unseal(query.cursor or "", query.filters).seen if by_cursor else query.offset
        found = store.walk(project, query, now)
        rest = islice(_nearest_first(found, query) if is_ranked else found, seen, None)
    number = page_number(query, pagination)
    entries = list(islice(rest, query.limit + 1))
    page = Page(entries[: query.limit], number, has_cursor=pagination == "cursor")
    if len(entries) > query.limit:
        last = page.entries[-1]
        page.next_offset = seen + query.limit
        if page.has_cursor:
            page.cursor = seal(Position(last.started, last.id, page.next_offset, number + 1), query.filters)
    return page


def page_number(query: Query, pagination: Pagination) -> int:
    """Return which page of its walk `query` asks for, from 1. Raises Refused (400) for a bad cursor."""
    if pagination == "cursor" and query.cursor is not None:
        return unseal(query.cursor, query.filters).page
    # Rounded up: a client may let its pages overlap.
    return -(-query.offset // query.limit) + 1


def _nearest_first(found: Iterable[Entry], query: Query) -> Iterator[Entry]:
    return iter(sorted(found, key=lambda entry: -nearness(entry.body, query)))


def _sample(
    store: Store, project: SimulatedProject, query: Query, now: int, pagination: Pagination, dice: Random
) -> Page:
    """Return one page of conversations chosen at random; there is no next one."""
    found = list(store.walk(project, query, now))
    chosen = sorted(dice.sample(range(len(found)), min(query.limit, len(found))))
    return Page([found[place] for place in chosen], 1, has_cursor=pagination == "cursor")
