"""The wire values that have a guarantee, taken from the staged records and checked many at a time.

A call of pandera costs some milliseconds whatever it checks, and records are staged in small pieces.
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.guarantees import Guarantees
from polyai_assets.contract.projection import wire_list
from polyai_assets.contract.violation import Violation

_ENOUGH_ROWS = 50_000
_ENOUGH_BYTES = 16_000_000


class WireValues:
    """Values on their way to the guarantees of an API version, by the fields that are checked."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, guarantees: Guarantees, contract: Contract
    ) -> None:
        self._connection = connection
        self._guarantees = guarantees
        self._contract = contract
        self._taken: dict[tuple[Field, ...], list[pa.Table]] = {}

    def take(self, *, read_strictly: bool) -> Iterator[Violation]:
        """Take the values of the staged `wire` and `wire_turns`; gives the violations of those that are enough now.

        `read_strictly` says that all their records read exactly as declared.
        """
        conversation, turn = self._contract.conversation, self._contract.turn
        if read_strictly:
            conversation, turn = _not_settled_by_reading(conversation), _not_settled_by_reading(turn)
        yield from self._take("record.id", "NULL::BIGINT", conversation, "wire")
        yield from self._take("conversation_id", "turn_index", turn, "wire_turns")

    def rest(self) -> Iterator[Violation]:
        """Give the violations of what has not been checked yet."""
        for fields in list(self._taken):
            yield from self._checked(fields)

    def _take(
        self, conversation_id: str, turn_index: str, fields: tuple[Field, ...], rows: str
    ) -> Iterator[Violation]:
        values = self._connection.execute(
            f"SELECT {conversation_id} AS _conversation_id, {turn_index} AS _turn_index, "
            f"{wire_list(fields, 'record')} FROM {rows}"
        ).to_arrow_table()
        taken = self._taken.setdefault(fields, [])
        taken.append(values)
        if sum(map(len, taken)) >= _ENOUGH_ROWS or sum(one.nbytes for one in taken) >= _ENOUGH_BYTES:
            yield from self._checked(fields)

    def _checked(self, fields: tuple[Field, ...]) -> list[Violation]:
        from polyai_assets.contract.models import check  # pandera: imported while the first page is awaited

        return check(fields, pa.concat_tables(self._taken.pop(fields)), self._guarantees)


def _not_settled_by_reading(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Choose the fields with a guarantee that the strict reading does not give.

    It takes any text for a time, and any number.
    """
    return tuple(one for one in fields if one.kind is Kind.TIMESTAMP or one.minimum is not None)
