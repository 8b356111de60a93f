"""What was found wrong with the records of a partition, staged as it is found.

A day of broken records has more findings than memory should hold: rows go into the temporary tables piece by
piece, and only counts and a few examples stay.
"""

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from polyai_assets.contract.drift import DriftKind, DriftTally
from polyai_assets.contract.tables import CONTRACT_VIOLATIONS, QUARANTINED, SCHEMA_DRIFT, Table
from polyai_assets.contract.violation import DRIFT_RULES, Quarantined, Tally, Violation
from polyai_assets.warehouse.load import Lost, Staged
from polyai_assets.warehouse.memory import Heaviest, room_to_store


class Found:
    """Findings of one partition on their way into its staged tables."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._tally = Tally()
        self._drift = DriftTally()
        self._lost: list[Lost] = []
        self._violations: list[Violation] = []
        self._quarantined: list[Quarantined] = []
        self._heaviest: dict[Table, Heaviest] = {}

    @property
    def heaviest(self) -> int:
        """The most bytes that 2,048 rows of a table have."""
        return max((one.bytes for one in self._heaviest.values()), default=0)

    def violations(self, found: Iterable[Violation]) -> None:
        """Note breaches of records that are loaded."""
        self._violations += found

    def drift(self, found: Iterable[tuple[str, DriftKind, str]]) -> None:
        """Note in what a record differs from the declared shape: path, kind and the form of the value."""
        self._drift.add(found)

    def quarantined(self, record: Quarantined) -> None:
        """Note a record that cannot be loaded."""
        self._quarantined.append(record)

    def flush(self) -> None:
        """Stage what was noted since the last time."""
        self._tally.add(self._violations)
        self.insert(
            CONTRACT_VIOLATIONS,
            [
                (one.conversation_id, one.turn_index, one.field, one.rule, one.value)
                for one in self._violations
            ],
        )
        self._lost += [Lost(one.conversation_id, one.reasons) for one in self._quarantined]
        self.insert(
            QUARANTINED,
            [
                (one.conversation_id, one.reasons, one.payload.decode("utf-8", errors="backslashreplace"))
                for one in self._quarantined
            ],
        )
        self._violations, self._quarantined = [], []

    def summed_up(self, staged: Staged) -> None:
        """Write what was found into `staged`, whose rows are counted."""
        staged.breaches = self._tally.breaches
        staged.quarantined = self._lost
        staged.drift = self._drift.findings(staged.rows["conversations"], staged.rows["turns"])
        rules = ", ".join(f"'{rule}'" for rule in sorted(DRIFT_RULES))
        in_breach = self._connection.execute(
            f"SELECT count(DISTINCT conversation_id) FROM staged_{CONTRACT_VIOLATIONS.name} "
            f"WHERE rule NOT IN ({rules})"
        ).fetchone()
        staged.records = staged.rows["conversations"] + len(self._lost)
        staged.records_in_breach = (in_breach[0] if in_breach else 0) + len(self._lost)

    def insert(self, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        """Stage rows of a table: the values of all its columns but those of the partition."""
        if not rows:
            return
        columns = [pa.array(column) for column in zip(*rows, strict=True)]
        found = pa.table(columns, [one.name for one in table.row_fields])
        heaviest = self._heaviest.setdefault(table, Heaviest())
        heaviest.add_table(found)
        self._connection.register("found", found)
        with room_to_store(self._connection, heaviest.bytes):
            self._connection.execute(f"INSERT INTO staged_{table.name} BY NAME FROM found")
        self._connection.unregister("found")

    def stage_drift(self, staged: Staged) -> None:
        """Replace the staged drift by that of `staged`."""
        self._connection.execute(f"DELETE FROM staged_{SCHEMA_DRIFT.name}")
        self.insert(SCHEMA_DRIFT, [tuple(one.row.values()) for one in staged.drift])
