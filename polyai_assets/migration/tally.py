"""Counting verdicts by path: memory does not grow with the day, nor with the names that a source invents."""

from collections.abc import Collection
from dataclasses import dataclass

from polyai_assets.contract.drift import OTHERS
from polyai_assets.contract.lenient import clean_text
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import Parity, ParityVerdict

MOST_PATHS = 300
"""Paths that have rows of their own beside the declared ones, such as metrics and keys of the state."""

_LONGEST_ID = 200  # characters of an example's id: an id may be any text


@dataclass(slots=True)
class _Met:
    count: int
    conversation_id: str
    example: str


class VerdictCounts:
    """The verdicts on one day; `declared` are the paths that have rows of their own in any case."""

    def __init__(self, declared: Collection[str]) -> None:
        self._declared = declared
        self._others = 0
        self._equal: dict[str, int] = {}  # of every path that was met
        self._met: dict[str, dict[ParityVerdict, _Met]] = {}

    def equal(self, path: str, count: int = 1) -> None:
        """Count values that are equal."""
        self._equal[path if path in self._equal else self._admitted(path)] += count

    def is_first(self, path: str, verdict: ParityVerdict) -> bool:
        """Tell whether an example is wanted: it costs time to make one."""
        return verdict not in self._met.get(self._admitted(path), {})

    def add(
        self, path: str, verdict: ParityVerdict, conversation_id: str, example: str = "", count: int = 1
    ) -> None:
        """Count a verdict that is not `equal`; the first has the example."""
        verdicts = self._met.setdefault(self._admitted(path), {})
        met = verdicts.get(verdict)
        if met is None:
            met = verdicts[verdict] = _Met(0, clean_text(conversation_id)[:_LONGEST_ID], clean_text(example))
        met.count += count

    def rows(self) -> list[Parity]:
        """Give a row per path and verdict, by path. What is in flight is not among the judged."""
        rows = []
        for path, equal in sorted(self._equal.items()):
            verdicts = self._met.get(path, {})
            total = equal + sum(
                met.count for verdict, met in verdicts.items() if verdict is not ParityVerdict.IN_FLIGHT
            )
            if equal or not verdicts or path == WHOLE_RECORD:
                rows.append(Parity(path, ParityVerdict.EQUAL, equal, total))
            rows += [
                Parity(path, verdict, met.count, total, met.conversation_id, met.example)
                for verdict, met in verdicts.items()
            ]
        return rows

    def _admitted(self, path: str) -> str:
        """Name the path under which a path is counted."""
        if path in self._equal:
            return path
        if path not in self._declared:
            if self._others >= MOST_PATHS:
                path = OTHERS
            else:
                self._others += 1
        self._equal.setdefault(path, 0)
        return path
