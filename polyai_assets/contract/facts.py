"""Counting the facts of a day while its records pass, for its profile and for the figures that people see.

A conversation comes whole, with its turns and metrics, so what is counted of some hundred adds up to that of the day.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.columns import Columns
from polyai_assets.contract.contract import METRICS, Contract
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.profile import FILLED, HOUR, METRIC, WORD, Count, Fact

_MOST_METRICS = 1000
"""Names of metrics in a profile; a source that invents names has no end of them."""

_MOST_SHOWN = 10
"""Names of metrics that a person is shown of a day."""

_MOST_NAMES = 100 * _MOST_METRICS
"""Names that are counted at once: beyond, the rarest are forgotten."""


class DayFacts:
    """The facts of a day: how many conversations, and how many of them have which value, word or metric."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.conversations = 0
        self._with_turns = 0
        self._with_metrics = 0
        self._filled: Counter[str] = Counter()
        self._filled_in_turns: Counter[str] = Counter()
        self._words: Counter[tuple[str, str]] = Counter()
        self._metrics: Counter[str] = Counter()
        self._hours: Counter[int] = Counter()

    def add(self, conversations: Columns, turns: Columns, metrics: Columns) -> None:
        """Count conversations, with all their turns and metrics: the columns of the rows of their tables."""
        ids = conversations["conversation_id"]
        self.conversations += len(ids)
        for field in _sent(self._contract.conversation):
            self._filled[field.name] += _has_value(field, conversations[field.name]).true_count
        first_turns = pc.equal(turns["turn_index"], 0)
        owners = np.cumsum(first_turns.to_numpy(zero_copy_only=False))
        self._with_turns += first_turns.true_count
        for field in _sent(self._contract.turn):
            self._filled_in_turns[field.name] += _owners_of(_has_value(field, turns[field.name]), owners)
        for field in self._contract.conversation:
            if field.known:
                words = conversations[field.name]
                self._words.update({(field.name, word): n for word, n in _counted(words).items() if word})
        for hour, count in _counted(pc.hour(conversations["started_at"])).items():
            self._hours[hour] += count
        self._count_metrics(metrics)

    def _count_metrics(self, metrics: Columns) -> None:
        first = pc.equal(metrics["position"], 0)
        self._metrics.update(_counted(metrics["name"].filter(first)))
        if len(self._metrics) > _MOST_NAMES:
            self._metrics = Counter(dict(self._metrics.most_common(_MOST_NAMES // 2)))
        self._with_metrics += len(pc.unique(metrics["conversation_id"]))

    @property
    def by_hour(self) -> tuple[int, ...]:
        """The conversations that began in each hour (UTC)."""
        return tuple(self._hours[hour] for hour in range(24))

    @property
    def most_metrics(self) -> dict[str, int]:
        """The metrics that most conversations have, each with their number."""
        listed = sorted(self._metrics.items(), key=lambda item: (-item[1], item[0]))
        return dict(listed[:_MOST_SHOWN])

    def facts(self) -> Iterator[tuple[Fact, Count]]:
        """Give the facts, each with its count and the number of conversations of which it could be true."""
        for field in _sent(self._contract.conversation):
            yield (FILLED, str(field.wire), ""), Count(self._filled[field.name], self.conversations)
        for field in _sent(self._contract.turn):
            fact = (FILLED, f"turns[].{field.wire}", "")
            yield fact, Count(self._filled_in_turns[field.name], self._with_turns)
        yield (FILLED, "turns", ""), Count(self._with_turns, self.conversations)
        yield (FILLED, METRICS, ""), Count(self._with_metrics, self.conversations)
        paths = {field.name: field.wire or field.name for field in self._contract.conversation}
        for (column, word), count in self._words.items():
            yield (WORD, paths[column], word), Count(count, self.conversations)
        for name, count in sorted(self._metrics.items(), key=lambda item: (-item[1], item[0]))[
            :_MOST_METRICS
        ]:
            yield (METRIC, METRICS, name), Count(count, self.conversations)
        for hour, count in self._hours.items():
            yield (HOUR, "", f"{hour:02d}"), Count(count, self.conversations)


def _sent(fields: tuple[Field, ...]) -> Iterator[Field]:
    return (field for field in fields if field.wire is not None)


def _owners_of(chosen: pa.BooleanArray, owners: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> int:
    """Count the conversations of the chosen turns. Turns of a conversation are alike, and stand together.

    To count them one by one would make chance look like certainty.
    """
    found = owners[chosen.to_numpy(zero_copy_only=False)]
    return int(np.count_nonzero(np.diff(found))) + bool(len(found))


def _counted(values: pa.Array) -> dict[Any, int]:
    """Count each value."""
    return {counted["values"]: counted["counts"] for counted in pc.value_counts(values).to_pylist()}


def _has_value(field: Field, values: pa.Array) -> pa.BooleanArray:
    match field.kind:
        case Kind.TEXT:
            return pc.not_equal(values, "")
        case Kind.TEXT_LIST:
            return pc.greater(pc.list_value_length(values), 0)
        case Kind.OBJECT_LIST:
            return pc.not_equal(values.storage, "[]")
        case Kind.OBJECT:
            return pc.not_equal(values.storage, "{}").fill_null(False)
        case _:
            return values.is_valid()
