"""Staging a partition: its raw records, checked and typed, on their way to the files of staged rows.

The records come in batches, so that memory does not grow with the day. Each batch is fitted to the tables, its wire
values are checked against the guarantees, and its facts are counted for the profile of the day.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.api.moments import read_moment
from polyai_assets.api.record import read_record
from polyai_assets.contract.columns import Columns
from polyai_assets.contract.facts import DayFacts
from polyai_assets.contract.fit import Fitted, fit
from polyai_assets.contract.guarantees import GUARANTEES
from polyai_assets.contract.profile import Past
from polyai_assets.contract.tables import (
    CONTRACT_VIOLATIONS,
    CONVERSATION_CHANGES,
    CONVERSATIONS,
    DAY_PROFILES,
    MASKED_VALUES,
    METRICS,
    SCHEMA_DRIFT,
    TURNS,
    VANISHED_CONVERSATIONS,
    Table,
)
from polyai_assets.contract.violation import Quarantined
from polyai_assets.warehouse.batches import pieces, split, values_of
from polyai_assets.warehouse.faults import DayFaults
from polyai_assets.warehouse.figures import FigureTally
from polyai_assets.warehouse.held import compare_with
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.memory import heaviest_record, too_heavy
from polyai_assets.warehouse.staged_rows import DayRows, StagedRows
from polyai_assets.warehouse.wire_values import Found, WireValues

_KEPT_OF_TOO_HEAVY = 100_000
"""Bytes of a record in quarantine that the machine cannot take apart; the raw store has all of it."""


class DayStaging:
    """The records of one partition, and what is found wrong with them; their rows are added to `staged`.

    `wire_values` are those that have a guarantee, of all days that are staged together. `most` is how many bytes of
    memory there are at most; a record that takes more goes into quarantine.
    """

    def __init__(
        self, load: Load, staged: Mapping[str, StagedRows], wire_values: WireValues, most: int
    ) -> None:
        self._most = most
        self._load = load
        self._guarantees = GUARANTEES[load.api_version]
        self._tables = {name: DayRows(rows, load.date, load.masking) for name, rows in staged.items()}
        self._wire_values = wire_values
        self._facts = DayFacts(load.contract)
        self._figures = FigureTally()
        self.faults = DayFaults(self._tables, load.masking)

    def add(self, records: pa.RecordBatch) -> Iterator[Found]:
        """Check and type a batch of raw records; gives violations, which may be of other days.

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
            yield from self._add(records.slice(start, stop - start))

    def add_changes(self, changes: Iterable[Mapping[str, object]]) -> None:
        """Stage what changed in the partition's conversations, a mapping from column to value each."""
        names = [field.name for field in CONVERSATION_CHANGES.row_fields]
        self._tables[CONVERSATION_CHANGES.name].add_values(
            [tuple(change[name] for name in names) for change in changes]
        )

    def add_profile(self) -> None:
        """Stage the profile of the day, and what was masked in it, when its records are staged."""
        self._tables[DAY_PROFILES.name].add_values(
            [(*fact, found.count, found.total) for fact, found in self._facts.facts()]
        )
        if self._load.masking:
            self._tables[MASKED_VALUES.name].add_values(self._load.masking.counted())

    def sum_up(self, in_breach: int) -> Staged:
        """Say what the day turned out to hold, when the files are ended; `in_breach` conversations break rules."""
        staged = Staged()
        staged.rows = {name: rows.count for name, rows in self._tables.items()}
        self.faults.sum_up(staged, in_breach)
        staged.drift += self._load.found_before
        staged.met = list(staged.drift)
        violations = staged.rows[CONTRACT_VIOLATIONS.name]
        counted = self._facts
        if self._load.masking:
            staged.sampled_texts, staged.leaks = self._load.masking.sampled
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

    def _set_aside(self, vanished: pa.RecordBatch) -> None:
        """Stage records that the API no longer returns."""
        for name, at, payload in values_of(vanished, "conversation_id", "vanished_at", "payload"):
            text = payload.decode("utf-8", errors="backslashreplace")
            self._tables[VANISHED_CONVERSATIONS.name].add_values([(name or "", at, text)])

    def _refuse(self, strayed: pa.RecordBatch) -> None:
        """Put records into quarantine that came with this day and began on one that was not asked for."""
        self.faults.add_quarantined(
            Quarantined(name or "", [f"it began on {start:%Y-%m-%d}, which was not asked for"], payload)
            for name, start, payload in values_of(strayed, "conversation_id", "started_at", "payload")
        )

    def _refuse_too_heavy(self, records: pa.RecordBatch) -> None:
        """Put records into quarantine that this machine cannot take apart."""
        self.faults.add_quarantined(
            Quarantined(name or "", [too_heavy(len(payload), self._most)], payload[:_KEPT_OF_TOO_HEAVY])
            for name, payload in values_of(records, "conversation_id", "payload")
        )

    def _add(self, records: pa.RecordBatch) -> Iterator[Found]:
        payloads = records["payload"].to_pylist()
        if self._load.masking:
            self._load.masking.learn(payloads)
        fitted = fit(payloads, self._guarantees, self._load.contract)
        names = records["conversation_id"]
        self.faults.add_quarantined(
            replace(lost, conversation_id=lost.conversation_id or names[place].as_py() or "")
            for place, lost in fitted.quarantined
        )
        self.faults.add_violations(fitted.violations)
        yield from self._wire_values.take(self._load.date, self._guarantees, fitted.to_check)
        for drift in fitted.drift:
            self.faults.add_drift(drift)
        self._stage(fitted, records)

    def _stage(self, fitted: Fitted, records: pa.RecordBatch) -> None:
        for rows in fitted.rows:
            rows.conversations["started_at"] = records["started_at"].take(pa.array(rows.places))
            self._facts.add(rows.conversations, rows.turns, rows.metrics)
            self._figures.add(rows.conversations, rows.turns)
            region = pa.repeat(self._load.region, len(rows.conversations["conversation_id"]))
            self._store(CONVERSATIONS, rows.conversations | {"region": region})
            self._store(TURNS, rows.turns)
            self._store(METRICS, rows.metrics)

    def _store(self, table: Table, columns: Columns) -> None:
        self._tables[table.name].add(pa.table(columns))


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
