"""Staging partitions of a project together: their rows in local files beside the warehouse, one for each table.

The records of each come in batches, so that memory does not grow with a day. What costs the same for few rows as for
many is done once for all days: guarantees, and what is asked of the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from polyai_assets.contract.drift import Drift
from polyai_assets.contract.guarantees import RULE_UNIQUE
from polyai_assets.contract.profile import Past
from polyai_assets.contract.tables import CONTRACT_VIOLATIONS, CONVERSATIONS, SCHEMA_DRIFT
from polyai_assets.contract.violation import DRIFT_RULES, Violation, shorten
from polyai_assets.warehouse.batches import read_ahead
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.stage_day import DayStaging
from polyai_assets.warehouse.staged_rows import StagedRows, row_schema
from polyai_assets.warehouse.wire_values import Found, WireValues

STAGED_IDS = "staged_ids"
"""The temporary table of the ids of the conversations, and of their days."""


class Staging:
    """The staged tables of partitions of a project, in files in `folder`.

    The tables lack the column of the project, which is the same for all rows. `most` is how many bytes of memory there
    are at most.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], most: int, folder: Path
    ) -> None:
        self._connection = connection
        self.tables = {
            table.name: StagedRows(folder, table)
            for table in loads[0].contract.tables
            if table.name != SCHEMA_DRIFT.name
        }
        self._wire_values = WireValues()
        self._days = {load.date: DayStaging(load, self.tables, self._wire_values, most) for load in loads}

    @property
    def heaviest(self) -> int:
        """The most bytes that 2,048 rows of a table have."""
        return max(rows.heaviest for rows in self.tables.values())

    def add(
        self, day: date, records: Iterable[pa.RecordBatch], changes: Iterable[Mapping[str, object]] = ()
    ) -> None:
        """Stage the records of a day (`DayStaging.add`), and what changed in them: from column to value each."""
        staging = self._days[day]
        with read_ahead(records) as batches:
            for batch in batches:
                self._note(staging.add(batch))
        staging.add_changes(changes)

    def finish(self) -> dict[date, Staged]:
        """End the files, count the rows of every table, and sum up what was found wrong, by day."""
        self._note(self._wire_values.rest())
        self.tables[CONVERSATIONS.name].close()
        self._note(self._repeated())
        for staging in self._days.values():
            staging.add_profile()
        for rows in self.tables.values():
            rows.close()
        in_breach = self._conversations_in_breach()
        return {day: staging.sum_up(in_breach.get(day, 0)) for day, staging in self._days.items()}

    def compare(self, day: date, staged: Staged, past: Past) -> None:
        """Add to what was met in the records of a day what shows beside the days before."""
        self._days[day].compare(staged, past)

    def _note(self, found: Iterable[Found]) -> None:
        for day, violations in found:
            self._days[day].faults.add_violations(violations)

    def _repeated(self) -> Iterable[Found]:
        """Find the ids that several conversations of a day have."""
        ids = self.tables[CONVERSATIONS.name].read("date", "conversation_id")
        self._connection.register("ids", ids)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGED_IDS} AS FROM ids")
        self._connection.unregister("ids")
        repeated = self._connection.execute(
            f"SELECT date, conversation_id FROM {STAGED_IDS} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
        )
        for day, conversation_id in repeated.fetchall():
            yield day, [Violation(conversation_id, None, "id", RULE_UNIQUE, shorten(conversation_id))]

    def _conversations_in_breach(self) -> dict[date, int]:
        """Count the conversations that break more than their shape, by day."""
        violations = self.tables[CONTRACT_VIOLATIONS.name]
        if not violations.count:
            return {}
        self._connection.register("violations", violations.read("date", "conversation_id", "rule"))
        found = self._connection.execute(
            "SELECT date, count(DISTINCT conversation_id) FROM violations "
            "WHERE NOT list_contains($rules, rule) GROUP BY date",
            {"rules": sorted(DRIFT_RULES)},
        ).fetchall()
        self._connection.unregister("violations")
        return dict(found)


def drift_rows(drift: Sequence[Drift]) -> pa.Table:
    """Give the rows of a table of drift."""
    return pa.Table.from_pylist([drifted.row for drifted in drift], row_schema(SCHEMA_DRIFT))
