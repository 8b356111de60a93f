"""The drift of a partition's details: what `rows_of` notes of each, counted."""

from polyai_assets.contract.detail import FOUND, IN_DETAILS
from polyai_assets.contract.detail_rows import DetailRows
from polyai_assets.contract.drift import OTHERS, Drift, DriftTally
from polyai_assets.contract.function_event import IN_EVENTS
from polyai_assets.contract.metric_event import IN_METRICS


class DetailTally:
    """Counts in how many of the details that were found, and of their events, drift is met."""

    def __init__(self) -> None:
        self._tally = DriftTally(others=IN_DETAILS + OTHERS)
        self._found = 0
        self._events = {IN_EVENTS: 0, IN_METRICS: 0}

    def add(self, read: DetailRows) -> None:
        """Count one detail, whatever came of asking for it."""
        if read.row["status"] != FOUND:
            return
        self._found += 1
        self._events[IN_EVENTS] += len(read.events)
        self._events[IN_METRICS] += len(read.metrics)
        self._tally.add(read.drift)

    def findings(self) -> list[Drift]:
        """Give what was met so far."""
        return self._tally.of_totals(self._total_of)

    def _total_of(self, path: str) -> int:
        """Say in how many details or events a path could have been."""
        return next((count for place, count in self._events.items() if path.startswith(place)), self._found)
