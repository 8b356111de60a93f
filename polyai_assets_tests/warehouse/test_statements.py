"""How often the warehouse is attached and asked: each statement on a table of a DuckLake asks its catalog ten times."""

import re
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from polyai_assets.contract.tables import QUARANTINED, VANISHED_CONVERSATIONS
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.held import held_partitions
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.tiers import long
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, batch, elsewhere, ids, loaded, start_on
from polyai_assets_tests.warehouse.one_day import replace_partition

DAYS = [replace(elsewhere(PARTITION, date=date(2026, 3, day)), records=f"day {day}") for day in (1, 2, 3)]
_TABLE = re.compile(r'"warehouse"\."main"\.(\w+)')


@pytest.fixture
def lake(tmp_path: Path) -> Warehouse:
    return Warehouse(f"ducklake:{tmp_path / 'lake.ducklake'}", str(tmp_path / "data"))


@pytest.fixture(params=["file", long("lake")])
def kept(request: pytest.FixtureRequest, warehouse: Warehouse, lake: Warehouse) -> Warehouse:
    return warehouse if request.param == "file" else lake


def load_day(warehouse: Warehouse, number: int) -> None:
    loaded(warehouse, payload(id=f"CA{number}"), partition=DAYS[number])


def logged(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.execute("SELECT message FROM duckdb_logs WHERE type = 'QueryLog'").fetchall()
    return [statement for (statement,) in found]


def test_tables_without_rows_are_neither_asked_nor_written(kept: Warehouse) -> None:
    load_day(kept, 0)
    with own_duckdb("ducklake") as connection:
        connection.execute("CALL enable_logging('QueryLog')")
        records = [batch(payload(id="CA2"), start=start_on(DAYS[1].date))]
        replace_partition(connection, kept, DAYS[1], records)
        used = {table for statement in logged(connection) for table in _TABLE.findall(statement)}
    assert {"conversations", "day_profiles", "conversation_facts", "loads"} <= used
    assert not used & {"quarantine", "vanished_conversations", "conversation_changes", "masked_values"}


def test_what_a_load_adds_to_a_table_without_rows_is_looked_at_in_it(kept: Warehouse) -> None:
    with own_duckdb("ducklake") as connection:
        lost = batch(payload(id="CA1"), payload(id="CA1", turns=3))
        replace_partition(connection, kept, PARTITION, [lost])
    assert ids(kept) == ["CA1"]
    assert ids(kept, QUARANTINED.name) == []


def test_rows_leave_a_table_when_nothing_takes_their_place(kept: Warehouse) -> None:
    gone = batch(payload(id="gone"), vanished_at=start_on(PARTITION.date))
    for records in ([gone], []):
        with own_duckdb("ducklake") as connection:
            replace_partition(connection, kept, PARTITION, records)
        assert len(ask(kept, f"FROM {VANISHED_CONVERSATIONS.name}")) == len(records)


def test_days_are_looked_at_together(kept: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        load_day(kept, number)
    attached, times = Warehouse.attached, []

    def counting(
        self: Warehouse, connection: duckdb.DuckDBPyConnection, *, read_only: bool = False
    ) -> AbstractContextManager[None]:
        times.append(read_only)
        return attached(self, connection, read_only=read_only)

    monkeypatch.setattr(Warehouse, "attached", counting)
    with own_duckdb("ducklake") as connection:
        held = held_partitions(connection, kept, DAYS)
    assert [*held.staged] == [*held.facts] == [load.date for load in DAYS]
    assert times == [True]


def test_days_after_one_that_is_not_held_wait_until_it_is_stored(kept: Warehouse) -> None:
    for number in range(3):
        load_day(kept, number)
    changed = [DAYS[0], replace(DAYS[1], records="others"), DAYS[2]]
    with own_duckdb("ducklake") as connection:
        held = held_partitions(connection, kept, changed)
    assert [*held.staged] == [DAYS[0].date]
    assert set(held.loaded) == {DAYS[0].date, DAYS[2].date}
