"""The few calls of a plan, counted."""

from collections.abc import Sequence
from statistics import median

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.api.record import Record

_BEGINNING = Position()


class Asker:
    """Asks a project for pages, at most `budget` times. `calls` counts them; a retried one counts once."""

    def __init__(self, client: ConversationsClient, budget: int) -> None:
        self._client = client
        self._budget = budget
        self.calls = 0
        self._small: list[Page] = []

    @property
    def left(self) -> int:
        """How many calls are left."""
        return self._budget - self.calls

    def page(self, query: ConversationQuery, limit: int, position: Position = _BEGINNING) -> Page:
        """Ask for a page. Raises as `ConversationsClient.page`."""
        self.calls += 1
        return self._client.page(query, position=position, limit=limit)

    def record_at(self, query: ConversationQuery, offset: int) -> Record | None:
        """Ask for the one conversation at an offset; None if there are not so many."""
        page = self.page(query, 1, Position(offset=offset))
        self._small.append(page)
        return page.records[0] if page.records else None

    def pace(self, pages: Sequence[Page]) -> tuple[float, float]:
        """Say how many seconds a call takes, and how many more a conversation in it; `pages` have some.

        A server that has to count to an offset is slow far into the list. A walk by cursor never meets that, so there
        only what was asked of the beginning counts.
        """
        by_cursor = any(page.next is not None and page.next.cursor is not None for page in pages)
        near = [page for page in pages if page.position.offset is None] or pages
        seconds = [page.seconds for page in self._small] or [min(page.seconds for page in pages)]
        call = min(seconds) if by_cursor else median(seconds)
        counted = near if by_cursor else pages
        return call, max(median((page.seconds - call) / len(page.records) for page in counted), 0.0)
