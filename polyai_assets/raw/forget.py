"""Forgetting conversations that have vanished, where somebody has decided so: they are to be in no state of their day.

A decision reaches back: the first commit after it keeps no earlier state, rewrites what changed, and takes what killed
runs have left with it.
"""

from collections.abc import Iterable, Set
from datetime import datetime
from typing import TypeGuard

from polyai_assets.raw.changes import Change
from polyai_assets.raw.leftovers import LEFT_BEHIND, remove, remove_leftovers
from polyai_assets.raw.store import RawStore


def reaches_back(until: datetime | None, began_at: datetime) -> TypeGuard[datetime]:
    """Tell whether what is kept may hold what is to be forgotten: it came of a fetch that began before the decision."""
    return until is not None and began_at <= until


def forgotten_in(changes: Iterable[Change], until: datetime, held: Set[str]) -> set[str]:
    """Find the conversations that the day holds no more and that nothing was told of since the decision."""
    last = {one.conversation_id: one.changed_at for one in changes}
    return {name for name, changed_at in last.items() if name not in held and changed_at <= until}


def clean(
    store: RawStore, folder: str, before: Set[str], named: Set[str], until: datetime | None, now: datetime
) -> None:
    """Remove from a folder the files that were named `before` a commit and are no more, and what killed runs left."""
    for name in before - named:
        remove(store, f"{folder}/{name}")
    remove_leftovers(store, folder, named, leftover_before(until, now), spares_older=until is None)


def leftover_before(until: datetime | None, now: datetime) -> datetime:
    """Give the moment before which files that no certificate names are leftovers; all that a decision reaches are."""
    latest = now - LEFT_BEHIND
    return latest if until is None else max(latest, min(until, now))
