"""Fetching a range of days of one project, and finding out which of its days cannot be fetched.

A range is asked for at once, in as many windows as are walked in parallel. When a window cannot be brought to
its end, it is cut in halves until the days that fail stand alone: one bad day never costs its neighbours.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from time import monotonic

from polyai_assets.api.client import ConversationsClient
from polyai_assets.api.errors import (
    BadRequest,
    Forbidden,
    InvalidKey,
    InvalidQuery,
    NotFound,
    PolyAIError,
    RedirectRefused,
    TransientError,
    Unauthorized,
)
from polyai_assets.api.project import Connection, Project
from polyai_assets.api.query import ConversationQuery
from polyai_assets.raw.certificate import PageLog, WalkLog
from polyai_assets.raw.spool import Entry, Spool, WalkSpool
from polyai_assets.raw.windows import Window, spans

log = logging.getLogger(__name__)

WHOLE_PROJECT = (Unauthorized, Forbidden, NotFound, BadRequest, RedirectRefused, InvalidQuery, InvalidKey)
"""Errors that every window of the project would meet."""

_HOPELESS = 6
"""When so many smaller windows have failed and none has succeeded, we stop looking for days that work."""

_PROGRESS_EVERY = 10.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """What to fetch: the days of a project, in each of its environments, with its filters."""

    connection: Connection
    days: tuple[date, ...]
    client_envs: tuple[str, ...] = ("live",)
    query: ConversationQuery = field(default_factory=ConversationQuery)
    page_size: int | None = None
    parallel_windows: int = 1

    @property
    def project(self) -> Project:
        """The project that is asked."""
        return self.connection.project


@dataclass(slots=True)
class Fetch:
    """What came of a fetch: its walks, the records of each day, and the days that failed with their errors."""

    request: FetchRequest
    id: str
    started_at: datetime
    finished_at: datetime
    walks: list[WalkLog]
    entries: dict[date, list[Entry]]
    failed: dict[date, PolyAIError]


@dataclass(slots=True)
class _Failure:
    window: Window
    error: PolyAIError


@dataclass(slots=True)
class _Progress:
    """Says how far a long fetch is, every ten seconds."""

    project: Project
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)
    pages: int = 0
    rows: int = 0
    bytes: int = 0

    def add(self, rows: int, size: int) -> None:
        self.pages += 1
        self.rows += rows
        self.bytes += size
        if monotonic() - self.said >= _PROGRESS_EVERY:
            self.said = monotonic()
            log.info("%s: %s so far", self.project, self)

    def __str__(self) -> str:
        seconds = max(monotonic() - self.started, 0.001)
        return (
            f"{self.rows:,} conversations in {self.pages:,} pages, {self.bytes / 1e6:,.1f} MB, "
            f"{self.rows / seconds:,.0f} conversations a second"
        )


def fetch(
    request: FetchRequest, spool: Spool, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Fetch:
    """Fetch days into the spool.

    Raises the PolyAIError that concerns the whole project (a refused key, say). Days that fail by themselves
    are in `failed`.
    """
    return _Fetcher(request, spool, now).run()


class _Fetcher:
    def __init__(self, request: FetchRequest, spool: Spool, now: Callable[[], datetime]) -> None:
        self._request = request
        self._spool = spool
        self._now = now
        self._days = frozenset(request.days)
        self._closed: list[tuple[WalkLog, WalkSpool]] = []
        self._progress = _Progress(request.project)

    def run(self) -> Fetch:
        started_at = self._now()
        request = self._request
        days = spans(list(request.days))
        windows = [window for span in days for window in span.cut(request.parallel_windows)]
        log.info("%s: fetching %s", request.project, ", ".join(_describe(span) for span in days))
        failures = self._walk_all(windows, request.connection)
        failed = self._isolate(failures)
        log.info("%s: fetched %s", request.project, self._progress)
        return Fetch(
            request=request,
            id=f"{started_at:%Y%m%dT%H%M%S%fZ}-{token_hex(4)}",
            started_at=started_at,
            finished_at=self._now(),
            walks=[walk for walk, _ in self._closed],
            entries=self._entries(),
            failed=failed,
        )

    def _walk_all(self, windows: list[Window], connection: Connection) -> list[_Failure]:
        """Walk windows in parallel; returns those that failed for reasons of their own."""
        workers = min(self._request.parallel_windows, len(windows))
        with (
            ConversationsClient(connection, page_size=self._request.page_size) as client,
            ThreadPoolExecutor(max(workers, 1), thread_name_prefix="window") as pool,
        ):
            results = list(pool.map(lambda window: self._walk_environments(client, window), windows))
        return [result for result in results if result is not None]

    def _walk_environments(self, client: ConversationsClient, window: Window) -> _Failure | None:
        for client_env in self._request.client_envs:
            walk = self._spool.open_walk(self._days, window.dates[0])
            pages: list[PageLog] = []
            try:
                self._walk(client, window, client_env, walk, pages)
            except PolyAIError as error:
                if _concerns_project(error, pages):
                    raise
                return _Failure(window, error)
            finally:
                walk.close()
        return None

    def _walk(
        self,
        client: ConversationsClient,
        window: Window,
        client_env: str,
        walk: WalkSpool,
        pages: list[PageLog],
    ) -> None:
        start, end = window.asked
        query = replace(self._request.query, start_time=start, end_time=end, client_env=client_env)
        closed_by = None
        for page in client.pages(query):
            walk.add(page.records)
            pages.append(PageLog(len(page.records), page.bytes, page.sha256, page.limit))
            self._progress.add(len(page.records), page.bytes)
            closed_by = page.closed_by
        done = WalkLog(client_env, window.start, window.end, pages, closed_by, walk.outside, walk.duplicates)
        self._closed.append((done, walk))

    def _isolate(self, failures: list[_Failure]) -> dict[date, PolyAIError]:
        """Cut failed windows in halves until the failing days stand alone."""
        connection = self._request.connection
        hasty = replace(connection, max_attempts=min(3, connection.max_attempts), max_wait=5.0)
        failed: dict[date, PolyAIError] = {}
        tried = succeeded = 0
        while failures:
            hopeless = tried >= _HOPELESS and succeeded == 0
            smaller: list[Window] = []
            for failure in failures:
                parts = [] if hopeless else _smaller(failure.window)
                smaller += parts
                if not parts:
                    failed |= {day: failure.error for day in failure.window.dates if day in self._days}
            failures = self._walk_all(smaller, hasty) if smaller else []
            tried += len(smaller)
            succeeded += len(smaller) - len(failures)
        return failed

    def _entries(self) -> dict[date, list[Entry]]:
        """Collect the records of the closed walks by day; of a record that came twice, the later stays."""
        merged: dict[str, tuple[date, Entry]] = {}
        for _, walk in self._closed:
            merged |= walk.entries
        days: dict[date, list[Entry]] = {day: [] for day in self._days}
        for day, entry in merged.values():
            days[day].append(entry)
        for entries in days.values():
            entries.sort(key=lambda entry: entry.order)
        return days


def is_worth_retrying(errors: Sequence[Exception]) -> bool:
    """Tell whether a later attempt may fare better, because nothing but passing trouble was met."""
    return bool(errors) and all(isinstance(error, TransientError) for error in errors)


def _concerns_project(error: PolyAIError, pages: Sequence[PageLog]) -> bool:
    """Tell whether every window would meet the error. A 400 after a first page is about the cursor alone."""
    return isinstance(error, WHOLE_PROJECT) and not (pages and isinstance(error, BadRequest))


def _smaller(window: Window) -> list[Window]:
    """Cut a window in two at midnight; a day by itself is asked for once more without reaching over its ends."""
    if len(window.dates) > 1:
        middle = window.dates[len(window.dates) // 2]
        cut = datetime.combine(middle, datetime.min.time(), tzinfo=UTC)
        return [replace(window, end=cut), replace(window, start=cut)]
    if window.overlap:
        return [replace(window, overlap=timedelta(0))]
    return []


def _describe(span: Window) -> str:
    first, last = span.dates[0], span.dates[-1]
    return f"{first}" if first == last else f"{first} to {last}"
