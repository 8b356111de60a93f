"""Staging a partition: its raw records, checked and typed, in local files beside the warehouse.

The records come in batches, so that memory does not grow with the day. Each batch is fitted to the tables, its wire
values are checked against the guarantees, and its facts are counted for the profile of the day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.api.moments import read_moment
from polyai_assets.api.record import read_record
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.facts import DayFacts
from polyai_assets.contract.fit import Fitted, fit
from polyai_assets.contract.guarantees import GUARANTEES, RULE_UNIQUE
from polyai_assets.contract.profile import Past
from polyai_assets.contract.tables import (
    CONVERSATION_CHANGES,
    CONVERSATIONS,
    DAY_PROFILES,
    MASKED_VALUES,
    METRICS,
    SCHEMA_DRIFT,
    TURNS,
    VANISHED_CONVERSATIONS,
)
from polyai_assets.contract.violation import Quarantined, Violation, shorten
from polyai_assets.warehouse.batches import pieces, split, values_of
from polyai_assets.warehouse.faults import DayFaults
from polyai_assets.warehouse.figures import FigureTally
from polyai_assets.warehouse.held import compare_with
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.memory import heaviest_record, too_heavy
from polyai_assets.warehouse.staged_rows import StagedRows, row_schema
from polyai_assets.warehouse.wire_values import WireValues

STAGED_IDS = "staged_ids"
"""The temporary table of the ids of the partition's conversations."""

_KEPT_OF_TOO_HEAVY = 100_000
"""Bytes of a record in quarantine that the machine cannot take apart; the raw store has all of it."""


class Staging:
    """The staged tables of one partition, in files in `folder`, and what is found wrong with its records.

    The tables lack the columns of the partition, which are the same for all rows. `most` is how many bytes of memory
    there are at most; a record that takes more goes into quarantine.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, load: Load, most: int, folder: Path) -> None:
        self._connection = connection
        self._most = most
        self._load = load
        self._contract = load.contract
        self._guarantees = GUARANTEES[load.api_version]
        self.tables = {
            table.name: StagedRows(folder, table, load.masking)
            for table in self._contract.tables
            if table.name != SCHEMA_DRIFT.name
        }
        self._faults = DayFaults(self.tables, load.masking)
        self._wire_values = WireValues(self._guarantees)
        self._facts = DayFacts(self._contract)
        self._figures = FigureTally()

    @property
    def heaviest(self) -> int:
        """The most bytes that 2,048 rows of a table have."""
        return max(rows.heaviest for rows in self.tables.values())

    def add(self, records: pa.RecordBatch) -> None:
        """Check and type a batch of raw records.

        `records` has the columns `payload` (binary: a record as the API sent it), `started_at` (timestamp; null where
        the record has none that can be read), `conversation_id` and `vanished_at` (timestamp; null while the API
        returns the record). A vanished record is kept aside.
        """
        records = _with_starts(records)
        records, vanished = split(records, records["vanished_at"].is_valid())
        self._set_aside(vanished)
        other_day = pc.not_equal(records["started_at"].cast(pa.date32()), self._load.date)
        records, strayed = split(records, other_day.fill_null(False))
        self._refuse(strayed)
        heavy = pc.greater(pc.binary_length(records["payload"]), heaviest_record(self._most))
        records, refused = split(records, heavy)
        self._refuse_too_heavy(refused)
        for start, stop in pieces(records["payload"]):
            self._add(records.slice(start, stop - start))

    def add_changes(self, changes: Iterable[Mapping[str, object]]) -> None:
        """Stage what changed in the partition's conversations, a mapping from column to value each."""
        names = [field.name for field in CONVERSATION_CHANGES.row_fields]
        self.tables[CONVERSATION_CHANGES.name].add_values(
            [tuple(change[name] for name in names) for change in changes]
        )

    def finish(self) -> Staged:
        """End the files, count the rows of every table, and sum up what was found wrong."""
        self._faults.add_violations(self._wire_values.rest())
        self.tables[CONVERSATIONS.name].close()
        self._faults.add_violations(self._repeated())
        self.tables[DAY_PROFILES.name].add_values(
            [(*fact, found.count, found.total) for fact, found in self._facts.facts()]
        )
        if self._load.masking:
            self.tables[MASKED_VALUES.name].add_values(self._load.masking.counted())
        for rows in self.tables.values():
            rows.close()
        staged = Staged()
        staged.rows = {name: rows.count for name, rows in self.tables.items()}
        self._faults.sum_up(staged, self._connection)
        staged.drift += self._load.found_before
        staged.met = list(staged.drift)
        violations = staged.rows["contract_violations"]
        counted = self._facts
        staged.figures = self._figures.figures(
            counted.conversations, violations, counted.by_hour, counted.most_metrics
        )
        return staged

    def compare(self, staged: Staged, past: Past) -> None:
        """Add to what was met in the records what shows beside the days before."""
        staged.drift = compare_with(self._load, staged, dict(self._facts.facts()), past)
        staged.rows[SCHEMA_DRIFT.name] = len(staged.drift)
        if staged.figures is not None:
            staged.figures = replace(staged.figures, before=past.daily)

    def _repeated(self) -> list[Violation]:
        """Find the ids that several conversations have."""
        ids = self.tables[CONVERSATIONS.name].read("conversation_id")
        self._connection.register("ids", ids)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {STAGED_IDS} AS FROM ids")
        self._connection.unregister("ids")
        repeated = self._connection.execute(
            f"SELECT conversation_id FROM {STAGED_IDS} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
        )
        return [
            Violation(conversation_id, None, "id", RULE_UNIQUE, shorten(conversation_id))
            for (conversation_id,) in repeated.fetchall()
        ]

    def _set_aside(self, vanished: pa.RecordBatch) -> None:
        """Stage records that the API no longer returns."""
        for name, at, payload in values_of(vanished, "conversation_id", "vanished_at", "payload"):
            text = payload.decode("utf-8", errors="backslashreplace")
            self.tables[VANISHED_CONVERSATIONS.name].add_values([(name or "", at, text)])

    def _refuse(self, strayed: pa.RecordBatch) -> None:
        """Put records into quarantine that came with this day and began on one that was not asked for."""
        self._faults.add_quarantined(
            Quarantined(name or "", [f"it began on {start:%Y-%m-%d}, which was not asked for"], payload)
            for name, start, payload in values_of(strayed, "conversation_id", "started_at", "payload")
        )

    def _refuse_too_heavy(self, records: pa.RecordBatch) -> None:
        """Put records into quarantine that this machine cannot take apart."""
        self._faults.add_quarantined(
            Quarantined(name or "", [too_heavy(len(payload), self._most)], payload[:_KEPT_OF_TOO_HEAVY])
            for name, payload in values_of(records, "conversation_id", "payload")
        )

    def _add(self, records: pa.RecordBatch) -> None:
        payloads = records["payload"].to_pylist()
        if self._load.masking:
            self._load.masking.learn(payloads)
        fitted = fit(payloads, self._guarantees, self._contract)
        names = records["conversation_id"]
        self._faults.add_quarantined(
            replace(lost, conversation_id=lost.conversation_id or names[place].as_py() or "")
            for place, lost in fitted.quarantined
        )
        self._faults.add_violations([*fitted.violations, *self._wire_values.take(fitted.to_check)])
        for drift in fitted.drift:
            self._faults.add_drift(drift)
        self._stage(fitted, records)

    def _stage(self, fitted: Fitted, records: pa.RecordBatch) -> None:
        for rows in fitted.rows:
            rows.conversations["started_at"] = records["started_at"].take(pa.array(rows.places))
            self._facts.add(rows.conversations, rows.turns, rows.metrics)
            self._figures.add(rows.conversations, rows.turns)
            region = pa.repeat(self._load.region, len(rows.conversations["conversation_id"]))
            self.tables[CONVERSATIONS.name].add(pa.table(rows.conversations | {"region": region}))
            self.tables[TURNS.name].add(pa.table(rows.turns))
            self.tables[METRICS.name].add(pa.table(rows.metrics))


def drift_rows(drift: Sequence[Drift]) -> pa.Table:
    """Give the rows of a table of drift."""
    schema = row_schema(SCHEMA_DRIFT)
    return pa.Table.from_pylist([drifted.row for drifted in drift], schema)


def _with_starts(records: pa.RecordBatch) -> pa.RecordBatch:
    """Read the starts that the raw store lacks: it may have been written when fewer forms of a time were read."""
    starts = records["started_at"]
    if not starts.null_count:
        return records
    read = pa.array(
        [
            start or read_moment(read_record(payload).started_at)
            for start, payload in values_of(records, "started_at", "payload")
        ],
        starts.type,
    )
    return records.set_column(records.schema.get_field_index("started_at"), "started_at", read)
