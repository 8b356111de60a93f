"""Walking to the end of a list: from where an earlier run left them, anew where a cursor died, and not without end."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import (
    BadRequest,
    CursorRepeated,
    EndlessList,
    Forbidden,
    MalformedPage,
    NotFound,
    NothingNew,
    PolyAIError,
    RedirectRefused,
    ServerError,
    TruncatedBody,
    Unauthorized,
    UnexpectedStatus,
)
from polyai_assets.api.moments import read_moment
from polyai_assets.api.page import Page
from polyai_assets.api.query import ConversationQuery
from polyai_assets.raw.conversations.request import FetchRequest
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.progress import Progress

log = logging.getLogger(__name__)

_DEAD = (BadRequest, Forbidden, NotFound, RedirectRefused, Unauthorized, UnexpectedStatus)
_MAYBE_DEAD = (CursorRepeated, MalformedPage, NothingNew, ServerError, TruncatedBody)
"""What a server may answer to a cursor that it does not know any more: 400 by the documentation of v3, and others."""

Kind = tuple[str, int]
"""Environment and number of a walk: those alike, over all windows, fetch each conversation of a day once."""


class NotBegun(Exception):
    """The first page of a walk, which has no cursor, was not answered: `error` is no matter of a cursor."""

    def __init__(self, error: PolyAIError) -> None:
        super().__init__(str(error))
        self.error = error


class Walker:
    """Follows the walks of one fetch to their end; several threads may use it."""

    def __init__(self, request: FetchRequest, now: Callable[[], datetime]) -> None:
        self._request, self._now = request, now
        self._alike: dict[Kind, list[WalkSpool]] = {}
        self.progress = Progress(request.project.key, "fetching", "conversations")

    def forget(self) -> None:
        """Forget the walks there were: their days are walked anew."""
        self._alike.clear()

    def walk(
        self, client: ConversationsClient, query: ConversationQuery, walk: WalkSpool, kind: Kind
    ) -> None:
        """Follow a walk to its end. Raises `NotBegun`, and the PolyAIError that was met on the way."""
        alike = self._alike.setdefault(kind, [])
        alike.append(walk)
        try:
            self._walk(client, query, walk, alike)
        except (PolyAIError, NotBegun) as error:
            alike.remove(walk)
            if isinstance(error, EndlessList):
                walk.restart(self._now())  # of what has no end nothing is kept, in memory or on disk
            raise

    def _walk(
        self, client: ConversationsClient, query: ConversationQuery, walk: WalkSpool, alike: list[WalkSpool]
    ) -> None:
        """Walk on; where that cannot be, ask for the beginning, and if it is answered begin anew, once.

        A cursor may die, and a server answers a dead one as it likes.
        """
        project = self._request.project
        if walk.next is None:
            log.info("%s: %d pages were fetched by an earlier run", project, len(walk.pages))
            return
        begun = len(walk.pages)
        try:
            if begun:
                log.info("%s: continuing after %d pages of an earlier run", project, begun)
                pages = client.pages(query, start=walk.next, walked=walk.walked)
            else:
                pages = _from_beginning(client, query)
            self._follow(pages, query, walk, alike)
        except PolyAIError as error:
            if not _may_be_a_dead_cursor(error, is_stored=0 < len(walk.pages) == begun):
                raise
            pages = _from_beginning(client, query)
            log.warning("%s: a walk cannot go on, its window is begun anew: %s", project, error)
            walk.restart(self._now())
            self._follow(pages, query, walk, alike)

    def _follow(
        self, pages: Iterable[Page], query: ConversationQuery, walk: WalkSpool, alike: list[WalkSpool]
    ) -> None:
        most = self._request.connection.max_conversations_per_day
        for page in pages:
            unknown = [name for name in page.unknown if name not in walk.unknown]
            if unknown:
                log.warning(
                    "%s: pages have members that are not declared: %s",
                    self._request.project,
                    ", ".join(unknown),
                )
            walk.add(page)
            self.progress.add(len(page.records), pages=1, size=page.bytes)
            self.progress.cover(id(walk), _seconds_walked(page, query))
            if page.next is not None and _holds_more(alike, walk.last_day, most):
                raise EndlessList(
                    f"The list of {self._request.project} goes on after more than {most:,} conversations of "
                    f"{walk.last_day} (max_conversations_per_day). If a day can hold so many, raise it; if not, ask "
                    "PolyAI why its list does not end."
                )


def _holds_more(alike: Sequence[WalkSpool], day: date, most: int) -> bool:
    """Tell whether walks hold more conversations of a day than there can be; what came again does not count."""
    if sum(walk.per_day[day] for walk in alike) <= most:
        return False
    return sum(walk.count_conversations(day) for walk in alike) > most


def _seconds_walked(page: Page, query: ConversationQuery) -> float:
    """Say how far into its window a page reaches; the list goes from the first start to the last."""
    is_over = page.next is None or not page.records
    reached = query.end_time if is_over else read_moment(page.records[-1].started_at)
    begin = query.start_time
    return 0.0 if reached is None or begin is None else (reached - begin).total_seconds()


def _from_beginning(client: ConversationsClient, query: ConversationQuery) -> Iterator[Page]:
    """Ask for the first page of a walk, and give that and the others. Raises `NotBegun` where it does not come."""
    pages = client.pages(query)
    try:
        first = next(pages)
    except PolyAIError as error:
        raise NotBegun(error) from error
    return chain([first], pages)


def _may_be_a_dead_cursor(error: PolyAIError, *, is_stored: bool) -> bool:
    """Tell whether an error that was met after the first page may be that of the place alone where a walk went on.

    A cursor `is_stored` if an earlier run left it and no page has come since. Only then trouble that may pass is
    taken for its death too; in the middle of a walk smaller windows are tried.
    """
    return isinstance(error, _DEAD) or (is_stored and isinstance(error, _MAYBE_DEAD))
