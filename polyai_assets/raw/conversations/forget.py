"""Forgetting conversations that have vanished, where a person has decided so: they are to be in no state of their day.

A decision reaches back: the first commit after it keeps no earlier state, rewrites what changed, and takes what killed
runs have left with it.
"""

from collections.abc import Iterable, Set
from datetime import datetime
from typing import TypeGuard

from polyai_assets.raw.conversations.changes import Change


def reaches_back(until: datetime | None, began_at: datetime) -> TypeGuard[datetime]:
    """Tell whether what is kept may hold what is to be forgotten: its fetch began before the decision."""
    return until is not None and began_at <= until


def forgotten_in(changes: Iterable[Change], until: datetime, held: Set[str]) -> set[str]:
    """Find the conversations that the day holds no more and that nothing was noted of since the decision."""
    last = {change.conversation_id: change.changed_at for change in changes}
    return {name for name, changed_at in last.items() if name not in held and changed_at <= until}
