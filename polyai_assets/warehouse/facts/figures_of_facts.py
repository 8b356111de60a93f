"""Adding up a few figures of a partition's facts while they are made, for whoever looks at it in Dagster."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.warehouse.load import FactFigures

_HOURS = 24


class FactTally:
    """Adds the figures of a day's facts up, rows by rows. Tests and running conversations are no calls."""

    COLUMNS = ("is_test", "in_progress", "contained_dashboard", "outcome", "local_hour")
    """Those of the facts that it looks at."""

    def __init__(self) -> None:
        self._calls = self._known = self._contained = 0
        self._outcomes: Counter[str] = Counter()
        self._hours: Counter[int] = Counter()

    def add(self, rows: pa.RecordBatch) -> None:
        """Count the calls among rows of facts."""
        no_test, ended = (pc.invert(rows[name].fill_null(False)) for name in ("is_test", "in_progress"))
        is_call = pc.and_(no_test, ended)
        self._calls += is_call.true_count
        contained = rows["contained_dashboard"].filter(is_call)
        self._known += len(contained) - contained.null_count
        self._contained += contained.true_count
        self._outcomes.update(_counted(rows["outcome"].filter(is_call)))
        self._hours.update(_counted(rows["local_hour"].filter(is_call)))

    def figures(self, rows: int) -> FactFigures:
        """Give the figures of so many rows."""
        return FactFigures(
            rows=rows,
            calls=self._calls,
            containment=self._contained / self._known if self._known else None,
            outcomes=dict(self._outcomes.most_common()),
            by_local_hour=tuple(self._hours[hour] for hour in range(_HOURS)),
        )


def _counted(values: pa.Array) -> dict[Any, int]:
    return {
        counted["values"]: counted["counts"]
        for counted in pc.value_counts(values).to_pylist()
        if counted["values"] is not None
    }
