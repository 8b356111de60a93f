"""A list that is served by offset, and that changes between two requests."""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

from polyai_assets_tests.api.scripted_server import Answer, Asked

Change = Callable[["DriftingList"], None]


class DriftingList:
    """Conversations by their start, in seconds; of those that start together, the order is another each time.

    Before the n-th answer, from 0, the n-th change takes place.
    """

    def __init__(
        self,
        starts: dict[str, int],
        *changes: Change,
        newest_first: bool = False,
        end: dict[str, Any] | None = None,
    ) -> None:
        self.starts = dict(starts)
        self.always = set(starts)
        self._changes = iter(changes)
        self._newest_first = newest_first
        self._end = end or {}
        self._dice = random.Random(7)

    def add(self, name: str, start: int) -> None:
        self.starts[name] = start

    def remove(self, name: str) -> None:
        self.starts.pop(name, None)
        self.always.discard(name)

    def __call__(self, asked: Asked) -> Answer:
        change = next(self._changes, None)
        if change is not None:
            change(self)
        offset, limit = int(asked.param("offset") or 0), int(asked.param("limit") or 0)
        ordered = self._ordered()
        return Answer(body=self._page(ordered[offset : offset + limit], offset + limit, len(ordered)))

    def _ordered(self) -> list[str]:
        shuffled = sorted(self.starts)
        self._dice.shuffle(shuffled)
        return sorted(shuffled, key=self.starts.__getitem__, reverse=self._newest_first)

    def _page(self, names: Iterable[str], following: int, count: int) -> bytes:
        records = [{"id": name, "started_at": _written(self.starts[name])} for name in names]
        way_on = {"next_offset": following} if following < count else self._end
        return json.dumps({"conversations": records, **way_on}).encode()


def _written(start: int) -> str:
    return f"2026-11-03 {start // 3600:02}:{start // 60 % 60:02}:{start % 60:02}"
