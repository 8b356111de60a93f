"""The drift of a partition's details: what `rows_of` notes of each, counted."""

from polyai_assets.contract.detail import FOUND, IN_DETAILS
from polyai_assets.contract.detail_rows import DetailRows
from polyai_assets.contract.drift import OTHERS, Drift, DriftTally
from polyai_assets.contract.function_event import IN_EVENTS


class DetailTally:
    """Counts in how many of the details that were found, and of their function events, drift is met."""

    def __init__(self) -> None:
        self._tally = DriftTally(others=IN_DETAILS + OTHERS)
        self._found = 0
        self._events = 0

    def add(self, read: DetailRows) -> None:
        """Count one detail, whatever came of asking for it."""
        if read.row["status"] != FOUND:
            return
        self._found += 1
        self._events += len(read.events)
        self._tally.add(read.drift)

    def findings(self) -> list[Drift]:
        """Give what was met so far."""
        return self._tally.of_totals(lambda path: self._events if path.startswith(IN_EVENTS) else self._found)
