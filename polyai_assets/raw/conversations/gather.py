"""Gathering the records of a fetch by day, from all its walks."""

from collections.abc import Iterable, Sequence
from datetime import date

from polyai_assets.raw.conversations.closed import Closed
from polyai_assets.raw.conversations.walk_spool import Spooled

Entries = dict[date, list[Spooled]]


def gather(
    walked: Sequence[Closed], client_envs: Sequence[str], days: Iterable[date]
) -> tuple[Entries, dict[str, set[date]]]:
    """Collect the records of walks by day; of one that came twice, the later stays.

    An id stands for one conversation of a project. Of records that came from several environments under one id, that of
    the environment named first stays; these ids are given with all their days.
    """
    merged: dict[str, Spooled] = {}
    shared: dict[str, set[date]] = {}
    for client_env in client_envs:
        here: dict[str, Spooled] = {}
        for closed in walked:
            if closed.client_env == client_env:
                walk = closed.walk
                here |= {identity: Spooled(walk.path, entry) for identity, entry in walk.entries.items()}
        for identity in here.keys() & merged.keys():
            both = {here[identity].entry.day, merged[identity].entry.day}
            shared.setdefault(identity, set()).update(both)
        merged = here | merged if merged else here
    by_day: Entries = {day: [] for day in days}
    for record in merged.values():
        by_day[record.entry.day].append(record)
    return by_day, shared
