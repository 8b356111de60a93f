"""Lists that do not end: a cursor after every page, for ever.

Nobody can tell a long list from an endless one by a page. But a list that ends brings what was asked for, in pages
that hold something, each conversation once, and no more of them than there can be.
"""

from polyai_assets.api.errors import EndlessList

MOST_MEAGRE = 1000
"""How many empty pages a walk may have beyond what fuller ones outweigh."""
MOST_REPEATED = 10_000
"""How many rows may come again, beyond twice as many as came once."""
_MEAGRE = 50
"""A page is meagre that holds less than this part of what was asked for."""


class PageTally:
    """Counts what the pages of a walk bring, and ends a walk that has no end. Knows counts only, so it stays small.

    `most` is how many conversations there can be, and `most_of` what they are the most of, for messages.
    """

    def __init__(self, most: float, most_of: str) -> None:
        self._most, self._most_of = most, most_of
        self._pages = self._fresh = self._rows = 0
        self._meagre = 0.0

    def add(self, *, fresh: int, rows: int, limit: int) -> None:
        """Count a page that is not the last: `rows` of at most `limit`, of which `fresh` came for the first time.

        A page weighs 1 if nothing of it is fresh, 0 if a fiftieth of the limit is, and below that if more is; so pages
        of one conversation where 1,000 were asked for end the walk after about a thousand of them.
        Raises `EndlessList`.
        """
        self._pages += 1
        self._fresh += fresh
        self._rows += rows
        enough = min(limit, max(2, limit // _MEAGRE))
        self._meagre = max(0.0, self._meagre + 1 - fresh / enough)
        if self._meagre > MOST_MEAGRE:
            raise EndlessList(
                f"The list goes on after {self._pages:,} pages that held {self._fresh:,} conversations, where up to "
                f"{limit:,} a page were asked for. If the server only gives so few at a time, set page_size to so "
                "many; if not, ask PolyAI why its list does not end."
            )
        if self._rows - self._fresh > 2 * self._fresh + MOST_REPEATED:
            raise EndlessList(
                f"The list goes on after {self._rows:,} conversations, of which {self._fresh:,} are different ones. "
                "Ask PolyAI why its list repeats itself."
            )
        if self._fresh > self._most:
            raise EndlessList(
                f"The list goes on after {self._fresh:,} conversations, more than {self._most_of} is taken to hold "
                "(max_conversations_per_day). If there can be so many, raise it; if not, ask PolyAI why its list does "
                "not end."
            )
