"""Staging a partition: its raw records, checked and typed, in temporary tables beside the warehouse.

The records come in batches, so that memory does not grow with the day. Of each batch, records that read
exactly as declared go through as they are; the others are normalised first or put into quarantine. Then the
wire values are checked against the guarantees, and cast.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.api.moments import read_moment
from polyai_assets.api.record import read_record
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.guarantees import GUARANTEES, RULE_UNIQUE
from polyai_assets.contract.normalise import normalise
from polyai_assets.contract.projection import needs_another_look, select_list, wire_shape
from polyai_assets.contract.tables import (
    CONVERSATION_CHANGES,
    CONVERSATIONS,
    SCHEMA_DRIFT,
    TURNS,
    VANISHED_CONVERSATIONS,
    quote,
)
from polyai_assets.contract.violation import Quarantined, Violation, shorten
from polyai_assets.warehouse.figures import read_figures
from polyai_assets.warehouse.found import Found
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.memory import Heaviest, heaviest_record, room_to_read, room_to_store, too_heavy
from polyai_assets.warehouse.pieces import pieces, split, values_of
from polyai_assets.warehouse.profile import find_drift, read_past, stage_profile
from polyai_assets.warehouse.wire_values import WireValues

_ROWS_PER_TASK = 1024
"""DuckDB reads the record batches of an Arrow table in parallel; a single batch keeps one core busy."""

_BYTES_PER_TASK = 1_000_000
"""DuckDB needs more than ten times as much memory for the JSON that it reads at once."""

_KEPT_OF_TOO_HEAVY = 100_000
"""Bytes of a record in quarantine that the machine cannot take apart; the raw store has all of it."""


class Staging:
    """The temporary tables of one partition, named `staged_<table>`, on one connection.

    They lack the columns of the partition, which are the same for all rows. `most` is how many bytes of memory there
    are at most; a record that takes more goes into quarantine.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, load: Load, most: int) -> None:
        self._connection = connection
        self._most = most
        self._records = Heaviest()
        self._date = load.date
        self._load = load
        self._contract = load.contract
        self._guarantees = GUARANTEES[load.api_version]
        self._found = Found(connection)
        self._wire_values = WireValues(connection, self._guarantees, self._contract)
        self._drift: list[Drift] = []
        # DuckDB reads a time without a zone in that of the session; ours is always UTC.
        connection.execute("SET TimeZone = 'UTC'")
        for table in self._contract.tables:
            columns = ", ".join(f"{quote(one.name)} {one.kind.sql_type}" for one in table.row_fields)
            connection.execute(f"CREATE OR REPLACE TEMP TABLE staged_{table.name} ({columns})")

    @property
    def heaviest(self) -> int:
        """The most bytes that 2,048 rows of a table have."""
        return max(self._records.bytes, self._found.heaviest)

    def add(self, records: pa.RecordBatch) -> None:
        """Check and type a batch of raw records.

        `records` has the columns `payload` (binary: a record as the API sent it), `strict` (boolean: whether it reads
        exactly as declared), `started_at` (timestamp; null where the record has none that can be read),
        `conversation_id` and `vanished_at` (timestamp; null while the API returns the record). A vanished record is
        kept aside.
        """
        records = _with_starts(records)
        records, vanished = split(records, records["vanished_at"].is_valid())
        self._set_aside(vanished)
        other_day = pc.not_equal(records["started_at"].cast(pa.date32()), self._date)
        records, strayed = split(records, other_day.fill_null(False))
        self._refuse(strayed)
        too_heavy = pc.greater(pc.binary_length(records["payload"]), heaviest_record(self._most))
        records, refused = split(records, too_heavy)
        self._refuse_too_heavy(refused)
        for start, stop in pieces(records["payload"]):
            piece = records.slice(start, stop - start)
            sizes = pc.binary_length(piece["payload"]).to_pylist()
            self._records.add(len(sizes), sum(sizes))
            with room_to_read(self._connection, sizes):
                self._add(piece)

    def add_changes(self, changes: Iterable[Mapping[str, object]]) -> None:
        """Stage what changed in the partition's conversations, a mapping from column to value each."""
        names = [one.name for one in CONVERSATION_CHANGES.row_fields]
        self._found.insert(
            CONVERSATION_CHANGES, [tuple(change[name] for name in names) for change in changes]
        )

    def finish(self) -> Staged:
        """Count the rows of every table, profile the day, and sum up what was found wrong."""
        with room_to_store(self._connection, self.heaviest):
            return self._finish()

    def _finish(self) -> Staged:
        self._found.violations(self._wire_values.rest())
        repeated = self._connection.execute(
            "SELECT conversation_id FROM staged_conversations GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
        )
        self._found.violations(
            Violation(conversation_id, None, "id", RULE_UNIQUE, shorten(conversation_id))
            for (conversation_id,) in repeated.fetchall()
        )
        self._found.flush()
        stage_profile(self._connection, self._contract)
        staged = Staged()
        for table in self._contract.tables:
            count = self._connection.execute(f"SELECT count(*) FROM staged_{table.name}").fetchone()
            staged.rows[table.name] = count[0] if count else 0
        self._found.summed_up(staged)
        staged.drift += self._load.found_before
        staged.figures = read_figures(self._connection)
        self._drift = list(staged.drift)
        return staged

    def find_drift(self, staged: Staged) -> None:
        """Add to what was met in the records what shows beside the days before, in the attached warehouse."""
        staged.drift = list(self._drift)
        past = read_past(self._connection, self._load)
        staged.drift += find_drift(self._connection, self._load, staged, past)
        if staged.figures is not None:
            staged.figures = replace(staged.figures, before=past.daily)
        self._found.stage_drift(staged)
        staged.rows[SCHEMA_DRIFT.name] = len(staged.drift)

    def _set_aside(self, vanished: pa.RecordBatch) -> None:
        """Stage records that the API no longer returns."""
        self._found.insert(
            VANISHED_CONVERSATIONS,
            [
                (name or "", at, payload.decode("utf-8", errors="backslashreplace"))
                for name, at, payload in values_of(vanished, "conversation_id", "vanished_at", "payload")
            ],
        )

    def _refuse(self, strayed: pa.RecordBatch) -> None:
        """Put records into quarantine that came with this day and began on one that was not asked for."""
        for name, start, payload in values_of(strayed, "conversation_id", "started_at", "payload"):
            reason = f"it began on {start:%Y-%m-%d}, which was not asked for"
            self._found.quarantined(Quarantined(name or "", [reason], payload))

    def _refuse_too_heavy(self, records: pa.RecordBatch) -> None:
        """Put records into quarantine that this machine cannot take apart."""
        for name, payload in values_of(records, "conversation_id", "payload"):
            reason = too_heavy(len(payload), self._most)
            beginning = payload[:_KEPT_OF_TOO_HEAVY]
            self._found.quarantined(Quarantined(name or "", [reason], beginning))
        self._found.flush()

    def _add(self, records: pa.RecordBatch) -> None:
        strict = pc.and_(records["strict"], records["started_at"].is_valid())
        refused = self._insert(self._fitted(records, strict), strict)
        again, lost = split(records.take(refused), pc.invert(strict.take(refused)))
        if len(again):
            doubtful = pa.repeat(False, len(again))
            refused = self._insert(self._fitted(again, doubtful), doubtful)
            lost = pa.concat_batches([lost, again.take(refused)])
        for name, payload in values_of(lost, "conversation_id", "payload"):
            reasons = ["DuckDB cannot read it as JSON"]
            self._found.quarantined(Quarantined(name or "", reasons, payload))
        self._found.flush()

    def _fitted(self, records: pa.RecordBatch, strict: pa.BooleanArray) -> pa.RecordBatch:
        """Make those records fit that are not strict; their payload is null where they went into quarantine."""
        doubtful = pc.invert(strict)
        if not doubtful.true_count:
            return records
        fitted = [
            self._normalised(payload, name)
            for payload, name in values_of(records.filter(doubtful), "payload", "conversation_id")
        ]
        payloads = pc.replace_with_mask(records["payload"], doubtful, pa.array(fitted, pa.binary()))
        return records.set_column(records.schema.get_field_index("payload"), "payload", payloads)

    def _normalised(self, payload: bytes, name: str | None) -> bytes | None:
        """Make a record fit; None when it was put into quarantine, under its id as far as it has one."""
        result = normalise(payload, self._guarantees, self._contract)
        if isinstance(result, Quarantined):
            self._found.quarantined(replace(result, conversation_id=result.conversation_id or name or ""))
            return None
        self._found.violations(result.violations)
        self._found.drift(result.drift)
        return result.payload.encode()

    def _insert(self, records: pa.RecordBatch, strict: pa.BooleanArray) -> pa.Array:
        """Stage the rows of records; returns the positions of those that need another look.

        These are strict records in which a key comes twice or a time has an odd form, and records that DuckDB cannot
        read.
        """
        batch = pa.table(
            {
                "position": pa.array(range(len(records)), pa.int64()),
                "payload": records["payload"].cast(pa.string()),
                "strict": strict,
                "started_at": records["started_at"],
            }
        ).filter(pc.field("payload").is_valid())
        run = self._connection.execute
        rows = max(1, min(_ROWS_PER_TASK, _BYTES_PER_TASK * len(batch) // max(1, batch.nbytes)))
        self._connection.register("batch", pa.Table.from_batches(batch.to_batches(rows), batch.schema))
        wire = _statement("wire").format(needs_another_look=needs_another_look(self._contract))
        run(wire, {"shape": wire_shape(self._contract)})
        self._connection.unregister("batch")
        refused = run("DELETE FROM wire WHERE record IS NULL OR odd RETURNING position").to_arrow_table()
        run(_statement("wire_turns"))
        self._found.violations(self._wire_values.take(read_strictly=not strict.false_count))
        self._type()
        return refused["position"].combine_chunks()

    def _type(self) -> None:
        run = self._connection.execute
        given = {"region": "$region", "started_at": "started_at"}
        columns = select_list(self._contract.table(CONVERSATIONS).row_fields, "record", given)
        run(f"INSERT INTO staged_conversations SELECT {columns} FROM wire", {"region": self._load.region})
        given = {"conversation_id": "conversation_id", "turn_index": "turn_index"}
        columns = select_list(self._contract.table(TURNS).row_fields, "record", given)
        run(f"INSERT INTO staged_turns SELECT {columns} FROM wire_turns")
        run(_statement("wire_metrics"))


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


@cache
def _statement(name: str) -> str:
    return resources.files("polyai_assets.warehouse").joinpath("sql", f"{name}.sql").read_text()
