"""The records of a fetch that do not fit what was asked for, or that nobody can tell apart, by day."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from polyai_assets.raw.conversations.closed import Closed
from polyai_assets.raw.conversations.filters import MOST_NAMED, SHARED, ZONE, Misfit
from polyai_assets.raw.conversations.walk_spool import Spooled

_EVIDENT = 20
"""A filter that one record in so many does not fit is ignored; fewer are odd records."""


def find_misfits(
    walked: Sequence[Closed], entries: Mapping[date, Sequence[Spooled]], shared: Mapping[str, Iterable[date]]
) -> dict[date, list[Misfit]]:
    """Find the misfits of every day; `shared` are the ids that came from several environments, with their days.

    A filter counts as ignored where too many of a walk, or of a day, do not fit it.
    """
    found: dict[tuple[date, str], set[str]] = {}
    ignored: set[tuple[date, str]] = set()
    for closed in walked:
        for name, identities in closed.walk.misfits.items():
            here = {(closed.walk.entries[identity].day, name) for identity in identities}
            for identity in identities:
                found.setdefault((closed.walk.entries[identity].day, name), set()).add(identity)
            if _EVIDENT * len(set(identities)) >= len(closed.walk.entries):
                ignored |= here
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
