"""From page to page: where one begins, and how a walk is kept from going in circles."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from polyai_assets.api.errors import CursorRepeated, InvalidQuery, NothingNew
from polyai_assets.api.record import Record

if TYPE_CHECKING:
    from polyai_assets.api.page import Page

MAX_EMPTY_PAGES = 100
"""How many pages in a row may be empty. A server that filters late may send some."""


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


class WalkGuard:
    """Remembers what a walk has followed and seen.

    Of an id only the 64-bit hash is kept, a third of the memory: a collision could matter only if it befell
    every record of a page.
    """

    def __init__(self, start: Position) -> None:
        self._cursors = {start.cursor}
        self._seen: set[int] = set()
        self._before: list[int] = []
        self._empty = 0

    def check(self, page: "Page") -> None:
        """Take note of a page. Raises `CursorRepeated` or `NothingNew` if the walk would not get on."""
        self._check_records(page)
        if page.next is None:
            return
        if page.next.cursor is not None:
            if page.next.cursor in self._cursors:
                raise CursorRepeated("The server handed out a cursor that this walk has followed already.")
            self._cursors.add(page.next.cursor)
        elif page.next.offset is not None:
            # By what was asked for: a walk that lost its ground goes back on purpose.
            asked = page.position.offset or 0
            if page.next.offset <= asked:
                raise CursorRepeated(
                    f"The server sent us from offset {asked} to {page.next.offset}: not ahead."
                )

    def _check_records(self, page: "Page") -> None:
        if not page.records:
            self._empty += 1
            if self._empty > MAX_EMPTY_PAGES and page.next is not None:
                raise NothingNew(
                    f"{self._empty} pages in a row were empty, and still the server says there is more."
                )
            return
        self._empty = 0
        known = len(self._seen)
        identities = [_identity(record) for record in page.records]
        self._seen.update(identities)
        # Where each page begins with what the one before ended with, the last may hold nothing else.
        is_its_end = len(identities) < len(self._before) and self._before[-len(identities) :] == identities
        self._before = identities
        if len(self._seen) == known and not (is_its_end and page.next is None):
            raise NothingNew(
                f"A page of {len(page.records)} conversations held none that this walk had not seen."
            )


def _identity(record: Record) -> int:
    return hash(record.identity)
