"""Walks that reached their end: their records by day, and those that do not fit what was asked for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import pyarrow as pa

from polyai_assets.raw.conversations.certificate import WalkLog
from polyai_assets.raw.conversations.filters import MOST_NAMED, SHARED, ZONE, Misfit
from polyai_assets.raw.conversations.spooled import SpooledRecords, repeated
from polyai_assets.raw.conversations.walk_spool import WalkSpool
from polyai_assets.raw.windows import Window, spans


class Closed(NamedTuple):
    """A walk over a window that reached its end, with its records; `number` as in the certificate."""

    window: Window
    client_env: str
    walk: WalkSpool
    number: int = 1

    @property
    def log(self) -> WalkLog:
        """What the certificate says of it."""
        window, walk = self.window, self.walk
        return WalkLog(
            self.client_env,
            window.start,
            window.end,
            walk.pages,
            walk.closed_by,
            len(walk.outside),
            walk.duplicates,
            self.number,
            dict(walk.unknown),
        )


def as_walked(days: set[date], walked: Sequence[Closed]) -> list[Window]:
    """Join days into windows that reach over their ends if the walks did that fetched them."""
    narrow = {day for closed in walked if not closed.window.overlap for day in closed.window.dates}
    within = [Window(span.start, span.end, timedelta(0)) for span in spans(list(days & narrow))]
    return sorted(spans(list(days - narrow)) + within)


def left_out_of(walked: Iterable[Closed]) -> tuple[str, ...]:
    """Give the details that PolyAI refused, so that walks came without them, by name."""
    return tuple(sorted({name for closed in walked for name in closed.walk.left_out}))


Entries = dict[date, SpooledRecords]
"""The records of each day."""


def gather(
    walked: Sequence[Closed], client_envs: Sequence[str], days: Iterable[date]
) -> tuple[Entries, dict[str, set[date]]]:
    """Collect the records of walks by day; of one that came twice, the later stays.

    An id stands for one conversation of a project. Of records that came from several environments under one id, that of
    the environment named first stays; these ids are given with all their days.
    """
    of_envs = [
        SpooledRecords.joined([closed.walk.records for closed in walked if closed.client_env == client_env])
        for client_env in client_envs
    ]
    return SpooledRecords.joined(of_envs[::-1]).by_day(days), _shared(of_envs)


def _shared(of_envs: Sequence[SpooledRecords]) -> dict[str, set[date]]:
    """Find the ids that came from several environments, with their days."""
    if len(of_envs) == 1:
        return {}
    names = set(
        repeated(pa.chunked_array([chunk for records in of_envs for chunk in records.identities.chunks]))
    )
    shared: dict[str, set[date]] = {}
    for records in of_envs:
        found = records.named(names).entries
        for identity, day in zip(found["identity"].to_pylist(), found["day"].to_pylist(), strict=True):
            shared.setdefault(identity, set()).add(day)
    return shared


_EVIDENT = 20
"""A filter that one record in so many does not fit is ignored; fewer are odd records."""


def find_misfits(
    walked: Sequence[Closed], entries: Entries, shared: Mapping[str, Iterable[date]]
) -> dict[date, list[Misfit]]:
    """Find the misfits of every day; `shared` are the ids that came from several environments, with their days.

    A filter counts as ignored where too many of a walk, or of a day, do not fit it.
    """
    found: dict[tuple[date, str], set[str]] = {}
    ignored: set[tuple[date, str]] = set()
    for closed in walked:
        if not closed.walk.misfits:
            continue
        records = closed.walk.records
        for name, identities in closed.walk.misfits.items():
            of_days = records.days_of(identities)
            for identity, day in of_days.items():
                found.setdefault((day, name), set()).add(identity)
            if _EVIDENT * len(of_days) >= len(records):
                ignored |= {(day, name) for day in of_days.values()}
    for identity, days in shared.items():
        for day in days:
            found.setdefault((day, SHARED), set()).add(identity)
    misfits: dict[date, list[Misfit]] = {}
    for (day, name), names in sorted(found.items()):
        is_ignored = (day, name) in ignored or _EVIDENT * len(names) >= len(entries.get(day, ()))
        is_filter = name not in (SHARED, ZONE)
        some = sorted(names)[:MOST_NAMED]
        misfits.setdefault(day, []).append(Misfit(name, len(names), some, is_filter and is_ignored))
    return misfits
