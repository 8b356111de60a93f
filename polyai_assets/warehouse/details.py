"""Loading details: a partition of the tables of details and of their drift, replaced together.

The rows go through local files: a day of details is more than memory should hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from polyai_assets.contract.detail import UNREADABLE
from polyai_assets.contract.detail_rows import Detail, DetailTally, rows_of
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.rows import Row
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    DETAIL_DRIFT,
    DETAIL_MASKED_VALUES,
    FUNCTION_EVENTS,
    METRIC_EVENTS,
    Table,
)
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.facts.renew import stored_facts
from polyai_assets.warehouse.load import FactFigures, Load
from polyai_assets.warehouse.loads import DETAILS, NOT_HELD, LoadKey, LoadNote, hash_of, stored_rows
from polyai_assets.warehouse.memory import heaviest_record, most_memory, too_heavy
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets.warehouse.staged_rows import DayRows, StagedRows, row_schema

_GROUP_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class LoadedDetails:
    """What a partition of details turned out to hold: rows by table, and how they differ from the declared shape.

    `facts` are shown of the facts of the partition, which were made anew; None in what is noted of a load. `leaks` are
    what was found by kind in `sampled_texts` redacted texts.
    """

    rows: dict[str, int]
    facts: FactFigures | None
    drift: list[Drift]
    sampled_texts: int
    leaks: dict[str, int]


def details_key(load: Load, records: str, *learnt_from: str) -> LoadKey:
    """Give what decides which rows the details of a partition have.

    `records` identifies them; `learnt_from` identifies the conversations in which the masking finds what to look for in
    texts, where it does.
    """
    tables = load.contract.detail_tables
    return LoadKey(DETAILS, records, tables, hash_of(tables, load.policy, *learnt_from), load.policy)


def held_details(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load, key: LoadKey
) -> LoadedDetails | None:
    """Give what the warehouse holds of details where that is what would be loaded, and the facts are current, too.

    None where it has to be. Raises WarehouseBusy.
    """
    try:
        with warehouse.attached(connection, read_only=True):
            held = stored_rows(connection, warehouse, load, key, LoadedDetails)
            facts = None if held is None else stored_facts(connection, load)
    except NOT_HELD:
        return None
    return None if held is None or facts is None else replace(held, facts=facts)


def replace_details(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    details: Iterable[Detail],
    key: LoadKey | None = None,
) -> LoadedDetails:
    """Replace a partition of the tables by what details hold, and make its facts anew; note the load under its `key`.

    Whatever happens before the commit leaves the partition as it was. Raises WarehouseBusy and WarehouseUnreachable.
    """
    with temporary_folder() as folder:
        contract = load.contract
        masking = load.masking
        written = {table: _Rows(folder, table, load) for table in contract.detail_tables}
        by_name = {table.name: rows for table, rows in written.items()}
        tally, size = DetailTally(), 0
        most = most_memory(connection, warehouse.memory)
        for detail in details:
            read = rows_of(_bearable(detail, most), load.date, contract)
            if masking and detail.payload:
                masking.learn([detail.payload])
            by_name[CONVERSATION_DETAILS.name].add([read.row | {"policy": load.policy}])
            by_name[FUNCTION_EVENTS.name].add(read.events)
            by_name[METRIC_EVENTS.name].add(read.metrics)
            for name, rows in read.recorded.items():
                by_name[name].add(rows)
            tally.add(read)
            size += len(detail.payload or b"")
            if size >= _GROUP_BYTES:
                for waiting in written.values():
                    waiting.flush()
                size = 0
        drift = tally.findings()
        by_name[DETAIL_DRIFT.name].add([drifted.row for drifted in drift])
        if masking:
            for waiting in written.values():
                waiting.flush()
            by_name[DETAIL_MASKED_VALUES.name].add(masking.counted_rows())
        staged = {table: rows.close() for table, rows in written.items()}
        counts = {table.name: rows.count for table, rows in staged.items()}
        sampled_texts, leaks = masking.sampled if masking else (0, {})
        loaded = LoadedDetails(counts, None, drift, sampled_texts, leaks)
        note = LoadNote(key, loaded) if key else None
        facts = replace_tables(connection, warehouse, load, staged, with_facts=True, note=note)
        return replace(loaded, facts=facts)


def _bearable(detail: Detail, most: int) -> Detail:
    """Leave out what this machine cannot take apart in so much memory."""
    size = len(detail.payload or b"")
    if size <= heaviest_record(most):
        return detail
    return replace(detail, status=UNREADABLE, reason=too_heavy(size, most), payload=None)


class _Rows:
    """The rows of a table on their way, by column, in memory until the next flush."""

    def __init__(self, folder: Path, table: Table, load: Load) -> None:
        self._staged = StagedRows(folder, table)
        self._of_day = DayRows(self._staged, load.date, load.masking)
        self._schema = row_schema(table)
        self._rows: list[Row] = []

    def add(self, rows: list[Row]) -> None:
        """Add rows."""
        self._rows += rows

    def flush(self) -> None:
        """Stage what was added."""
        self._of_day.add(pa.Table.from_pylist(self._rows, self._schema))
        self._rows = []

    def close(self) -> StagedRows:
        """Stage what was added, and end the file."""
        self.flush()
        self._staged.close()
        return self._staged
