"""One answer of the conversations list."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET

from polyai_assets.api.record import Record, read_record
from polyai_assets.api.split import Envelope, split
from polyai_assets.api.transport import Answer
from polyai_assets.api.walk import Position


@dataclass(kw_only=True, slots=True)
class Page:
    """Records in the order the server sent them, and what a certificate says of the page."""

    records: list[Record]
    position: Position
    """What was asked for."""
    next: Position | None
    """Where the next page starts; None at the end."""
    closed_by: Literal["null cursor", "no next_offset"] | None
    """How the server said that this is the end; None if it is not."""
    limit: int
    """The page size asked for."""
    bytes: int
    """Size of the body, decompressed."""
    sha256: str
    """Of the body, decompressed, in hex."""
    correlation_id: str | None
    seconds: float
    """From sending the request to the last byte, without waits and failed attempts."""


def read_page(answer: Answer, *, position: Position, limit: int) -> Page:
    """Read a page from a 200. Raises `TruncatedBody` or `MalformedPage`."""
    envelope = split(answer.body)
    following, closed_by = _way_on(envelope)
    return Page(
        records=[read_record(payload) for payload in envelope.payloads],
        position=position,
        next=following,
        closed_by=closed_by,
        limit=limit,
        bytes=len(answer.body),
        sha256=hashlib.sha256(answer.body).hexdigest(),
        correlation_id=answer.correlation_id,
        seconds=answer.seconds,
    )


def _way_on(envelope: Envelope) -> tuple[Position | None, Literal["null cursor", "no next_offset"] | None]:
    # A cursor decides, whatever next_offset says; none at all, not even null: a server that pages by offset.
    if envelope.cursor is None:
        return None, "null cursor"
    if envelope.cursor is not UNSET:
        return Position(cursor=envelope.cursor), None
    if envelope.next_offset is None or envelope.next_offset is UNSET:
        return None, "no next_offset"
    return Position(offset=envelope.next_offset), None
