"""The wire values that have a guarantee, checked many at a time.

A call of pandera costs some milliseconds whatever it checks, and records are fitted in small pieces.
"""

from collections.abc import Iterable, Iterator

import pyarrow as pa

from polyai_assets.contract.fields import Field
from polyai_assets.contract.guarantees import Guarantees
from polyai_assets.contract.violation import Violation
from polyai_assets.contract.wire_records import ToCheck

_ENOUGH_ROWS = 50_000
_ENOUGH_BYTES = 16_000_000


class WireValues:
    """Values on their way to the guarantees of an API version, by the fields that are checked."""

    def __init__(self, guarantees: Guarantees) -> None:
        self._guarantees = guarantees
        self._taken: dict[tuple[Field, ...], list[pa.Table]] = {}

    def take(self, values: Iterable[ToCheck]) -> Iterator[Violation]:
        """Take values; gives the violations of those that are enough now."""
        for fields, table in values:
            taken = self._taken.setdefault(fields, [])
            taken.append(table)
            if sum(map(len, taken)) >= _ENOUGH_ROWS or sum(batch.nbytes for batch in taken) >= _ENOUGH_BYTES:
                yield from self._checked(fields)

    def rest(self) -> Iterator[Violation]:
        """Give the violations of what has not been checked yet."""
        for fields in list(self._taken):
            yield from self._checked(fields)

    def _checked(self, fields: tuple[Field, ...]) -> list[Violation]:
        from polyai_assets.contract.models import check  # pandera: imported while the first page is awaited

        return check(fields, pa.concat_tables(self._taken.pop(fields)), self._guarantees)
