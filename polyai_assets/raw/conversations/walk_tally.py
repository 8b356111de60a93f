"""What walks have fetched, as far as a count by another road is compared with it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa

from polyai_assets.raw.conversations.closed_walks import Closed
from polyai_assets.raw.conversations.spooled import SpooledRecords

_NEAR = timedelta(seconds=2)
"""No end of a range that is counted lies further from midnight."""
_DAY = timedelta(days=1)


class WalkTally(NamedTuple):
    """What walks of one environment have fetched, each record once.

    `by_day` counts the conversations of the days asked for. `near_midnight` are the days and starts of those that began
    shortly before or after a midnight, the day None beside the days asked for. `repeated` are days, starts and
    identities of those that came more than once in a walk.
    """

    by_day: Counter[date]
    near_midnight: list[tuple[date | None, datetime]]
    repeated: list[tuple[date, datetime | None, str]]

    @classmethod
    def of(cls, walked: Sequence[Closed]) -> "WalkTally":
        """Count what walks have fetched."""
        records = SpooledRecords.joined([closed.walk.records for closed in reversed(walked)])
        entries = records.entries
        counts = entries["day"].value_counts().to_pylist()
        near = entries.filter(_are_near_midnight(entries["started_at"]))
        repeated = records.named({name for closed in walked for name in closed.walk.duplicates}).entries
        return cls(
            Counter({counted["values"]: counted["counts"] for counted in counts}),
            [*_values(near, "day", "started_at"), *_beside(walked, records)],
            _values(repeated, "day", "started_at", "identity"),
        )


def _beside(walked: Sequence[Closed], records: SpooledRecords) -> list[tuple[None, datetime]]:
    """Give the starts near midnight of the records that came since windows reach over their ends, each once."""
    outside = {name: start for closed in walked for name, start in closed.walk.outside.items()}
    known = records.days_of(outside)
    starts = pa.chunked_array([pa.array([outside[name] for name in outside if name not in known], _MOMENT)])
    return [(None, start) for start in starts.filter(_are_near_midnight(starts)).to_pylist()]


_MOMENT = pa.timestamp("us", tz="UTC")


def _are_near_midnight(starts: pa.ChunkedArray) -> pa.ChunkedArray:
    microseconds = starts.cast(pa.int64()).fill_null(_DAY // timedelta(microseconds=2)).to_numpy()
    of_day = microseconds % (_DAY // timedelta(microseconds=1))
    near = _NEAR // timedelta(microseconds=1)
    return pa.array((of_day <= near) | (of_day >= _DAY // timedelta(microseconds=1) - near))


def _values(entries: pa.Table, *names: str) -> list[Any]:
    return list(zip(*(entries[name].to_pylist() for name in names), strict=True))
