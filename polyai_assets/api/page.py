"""A page: what every list of PolyAI answers with, and where the next one starts."""

import hashlib
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from polyai_assets.api.errors import InvalidQuery
from polyai_assets.api.record import Record, read_record
from polyai_assets.api.split import Envelope, split
from polyai_assets.api.transport import HttpAnswer
from polyai_assets.api.versions import ApiVersion

R = TypeVar("R")


@dataclass(frozen=True)
class Position:
    """Where a page starts; `Position()` is the beginning. At most one of the two. Raises `InvalidQuery`."""

    cursor: str | None = None
    offset: int | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None and self.offset is not None:
            raise InvalidQuery("A position is a cursor or an offset, not both.")
        if self.cursor == "":
            raise InvalidQuery("An empty cursor is no position; the beginning is Position().")
        if self.offset is not None and self.offset < 0:
            raise InvalidQuery(f"Offset {self.offset} is below 0.")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageOf(Generic[R]):
    """Records in the order the server sent them, and what is known of the answer that held them."""

    records: list[R]
    """Without those that are here only because pages by offset overlap."""
    limit: int
    """The page size asked for."""
    bytes: int
    """Size of the body, decompressed."""
    sha256: str
    """Of the body, decompressed, in hex."""
    correlation_id: str | None
    seconds: float
    """From sending the request to the last byte, without waits and failed attempts."""
    unknown: tuple[str, ...] = ()
    """Members of the body that no documentation declares."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(PageOf[Record]):
    """A page of the conversations list."""

    position: Position
    """What was asked for."""
    next: Position | None
    """Where the next page starts; None at the end."""
    closed_by: Literal["null cursor", "no next_offset"] | None
    """How the server said that this is the end; None if it is not."""
    left_out: tuple[str, ...] = ()
    """Details of the query that the page came without, because the deployment refuses them."""

    @property
    def is_by_offset(self) -> bool:
        """Whether it is a part of a walk by offset."""
        return self.position.offset is not None or (self.next is not None and self.next.offset is not None)


def read_page(answer: HttpAnswer, *, position: Position, limit: int, version: ApiVersion) -> Page:
    """Read a page from a 200. Raises `TruncatedBody`, `MalformedPage` or `PageTooHeavy`."""
    envelope = split(answer.body)
    # Where cursors are optional, a null one counts only if cursors were seen: the end must not be believed too soon.
    ignores_null = version.has_optional_cursor and position.cursor is None
    following, closed_by = _way_on(envelope, ignores_null)
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
        unknown=envelope.unknown,
    )


def _way_on(
    envelope: Envelope, ignores_null: bool
) -> tuple[Position | None, Literal["null cursor", "no next_offset"] | None]:
    # A cursor decides, whatever next_offset says, and a null one is the end (API reference, *List conversations*).
    # None at all, not even null, is assumed to be a server that pages by offset.
    has_offset = isinstance(envelope.next_offset, int)
    if envelope.cursor is None and not (ignores_null and has_offset):
        return None, "null cursor"
    if isinstance(envelope.cursor, str):
        return Position(cursor=envelope.cursor), None
    if not isinstance(envelope.next_offset, int):
        return None, "no next_offset"
    return Position(offset=envelope.next_offset), None
