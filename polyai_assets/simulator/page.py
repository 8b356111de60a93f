"""One page of the conversations list, and the opaque cursor that says where the next one starts.

Source: API reference, *List conversations*: `cursor` is null at the end, and opaque, stable and safe in a URL before.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import msgspec

from polyai_assets.simulator.answers import bad_filter
from polyai_assets.simulator.days import ServedConversation
from polyai_assets.simulator.deployment import Pagination
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query, nearness
from polyai_assets.simulator.store import Store


class CursorPlace(NamedTuple):
    """The last conversation given (started, id), how many came before the next page, and its number from 1."""

    started: int
    id: str
    seen: int
    page: int


class _Sealed(NamedTuple):
    position: CursorPlace
    filters: str


def seal(position: CursorPlace, filters: tuple[object, ...]) -> str:
    """Return the URL-safe cursor of `position` in the query with these `filters`."""
    packed = msgspec.msgpack.encode(_Sealed(position, _digest(filters)))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def unseal(cursor: str, filters: tuple[object, ...]) -> CursorPlace:
    """Return the position of a cursor. Raises Refused (400) if it is malformed or of another query.

    PolyAI says to keep every filter identical while following a cursor and not what happens otherwise; the
    simulator refuses, so that a client that does it is found out.
    """
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        sealed = msgspec.msgpack.decode(packed, type=_Sealed)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise bad_filter("cursor: malformed") from error
    if sealed.filters != _digest(filters):
        raise bad_filter("cursor: belongs to a query with other filters")
    return sealed.position


def _digest(filters: tuple[object, ...]) -> str:
    ordered = [sorted(value) if isinstance(value, frozenset) else value for value in filters]
    return hashlib.sha256(repr(ordered).encode()).hexdigest()[:12]


@dataclass
class ServedPage:
    """A page, still open to faults. `number` counts the pages of a walk from 1."""

    entries: list[ServedConversation]
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
    store: Store, project: SimulatedProject, query: Query, now: int, pagination: Pagination, random: Random
) -> ServedPage:
    """Return the page that `query` asks for at `now`. Raises Refused (400) for a bad cursor.

    A server that pages by offset does not know cursors: it neither reads nor sends one.
    """
    if query.random_sample:
        return _sample(store, project, query, now, pagination, random)
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
    page = ServedPage(entries[: query.limit], number, has_cursor=pagination == "cursor")
    if len(entries) > query.limit:
        last = page.entries[-1]
        page.next_offset = seen + query.limit
        if page.has_cursor:
            page.cursor = seal(
                CursorPlace(last.started, last.id, page.next_offset, number + 1), query.filters
            )
    return page


def page_number(query: Query, pagination: Pagination) -> int:
    """Return which page of its walk `query` asks for, from 1. Raises Refused (400) for a bad cursor."""
    if pagination == "cursor" and query.cursor is not None:
        return unseal(query.cursor, query.filters).page
    # Rounded up: a client may let its pages overlap.
    return -(-query.offset // query.limit) + 1


def _nearest_first(found: Iterable[ServedConversation], query: Query) -> Iterator[ServedConversation]:
    return iter(sorted(found, key=lambda entry: -nearness(entry.body, query)))


def _sample(
    store: Store, project: SimulatedProject, query: Query, now: int, pagination: Pagination, random: Random
) -> ServedPage:
    """Return one page of conversations chosen at random; there is no next one."""
    found = list(store.walk(project, query, now))
    chosen = sorted(random.sample(range(len(found)), min(query.limit, len(found))))
    return ServedPage([found[place] for place in chosen], 1, has_cursor=pagination == "cursor")
