"""Fetching a range of days of one project, and finding out which of its days cannot be fetched.

A range is asked for at once, in as many windows as are walked in parallel. When a window cannot be walked to
its end, it is cut in halves until the days that fail stand alone: one bad day never costs its neighbours.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from traceback import clear_frames
from typing import Any

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.errors import EndlessList, PolyAIError
from polyai_assets.api.project import Connection
from polyai_assets.api.query import ConversationQuery
from polyai_assets.machine.actionable import chain
from polyai_assets.raw.conversations.closed_walks import Closed, find_misfits, gather, left_out_of
from polyai_assets.raw.conversations.proof import Proof, ProofState
from polyai_assets.raw.conversations.prove import prove
from polyai_assets.raw.conversations.request import Fetch, FetchRequest
from polyai_assets.raw.conversations.rewalk import Cut, Walked
from polyai_assets.raw.conversations.spool import Spool
from polyai_assets.raw.conversations.walker import NotBegun, Walker
from polyai_assets.raw.trouble import EVERY_WINDOW
from polyai_assets.raw.windows import Window, midnight, spans

log = logging.getLogger(__name__)

_HOPELESS = 6
"""When so many smaller windows have failed and none has succeeded, we stop looking for days that work."""


@dataclass(slots=True)
class _Failure:
    window: Window
    error: PolyAIError

    @property
    def is_final(self) -> bool:
        """Whether a day would fail without reaching over its ends, too: its list has no end."""
        return isinstance(self.error, EndlessList) and len(self.window.dates) == 1


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
        self._closed: list[Closed] = []
        self._walker = Walker(request, now)

    def run(self) -> Fetch:
        with self._walker.progress:
            return self._run()

    def _run(self) -> Fetch:
        now = self._now()
        failed, proofs = self._fetch(now)
        if self._is_outdated(now, proofs):
            log.warning(
                "%s: the source has changed since an earlier run fetched it: anew", self._request.project
            )
            self._walker.forget()
            self._closed.clear()  # this run still holds those walks, so it is given fresh ones
            failed, proofs = self._fetch(now)
        if self._walker.progress.pages:
            log.info("%s: fetched %s", self._request.project, self._walker.progress)
        started_at = min([now, *(closed.walk.started_at for closed in self._closed)])
        entries, shared = gather(self._closed, self._request.client_envs, self._days)
        misfits = find_misfits(self._closed, entries, shared)
        walks = [closed.log for closed in self._closed]
        for closed in self._closed:
            closed.walk.forget_entries()
        return Fetch(
            request=self._request,
            id=f"{started_at:%Y%m%dT%H%M%S%fZ}-{token_hex(4)}",
            started_at=started_at,
            finished_at=self._now(),
            walks=walks,
            entries=entries,
            failed=failed,
            proofs=proofs,
            misfits=misfits,
            left_out=left_out_of(self._closed),
        )

    def _fetch(self, now: datetime) -> tuple[dict[date, PolyAIError], dict[date, Proof]]:
        """Walk all windows, find the days that fail, and prove that nothing is missing from the others."""
        request = self._request
        days = spans(list(request.days))
        windows = request.windows or [part for span in days for part in span.cut(request.parallel_windows)]
        log.info("%s: fetching %s", request.project, ", ".join(str(span) for span in days))
        failed = self._isolate(self._walk_all(list(windows), request.connection))
        if request.verify == "off" or not request.is_whole:
            return failed, {}
        over = [
            day
            for day in request.days
            if day not in failed and midnight(day + timedelta(days=1)) + request.settled_for <= now
        ]
        return failed, prove(request, over, tuple(self._closed), self._walk_again)

    def _is_outdated(self, now: datetime, proofs: Mapping[date, Proof]) -> bool:
        """Tell whether roads differ because an earlier run may have fetched before the source changed."""
        resumed = any(closed.walk.started_at < now for closed in self._closed)
        walked_again = any(closed.number > 1 for closed in self._closed)
        return resumed and any(
            proof.state is ProofState.REFUTED or (walked_again and proof.is_lacking)
            for proof in proofs.values()
        )

    def _walk_again(self, cut: Cut, days: frozenset[date]) -> Walked:
        """Walk days once more, cut differently, and keep what comes."""
        log.info("%s: walking %d days again to prove them", self._request.project, len(days))
        before = len(self._closed)
        try:
            failures = self._walk_all(
                cut.windows,
                self._request.connection.hasty(),
                days,
                number=cut.number,
                page_size=cut.page_size,
            )
        except PolyAIError as error:
            return [], dict.fromkeys(days, error)
        failed = {day: failure.error for failure in failures for day in failure.window.dates}
        return self._closed[before:], failed

    def _walk_all(
        self,
        windows: list[Window],
        connection: Connection,
        days: frozenset[date] | None = None,
        *,
        number: int = 1,
        page_size: int | None = None,
    ) -> list[_Failure]:
        """Walk windows in parallel; returns those that failed for reasons of their own."""
        workers = min(self._request.parallel_windows, len(windows))
        size = self._request.page_size if page_size is None else page_size
        kept = self._days if days is None else days
        asked = sum((window.end - window.start).total_seconds() for window in windows)
        self._walker.progress.whole += asked * len(self._request.client_envs)
        with (
            ConversationsClient(
                connection,
                page_size=size,
                halt=self._request.halt,
                left_out=left_out_of(self._closed),
            ) as client,
            ThreadPoolExecutor(max(workers, 1), thread_name_prefix="window") as pool,
            self._request.halt.on_interrupt(),
        ):
            results = list(
                pool.map(lambda window: self._walk_environments(client, window, kept, number), windows)
            )
        return [result for result in results if result is not None]

    def _walk_environments(
        self, client: ConversationsClient, window: Window, days: frozenset[date], number: int
    ) -> _Failure | None:
        for client_env in self._request.client_envs:
            query = self._query(window, client_env)
            walk = self._spool.open_walk(self._asks(query, days, number), days, window.dates[0])
            if self._request.not_before is not None and walk.started_at < self._request.not_before:
                walk.restart(self._now())
            try:
                self._walker.walk(client, query, walk, (client_env, number))
            except NotBegun as failed:
                if isinstance(failed.error, EVERY_WINDOW):
                    raise failed.error from None
                return _Failure(window, _without_frames(failed.error))
            except PolyAIError as error:
                return _Failure(window, _without_frames(error))
            self._closed.append(Closed(window, client_env, walk, number))
        return None

    def _query(self, window: Window, client_env: str) -> ConversationQuery:
        start, end = window.asked
        return replace(self._request.query, start_time=start, end_time=end, client_env=client_env)

    def _asks(self, query: ConversationQuery, days: frozenset[date], number: int) -> dict[str, Any]:
        """Give what identifies a walk: where it goes, what it asks, and which days it keeps."""
        connection = self._request.connection
        return {
            "host": connection.host,
            "project": connection.project.key,
            "api_version": connection.api_version,
            "query": asdict(query),
            "days": sorted(days),
            **({"walk": number} if number > 1 else {}),
        }

    def _isolate(self, failures: list[_Failure]) -> dict[date, PolyAIError]:
        """Cut failed windows in halves until the failing days stand alone."""
        failed: dict[date, PolyAIError] = {}
        tried = succeeded = 0
        while failures:
            hopeless = tried >= _HOPELESS and succeeded == 0
            smaller: list[Window] = []
            for failure in failures:
                parts = [] if hopeless or failure.is_final else failure.window.smaller()
                smaller += parts
                if not parts:
                    failed |= {day: failure.error for day in failure.window.dates if day in self._days}
            failures = self._walk_all(smaller, self._request.connection.hasty()) if smaller else []
            tried += len(smaller)
            succeeded += len(smaller) - len(failures)
        return failed


def _without_frames(error: PolyAIError) -> PolyAIError:
    """Let go of what lay in the frames that an error went through, such as a page: it is kept to the end of the run."""
    for link in chain(error):
        clear_frames(link.__traceback__)
    return error
