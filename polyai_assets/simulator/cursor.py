"""The opaque cursor: where the next page starts, so that new conversations do not shift it."""

import base64
import binascii
import hashlib
from typing import NamedTuple

import msgspec

from polyai_assets.simulator.answers import bad_filter


class Position(NamedTuple):
    """The last conversation given (started, id), how many came before the next page, and its number from 1."""

    started: int
    id: str
    seen: int
    page: int


class _Sealed(NamedTuple):
    position: Position
    filters: str


def seal(position: Position, filters: tuple[object, ...]) -> str:
    """Return the URL-safe cursor of `position` in the query with these `filters`."""
    packed = msgspec.msgpack.encode(_Sealed(position, _digest(filters)))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def unseal(cursor: str, filters: tuple[object, ...]) -> Position:
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
