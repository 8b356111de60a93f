"""The wire values that have a guarantee, checked many at a time.

A call of pandera costs some milliseconds whatever it checks, and records are fitted in small pieces; those of several
days are checked together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from polyai_assets.contract.fields import Field
from polyai_assets.contract.guarantees import Guarantees
from polyai_assets.contract.violation import Violation
from polyai_assets.contract.wire_records import ToCheck

_ENOUGH_ROWS = 50_000
_ENOUGH_BYTES = 16_000_000

Found = tuple[date, list[Violation]]
"""The violations of a day."""


class WireValues:
    """Values on their way to the guarantees, by the API version's guarantees and the fields that are checked."""

    def __init__(self) -> None:
        self._taken: dict[tuple[Guarantees, tuple[Field, ...]], list[tuple[date, pa.Table]]] = {}

    def take(self, day: date, guarantees: Guarantees, values: Iterable[ToCheck]) -> Iterator[Found]:
        """Take values of a day; gives the violations of those that are enough now."""
        for fields, table in values:
            taken = self._taken.setdefault((guarantees, fields), [])
            taken.append((day, table))
            tables = [rows for _, rows in taken]
            if sum(map(len, tables)) >= _ENOUGH_ROWS or sum(rows.nbytes for rows in tables) >= _ENOUGH_BYTES:
                yield from self._checked(guarantees, fields)

    def rest(self) -> Iterator[Found]:
        """Give the violations of what has not been checked yet."""
        for guarantees, fields in list(self._taken):
            yield from self._checked(guarantees, fields)

    def _checked(self, guarantees: Guarantees, fields: tuple[Field, ...]) -> Iterator[Found]:
        from polyai_assets.contract.models import check  # pandera: imported while the first page is awaited

        days, tables = zip(*self._taken.pop((guarantees, fields)), strict=True)
        ends = np.cumsum([len(table) for table in tables])
        found: dict[date, list[Violation]] = defaultdict(list)
        for place, violation in check(fields, pa.concat_tables(tables), guarantees):
            found[days[int(np.searchsorted(ends, place, side="right"))]].append(violation)
        yield from found.items()
