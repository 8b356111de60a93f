"""A list of conversations as servers of several kinds would serve it: ends, order, pages, repeats and losses differ."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from polyai_assets.api.query import timestamp
from polyai_assets_tests.api.scripted_server import Answer, Asked


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Conversations by their start. By offset all are listed; a walk by cursor never brings the `hidden` ones."""

    starts: Mapping[str, datetime]
    takes_start: bool = True
    """Whether the start of a range belongs to it."""
    takes_end: bool = False
    newest_first: bool = False
    overlap: int = 0
    """How many conversations of the page before each page by cursor begins with."""
    twice: frozenset[str] = field(default_factory=frozenset)
    """Those that it lists twice, by cursor and by offset."""
    hidden: frozenset[str] = field(default_factory=frozenset)
    whole_seconds: bool = False
    """Whether it writes of each start no fraction of its second, though it filters by it."""

    def __call__(self, asked: Asked) -> Answer:
        first, last = (datetime.fromisoformat(asked.param(name) or "") for name in ("start_time", "end_time"))
        listed = [name for name in self._ordered() if self._is_within(self.starts[name], first, last)]
        limit = int(asked.param("limit") or 0)
        if asked.param("offset") is not None:
            return self._page(listed[int(asked.param("offset") or 0) :][:limit], None)
        begin = int(asked.param("cursor") or 0)
        rest = [name for name in listed if name not in self.hidden][begin:]
        following = begin + limit - self.overlap
        return self._page(rest[:limit], str(following) if len(rest) > limit else None)

    def _ordered(self) -> list[str]:
        listed = [*self.starts, *self.twice]
        return sorted(listed, key=lambda name: (self.starts[name], name), reverse=self.newest_first)

    def _is_within(self, start: datetime, first: datetime, last: datetime) -> bool:
        return (first < start or (self.takes_start and first == start)) and (
            start < last or (self.takes_end and start == last)
        )

    def _page(self, names: list[str], cursor: str | None) -> Answer:
        written = [(name, self._written(self.starts[name])) for name in names]
        records = [{"id": name, "started_at": start, "num_turns": 0} for name, start in written]
        return Answer(body=json.dumps({"conversations": records, "cursor": cursor}).encode())

    def _written(self, start: datetime) -> str:
        return timestamp(start.replace(microsecond=0) if self.whole_seconds else start)
