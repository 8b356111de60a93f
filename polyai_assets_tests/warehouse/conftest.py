"""A DuckDB connection, a warehouse in `tmp_path`, and records on their way into it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from datetime import date as Day  # noqa: N812
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.api.project import Project
from polyai_assets.api.record import read_record
from polyai_assets.contract.tables import DAY_PROFILES, SCHEMA_DRIFT, TABLES
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse import replace as replace_module
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.facts.renew import stored_facts
from polyai_assets.warehouse.load import FactFigures, Load, Staged
from polyai_assets.warehouse.memory import most_memory
from polyai_assets.warehouse.stage import Staging, drift_rows
from polyai_assets.warehouse.staged_rows import dated
from polyai_assets_tests.looking import looking, own_duckdb
from polyai_assets_tests.warehouse.one_day import replace_partition

PARTITION = Load(Partition(Project.parse("us-1/acme/hotel-bot"), date(2026, 3, 1)))


def elsewhere(load: Load, *, project: str = "", date: Day | None = None) -> Load:
    """Give the same load for another project or date."""
    return replace(load, partition=Partition(Project.parse(project or load.project), date or load.date))


START = datetime(2026, 3, 1, 10, tzinfo=UTC)

Rows = list[dict[str, Any]]


def start_on(day: date) -> datetime:
    """Give the start of a conversation on a day."""
    return datetime.combine(day, START.timetz())


def batch(
    *payloads: bytes, start: datetime | None = START, vanished_at: datetime | None = None
) -> pa.RecordBatch:
    """Make a batch of raw records as the raw store gives them."""
    moment = pa.timestamp("us", tz="UTC")
    return pa.record_batch(
        {
            "conversation_id": pa.array([read_record(one).id for one in payloads], pa.string()),
            "started_at": pa.array([start] * len(payloads), moment),
            "payload": pa.array(payloads, pa.binary()),
            "vanished_at": pa.array([vanished_at] * len(payloads), moment),
        }
    )


def rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    """Fetch rows with times that know their zone."""
    found: Rows = connection.execute(sql).to_arrow_table().to_pylist()
    return found


def change(name: str, **changed: Any) -> dict[str, Any]:
    """Make a change as the raw store gives it."""
    given = {"conversation_id": name, "changed_at": START, "field": "channel", "before": "", "after": "CHAT"}
    return given | changed


def stage(
    connection: duckdb.DuckDBPyConnection,
    *batches: pa.RecordBatch,
    changes: Iterable[Mapping[str, object]] = (),
) -> Staged:
    """Stage records, with the staged rows of each table in a temporary one, `staged_<table>`."""
    with TemporaryDirectory() as folder:
        staging = Staging(connection, [PARTITION], most_memory(connection), Path(folder))
        staging.add(PARTITION.date, batches, changes)
        staged = staging.finish()[PARTITION.date]
        found = {name: rows.read() for name, rows in staging.tables.items()}
        drift = dated(drift_rows(staged.drift), PARTITION.date)
        for table, read in (found | {SCHEMA_DRIFT.name: drift}).items():
            connection.register("found", read)
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE staged_{table} AS SELECT * EXCLUDE (date) FROM found"
            )
        return staged


def loaded(
    warehouse: Warehouse,
    *payloads: bytes,
    partition: Load = PARTITION,
    limit: str = "200MB",
    max_violation_ratio: float = 1.0,
) -> Staged:
    """Replace a partition over a connection of its own."""
    with own_duckdb(memory_limit=limit) as connection:
        batches = [batch(*payloads, start=start_on(partition.date))] if payloads else []
        return replace_partition(connection, warehouse, partition, batches, (), max_violation_ratio)


@contextmanager
def opened(warehouse: Warehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading."""
    with (
        looking() as connection,
        warehouse.attached(connection, read_only=True),
    ):
        connection.execute("USE warehouse.main")
        try:
            yield connection
        finally:
            connection.execute("USE memory")


def current_facts(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load
) -> FactFigures | None:
    """Give what is shown of the facts of a partition, if they are made with what they would be made with now."""
    with warehouse.attached(connection, read_only=True):
        return stored_facts(connection, load)


def ask(warehouse: Warehouse, sql: str) -> Rows:
    with opened(warehouse) as connection:
        return rows(connection, sql)


def everything(warehouse: Warehouse) -> dict[str, Rows]:
    """Fetch all tables."""
    with opened(warehouse) as connection:
        return {table.name: rows(connection, f"SELECT * FROM {table.name} ORDER BY ALL") for table in TABLES}


def of_records(rows: Mapping[str, int]) -> dict[str, int]:
    """Leave out the profile of a day, which a day without records has too."""
    return {table: count for table, count in rows.items() if table != DAY_PROFILES.name}


def ids(warehouse: Warehouse, table: str = "conversations") -> list[str]:
    return [
        row["conversation_id"] for row in ask(warehouse, f"SELECT conversation_id FROM {table} ORDER BY ALL")
    ]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with own_duckdb() as connection:
        yield connection


@pytest.fixture
def no_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make no facts of what is loaded: they take two fifths of a small load, and are none of the test's subject."""
    monkeypatch.setattr(
        replace_module, "make_facts", lambda _, loads, **empty: {load.date: FactFigures(0) for load in loads}
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)
