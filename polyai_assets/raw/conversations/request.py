"""What a fetch is asked for, whole days or the few windows in which something is new; and its result."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.halt import Halt
from polyai_assets.api.project import Connection, Project
from polyai_assets.api.query import ConversationQuery
from polyai_assets.raw.conversations.certificate import Certificate, WalkLog
from polyai_assets.raw.conversations.closed_walks import Entries
from polyai_assets.raw.conversations.filters import Misfit
from polyai_assets.raw.conversations.proof import Proof
from polyai_assets.raw.windows import Window, midnight

Verify = Literal["offset", "rewalk", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """What to fetch: the days of a project, in each of its environments, with its filters.

    `windows` are the parts of the days to ask for, by default all of them. `not_before` is when the newest fetch
    of them began that is kept: a walk that began earlier is not continued. Days that ended `settled_for` ago are proven
    to be complete, by the road that `verify` names: where the offset proves nothing, by a second walk. `halt` ends all
    waiting.
    """

    connection: Connection
    days: tuple[date, ...]
    client_envs: tuple[str, ...] = ("live",)
    query: ConversationQuery = field(default_factory=ConversationQuery)
    windows: tuple[Window, ...] = ()
    not_before: datetime | None = None
    page_size: int | None = None
    parallel_windows: int = 1
    verify: Verify = "off"
    settled_for: timedelta = timedelta(hours=2)
    halt: Halt = field(default_factory=Halt, compare=False)

    @property
    def is_whole(self) -> bool:
        """Whether all of the days is asked for."""
        return not self.windows

    @property
    def project(self) -> Project:
        """The project that is asked."""
        return self.connection.project


@dataclass(slots=True)
class Fetch:
    """The result of a fetch: its walks, the records of each day, and the days that failed with their errors.

    `started_at` is when the oldest of its pages was asked for, which may have been in an earlier run. `entries` are the
    records of each day. `misfits` are the records of a day that do not fit what was asked for. `left_out` are the
    details of the query that PolyAI refused, so that a walk came without them.
    """

    request: FetchRequest
    id: str
    started_at: datetime
    finished_at: datetime
    walks: list[WalkLog]
    entries: Entries
    failed: dict[date, PolyAIError]
    proofs: dict[date, Proof]
    misfits: dict[date, list[Misfit]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def days_of(self, identities: Collection[str]) -> dict[str, date]:
        """Say on which days conversations were found; those that were not are left out."""
        if not identities:
            return {}
        found: dict[str, date] = {}
        for day, records in reversed(self.entries.items()):
            found |= dict.fromkeys(records.days_of(identities), day)
        return found


LATE = timedelta(minutes=10)
"""How much later than it began a conversation may appear in the API, and still be found by a top-up."""

_INSTANT = timedelta(microseconds=1)


def top_up_windows(
    certificate: Certificate | None, day: date, around: Iterable[datetime]
) -> tuple[Window, ...]:
    """Give the windows to ask for: one at each moment, and one from the last fetch to the end of the day.

    A day that was fetched after it was over gets no new conversations. Without a certificate there is nothing
    to top up, and no window, which means the whole day.
    """
    if certificate is None:
        return ()
    day_start, day_end = midnight(day), midnight(day + timedelta(days=1))
    windows = [Window(moment, moment + _INSTANT) for moment in around if day_start <= moment < day_end]
    if certificate.is_provisional:
        windows.append(Window(max(day_start, certificate.fetch_started_at - LATE), day_end))
    return _joined(sorted(windows))


def _joined(windows: list[Window]) -> tuple[Window, ...]:
    """Join windows that overlap when they are asked for."""
    joined: list[Window] = []
    for window in windows:
        if joined and window.asked[0] <= joined[-1].asked[1]:
            joined[-1] = Window(joined[-1].start, max(joined[-1].end, window.end))
        else:
            joined.append(window)
    return tuple(joined)
