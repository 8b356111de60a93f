"""Proving days by walking them again, cut differently, where no count proves them.

A server that loses or repeats something does so at the seams: at the end of a page, past a number of rows, where a
list shifts meanwhile. Another walk has its seams elsewhere: its windows end between the conversations that are known,
one more of them each time, and its pages hold fewer. A day is proven when two walks fetched exactly the conversations
that all of them fetched together. While they differ, it is walked again, alone and finer; whatever any walk fetches is
kept.

Example: pages hold 100 rows at most, whatever is asked for, and a short page ends the list. Of 200 conversations walk 1
fetches 100. Walk 2, in two windows that part those 100, fetches 150. Walk 3 has three of less than 100 each: 200.
Walk 4 fetches the same 200, and they are all.

What is lost on every walk alike shows in none of them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.api.errors import PolyAIError
from polyai_assets.raw.conversations.closed_walks import Closed, as_walked
from polyai_assets.raw.conversations.proof import Proof, ProofState, Road
from polyai_assets.raw.conversations.spooled import SpooledRecords
from polyai_assets.raw.windows import Window, spans

MOST_WALKS = 5
"""So often a day is walked at most, the fetch itself included."""

_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Cut(NamedTuple):
    """How a walk is cut: which number it has, its windows, and how many conversations a page holds at most."""

    number: int
    windows: list[Window]
    page_size: int


class Rewalked(NamedTuple):
    """The result of walking a day again; `grew`: it fetched conversations that the first walk lacks."""

    proof: Proof
    grew: bool


Walked = tuple[Sequence[Closed], dict[date, PolyAIError]]
"""The walks over windows that reached their end, and the days of the others with the error."""

Walk = Callable[[Cut, frozenset[date]], Walked]


class _Days:
    """What each walk fetched of one day: by environment, the identities of its conversations."""

    def __init__(self) -> None:
        self.walks: list[dict[str, pa.ChunkedArray]] = []
        self.names: list[str] = []
        self.calls = 0
        self.error: PolyAIError | None = None

    def add(self, name: str, fetched: dict[str, pa.ChunkedArray]) -> None:
        self.walks.append(fetched)
        self.names.append(name)

    @property
    def everything(self) -> dict[str, int]:
        """How many conversations all walks fetched together, by environment."""
        return {env: _count([walk[env] for walk in self.walks]) for env in self.walks[0]}

    @property
    def agreed(self) -> list[str]:
        """The walks that fetched all that any of them fetched; nothing is proven unless there are two."""
        everything = self.everything
        return [
            name
            for name, walk in zip(self.names, self.walks, strict=True)
            if {env: len(identities) for env, identities in walk.items()} == everything
        ]


def _count(walks: Sequence[pa.ChunkedArray]) -> int:
    """Count the identities that walks fetched, each once."""
    return len(pa.chunked_array([chunk for walk in walks for chunk in walk.chunks], pa.string()).unique())


def rewalk(days: Iterable[date], first: Sequence[Closed], walk: Walk) -> dict[date, Rewalked]:
    """Prove days by walking them again; `first` are the walks that fetched them, `walk` walks and keeps what comes."""
    found = {day: _Days() for day in days}
    _add(found, 1, first)
    open_days, known = set(found), list(first)
    for number in range(2, MOST_WALKS + 1):
        if not open_days:
            break
        cut = _cut(open_days, number, first, known)
        closed, failed = walk(cut, frozenset(open_days))
        known += closed
        for day, error in failed.items():
            if day in found:
                found[day].error = error
        _add({day: found[day] for day in open_days - failed.keys()}, number, closed)
        differing = {day for day in open_days if len(found[day].agreed) < 2}
        open_days = _beside(differing, open_days) if number == 2 else differing
        if number > 2 and failed.keys() >= open_days:
            break
    return {
        day: Rewalked(_proof(walked), walked.names[0] not in walked.agreed) for day, walked in found.items()
    }


def _add(days: dict[date, _Days], number: int, walked: Sequence[Closed]) -> None:
    """Note what a walk fetched of each day."""
    envs = {closed.client_env for closed in walked}
    of_envs = {
        env: _began_on(days, [closed for closed in walked if closed.client_env == env]) for env in envs
    }
    for day in days:
        touching = [closed for closed in walked if day in closed.window.dates]
        windows = len({closed.window for closed in touching})
        pages = max((page.limit for closed in touching for page in closed.walk.pages), default=0)
        days[day].add(
            f"walk {number} ({_counted(windows, 'window')}, pages of {pages})",
            {env: found[day] for env, found in of_envs.items()},
        )
        if number > 1:
            days[day].calls += sum(len(closed.walk.pages) for closed in touching)


def _cut(days: set[date], number: int, first: Sequence[Closed], known: Sequence[Closed]) -> Cut:
    """Cut another walk over days: the second one like the first, in one window more; later ones each day alone.

    Between conversations that any walk has fetched, so that none of its windows is like one of a walk that was cut off
    at some number.
    """
    starts = _starts(days, known)
    together = [days] if number == 2 else [{day} for day in days]
    windows: list[Window] = []
    for span in sorted(window for some in together for window in as_walked(some, first)):
        before = len({closed.window for closed in first if _overlap(closed.window, span)})
        windows += _parts(span, before + number - 1, starts)
    rows = max((page.rows for closed in first for page in closed.walk.pages), default=0)
    return Cut(number, windows, max(2, 2 * rows // (number + 1)))


def _began_on(days: Iterable[date], walked: Sequence[Closed]) -> dict[date, pa.ChunkedArray]:
    """Give the identities of the conversations that began on days, or do not say when, each once."""
    records = SpooledRecords.joined([closed.walk.records for closed in walked])
    began = pc.equal(records.entries["started_at"].cast(pa.date32()), records.entries["day"]).fill_null(True)
    return {day: found.identities for day, found in records.picked(began).by_day(days).items()}


def _starts(days: set[date], known: Sequence[Closed]) -> npt.NDArray[np.int64]:
    """Give the starts of the conversations of days that are known, in microseconds, in their order, each once."""
    of_days = pa.array(days, pa.date32())
    starts = [
        entries.filter(pc.is_in(entries["day"], of_days))["started_at"]
        .drop_null()
        .cast(pa.int64())
        .to_numpy()
        for entries in (closed.walk.entries for closed in known)
    ]
    return np.unique(np.concatenate([np.empty(0, np.int64), *starts]))


def _beside(differing: set[date], walked: set[date]) -> set[date]:
    """Give days with all that were walked together with them: beyond where a list was cut off, all agree on nothing."""
    return {day for span in spans(list(walked)) if differing & set(span.dates) for day in span.dates}


def _parts(span: Window, parts: int, starts: npt.NDArray[np.int64]) -> list[Window]:
    """Cut a span between known conversations, so that each part holds as many; or evenly, where few are known."""
    first, last = np.searchsorted(starts, [_microseconds(span.start), _microseconds(span.end)])
    known = starts[first:last]
    if len(known) >= parts:
        places = [len(known) * n // parts for n in range(1, parts)]
        cuts = {_between(*known[place - 1 : place + 1].tolist()) for place in places}
    else:
        cuts = {span.start + (span.end - span.start) * n / parts for n in range(1, parts)}
    marks = sorted({span.start, span.end, *cuts})
    return [Window(begin, end, span.overlap) for begin, end in pairwise(marks)]


def _between(first: int, second: int) -> datetime:
    """Give the moment half way between two, which are in microseconds."""
    return _BEGIN + _MICROSECOND * first + _MICROSECOND * (second - first) / 2


def _microseconds(moment: datetime) -> int:
    return (moment - _BEGIN) // _MICROSECOND


def _overlap(first: Window, second: Window) -> bool:
    return first.start < second.end and second.start < first.end


def _proof(day: _Days) -> Proof:
    everything = sum(day.everything.values())
    agreed = day.agreed
    if len(agreed) > 1:
        explanation = (
            f"{len(agreed)} walks, cut differently, fetched the same {_counted(everything, 'conversation')}"
        )
        return Proof(
            state=ProofState.PROVEN, road=Road.REWALK, agreed=agreed, explanation=explanation, calls=day.calls
        )
    if day.error is not None:
        cause = f"walking it a second time failed: {day.error}"
    else:
        counts = [sum(len(ids) for ids in walk.values()) for walk in day.walks]
        cause = (
            f"{len(counts)} walks, cut differently, fetched {', '.join(f'{count:,}' for count in counts)} "
            f"conversations, {everything:,} in all; all of them are kept"
        )
    return Proof(state=ProofState.UNPROVEN, explanation=cause, calls=day.calls)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
