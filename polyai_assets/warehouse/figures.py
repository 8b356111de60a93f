"""Adding up a few figures of a partition, for whoever looks at it in Dagster."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.columns import Columns
from polyai_assets.warehouse.load import Figures


class _Mean:
    """The mean of values that come in pieces."""

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, values: pa.Array) -> None:
        self._sum += pc.sum(values).as_py() or 0.0
        self._count += len(values) - values.null_count

    @property
    def value(self) -> float | None:
        return self._sum / self._count if self._count else None


class FigureTally:
    """Adds the figures of a day up while its records pass."""

    def __init__(self) -> None:
        self._in_progress = self._handoffs = 0
        self._duration, self._latency = _Mean(), _Mean()

    def add(self, conversations: Columns, turns: Columns) -> None:
        """Count conversations and their turns: the columns of the rows of their tables."""
        running = conversations["in_progress"]
        self._in_progress += running.true_count
        self._handoffs += conversations["handoff"].true_count
        self._duration.add(conversations["total_duration"].filter(pc.invert(running).fill_null(False)))
        self._latency.add(turns["latency"])

    def figures(
        self, conversations: int, violations: int, by_hour: tuple[int, ...], metrics: Mapping[str, int]
    ) -> Figures:
        """Give the figures, with those that others have counted."""
        return Figures(
            conversations=conversations,
            in_progress=self._in_progress,
            handoffs=self._handoffs,
            mean_duration=self._duration.value,
            mean_latency=self._latency.value,
            violations=violations,
            by_hour=by_hour,
            metrics=metrics,
        )
