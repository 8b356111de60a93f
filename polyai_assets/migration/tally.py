"""Counting verdicts by path: memory does not grow with the day, nor with the names that a source invents."""

from collections.abc import Collection
from dataclasses import dataclass

from polyai_assets.contract.drift import OTHERS
from polyai_assets.contract.lenient import clean_text
from polyai_assets.contract.parity import Parity, Verdict

MOST_PATHS = 300
"""Paths that are told one by one beside the declared ones, such as metrics and keys of the state."""

_LONGEST_ID = 200  # characters of an example's id: an id may be any text


@dataclass(slots=True)
class _Met:
    count: int
    conversation_id: str
    example: str


class Tally:
    """The verdicts on one day; `declared` are the paths that are told one by one in any case."""

    def __init__(self, declared: Collection[str]) -> None:
        self._declared = declared
        self._others = 0
        self._paths: dict[str, dict[Verdict, _Met]] = {}

    def equal(self, path: str, count: int = 1) -> None:
        """Count values that are equal."""
        self._verdicts_at(path).setdefault(Verdict.EQUAL, _Met(0, "", "")).count += count

    def is_first(self, path: str, verdict: Verdict) -> bool:
        """Tell whether an example is wanted: it costs time to make one."""
        return verdict not in self._verdicts_at(path)

    def add(
        self, path: str, verdict: Verdict, conversation_id: str, example: str = "", count: int = 1
    ) -> None:
        """Count a verdict that is not `equal`; the first has the example."""
        verdicts = self._verdicts_at(path)
        met = verdicts.get(verdict)
        if met is None:
            met = verdicts[verdict] = _Met(0, clean_text(conversation_id)[:_LONGEST_ID], clean_text(example))
        met.count += count

    def rows(self) -> list[Parity]:
        """Give a row per path and verdict, by path. What is in flight is not among the judged."""
        return [
            Parity(path, verdict, met.count, _judged(verdicts), met.conversation_id, met.example)
            for path, verdicts in sorted(self._paths.items())
            for verdict, met in verdicts.items()
        ]

    def _verdicts_at(self, path: str) -> dict[Verdict, _Met]:
        verdicts = self._paths.get(path)
        if verdicts is None:
            if path not in self._declared:
                if self._others >= MOST_PATHS:
                    return self._paths.setdefault(OTHERS, {})
                self._others += 1
            verdicts = self._paths[path] = {}
        return verdicts


def _judged(verdicts: dict[Verdict, _Met]) -> int:
    return sum(met.count for verdict, met in verdicts.items() if verdict is not Verdict.IN_FLIGHT)
