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
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from polyai_assets.api.errors import PolyAIError
from polyai_assets.raw.conversations.closed_walks import Closed, as_walked
from polyai_assets.raw.conversations.proof import Proof, ProofState, Road
from polyai_assets.raw.windows import Window, spans

MOST_WALKS = 5
"""So often a day is walked at most, the fetch itself included."""


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
    """What each walk fetched of one day: by environment, the conversations that say when they began."""

    def __init__(self) -> None:
        self.walks: list[dict[str, set[str]]] = []
        self.names: list[str] = []
        self.calls = 0
        self.error: PolyAIError | None = None

    def add(self, name: str, fetched: dict[str, set[str]]) -> None:
        self.walks.append(fetched)
        self.names.append(name)

    @property
    def agreed(self) -> list[str]:
        """The walks that fetched all that any of them fetched; nothing is proven unless there are two."""
        everything = {env: set[str]().union(*(walk[env] for walk in self.walks)) for env in self.walks[0]}
        return [name for name, walk in zip(self.names, self.walks, strict=True) if walk == everything]


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
    fetched: dict[date, dict[str, set[str]]] = {day: {env: set() for env in envs} for day in days}
    for closed in walked:
        for identity, entry in closed.walk.entries.items():
            if entry.started_at is not None and entry.started_at.date() == entry.day in fetched:
                fetched[entry.day][closed.client_env].add(identity)
    for day, of_envs in fetched.items():
        touching = [closed for closed in walked if day in closed.window.dates]
        windows = len({closed.window for closed in touching})
        pages = max((page.limit for closed in touching for page in closed.walk.pages), default=0)
        days[day].add(f"walk {number} ({_counted(windows, 'window')}, pages of {pages})", of_envs)
        if number > 1:
            days[day].calls += sum(len(closed.walk.pages) for closed in touching)


def _cut(days: set[date], number: int, first: Sequence[Closed], known: Sequence[Closed]) -> Cut:
    """Cut another walk over days: the second one like the first, in one window more; later ones each day alone.

    Between conversations that any walk has fetched, so that none of its windows is like one of a walk that was cut off
    at some number.
    """
    starts = sorted(
        {
            entry.started_at
            for closed in known
            for entry in closed.walk.entries.values()
            if entry.started_at is not None and entry.day in days
        }
    )
    together = [days] if number == 2 else [{day} for day in days]
    windows: list[Window] = []
    for span in sorted(window for some in together for window in as_walked(some, first)):
        before = len({closed.window for closed in first if _overlap(closed.window, span)})
        windows += _parts(span, before + number - 1, starts)
    rows = max((page.rows for closed in first for page in closed.walk.pages), default=0)
    return Cut(number, windows, max(2, 2 * rows // (number + 1)))


def _beside(differing: set[date], walked: set[date]) -> set[date]:
    """Give days with all that were walked together with them: beyond where a list was cut off, all agree on nothing."""
    return {day for span in spans(list(walked)) if differing & set(span.dates) for day in span.dates}


def _parts(span: Window, parts: int, starts: Sequence[datetime]) -> list[Window]:
    """Cut a span between known conversations, so that each part holds as many; or evenly, where few are known."""
    known = [start for start in starts if span.start <= start < span.end]
    if len(known) >= parts:
        places = [len(known) * n // parts for n in range(1, parts)]
        cuts = {known[place - 1] + (known[place] - known[place - 1]) / 2 for place in places}
    else:
        cuts = {span.start + (span.end - span.start) * n / parts for n in range(1, parts)}
    marks = sorted({span.start, span.end, *cuts})
    return [Window(begin, end, span.overlap) for begin, end in pairwise(marks)]


def _overlap(first: Window, second: Window) -> bool:
    return first.start < second.end and second.start < first.end


def _proof(day: _Days) -> Proof:
    everything = sum(len(set[str]().union(*(walk[env] for walk in day.walks))) for env in day.walks[0])
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
