"""Replacing a partition of a DuckDB file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.contract.tables import CONVERSATION_FACTS, KPI_SETTINGS, LOADS, TABLES
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.warehouse.altered import WarehouseAltered
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.warehouse.conftest import (
    PARTITION,
    START,
    ask,
    batch,
    change,
    elsewhere,
    everything,
    ids,
    loaded,
    of_records,
)
from polyai_assets_tests.warehouse.one_day import replace_partition

pytestmark = pytest.mark.usefixtures("no_facts")  # facts/ is about them

NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))
OTHER = elsewhere(PARTITION, project="us-1/acme/bank")
NOT_A_TABLE_OF_OURS = "CREATE TABLE notes (text VARCHAR); INSERT INTO notes VALUES ('mine')"


def counts(warehouse: Warehouse) -> dict[str, int]:
    return {table: len(found) for table, found in everything(warehouse).items()}


def test_the_counts_are_those_of_the_tables(warehouse: Warehouse) -> None:
    staged = loaded(warehouse, payload(FULL), payload(id="CA2", num_turns="2"), payload(id=""))
    assert staged.rows == counts(warehouse)
    assert of_records(staged.rows) == {
        "conversations": 2,
        "turns": 2,
        "metrics": 3,
        "contract_violations": 1,
        "quarantine": 1,
        "schema_drift": 1,
        "conversation_changes": 0,
        "vanished_conversations": 0,
        "masked_values": 0,
    }


def test_every_row_has_its_partition(warehouse: Warehouse) -> None:
    batches = [
        batch(payload(FULL), payload(id="CA2", variant_id=None, news=1), payload(id="")),
        batch(payload(id="CA3"), vanished_at=START),
    ]
    masked = replace(PARTITION, masking=Masking(PrivacyPolicy(text="drop")))
    with duckdb.connect() as connection:
        staged = replace_partition(connection, warehouse, masked, batches, [change("CA1")])
    assert min(staged.rows.values()) > 0
    for table in staged.rows:
        found = ask(warehouse, f"SELECT DISTINCT project, date FROM {table}")
        assert found == [{"project": PARTITION.project, "date": PARTITION.date}]
    found = ask(warehouse, "SELECT DISTINCT region, started_at FROM conversations")
    assert found == [{"region": "us-1", "started_at": START}]


@pytest.mark.usefixtures("tables_created_anew")
def test_an_empty_partition_of_a_new_warehouse_makes_the_tables(warehouse: Warehouse) -> None:
    assert set(of_records(loaded(warehouse).rows).values()) == {0}
    assert set(of_records(counts(warehouse)).values()) == {0}


def test_replacing_a_partition_leaves_the_others_alone(warehouse: Warehouse) -> None:
    for partition in (PARTITION, NEXT_DAY, OTHER):
        loaded(warehouse, payload(FULL), payload(id=""), partition=partition)
    loaded(warehouse, payload(id="CA2"), partition=PARTITION)
    found = ask(warehouse, "SELECT project, date, conversation_id FROM conversations ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [
        (OTHER.project, OTHER.date, "CA1"),
        (PARTITION.project, PARTITION.date, "CA2"),
        (NEXT_DAY.project, NEXT_DAY.date, "CA1"),
    ]
    assert of_records(counts(warehouse)) == {
        "conversations": 3,
        "turns": 4,
        "metrics": 6,
        "contract_violations": 0,
        "quarantine": 2,
        "schema_drift": 0,
        "conversation_changes": 0,
        "vanished_conversations": 0,
        "masked_values": 0,
    }


def test_a_partition_can_become_empty(warehouse: Warehouse) -> None:
    loaded(warehouse, payload(FULL), payload(id=""))
    loaded(warehouse)
    assert set(of_records(counts(warehouse)).values()) == {0}


def test_replacing_again_changes_nothing(warehouse: Warehouse) -> None:
    bodies = [payload(FULL), payload(id="CA2", channel=None, new=1), payload(id="CA3", turns=3)]
    first = loaded(warehouse, *bodies)
    before = everything(warehouse)
    assert loaded(warehouse, *bodies).rows == first.rows
    assert everything(warehouse) == before


def test_a_failure_while_records_are_read_leaves_the_old_rows(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    def breaking() -> Iterator[pa.RecordBatch]:
        yield batch(payload(id="new"))
        raise OSError("the disk is gone")

    loaded(warehouse, payload(id="old"))
    with pytest.raises(OSError, match="the disk is gone"):
        replace_partition(connection, warehouse, PARTITION, breaking())
    assert ids(warehouse) == ["old"]
    replace_partition(connection, warehouse, PARTITION, [batch(payload(id="new"))])
    assert ids(warehouse) == ["new"]


def test_a_failure_between_the_tables_leaves_all_of_them_as_they_were(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    loaded(warehouse, payload(FULL), payload(id=""))
    before = everything(warehouse)
    with warehouse.attached(connection):
        # The last of the tables will not take the new rows.
        connection.execute("ALTER TABLE warehouse.main.quarantine ALTER COLUMN payload SET NOT NULL")
        connection.execute("ALTER TABLE warehouse.main.quarantine ADD COLUMN strange INTEGER DEFAULT 1")
        connection.execute("ALTER TABLE warehouse.main.quarantine ALTER COLUMN strange SET NOT NULL")
        connection.execute("ALTER TABLE warehouse.main.quarantine ALTER COLUMN strange DROP DEFAULT")
    with pytest.raises(WarehouseAltered, match="strange"):
        replace_partition(connection, warehouse, PARTITION, [batch(payload(id="new"), payload(id=""))])
    with warehouse.attached(connection):
        connection.execute("ALTER TABLE warehouse.main.quarantine DROP COLUMN strange")
    assert everything(warehouse) == before


def test_the_warehouse_is_free_for_others_after_a_failure(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    class Interrupted(Exception):
        pass

    with pytest.raises(Interrupted), warehouse.attached(connection):
        raise Interrupted
    databases = {
        name for (name,) in connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    }
    assert "warehouse" not in databases
    assert loaded(warehouse, payload()).rows["conversations"] == 1


def test_columns_that_were_declared_later_are_added(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    loaded(warehouse, payload(id="old"), partition=NEXT_DAY)
    with warehouse.attached(connection):
        connection.execute("ALTER TABLE warehouse.main.conversations DROP COLUMN state")
        connection.execute("ALTER TABLE warehouse.main.conversations DROP COLUMN channel")
        connection.execute("COMMENT ON COLUMN warehouse.main.conversations.environment IS NULL")
    loaded(warehouse, payload(FULL))
    found = ask(
        warehouse,
        "SELECT conversation_id, channel, state IS NULL AS stateless FROM conversations ORDER BY ALL",
    )
    assert [tuple(row.values()) for row in found] == [("CA1", "VOICE-SIP", False), ("old", None, True)]


@pytest.mark.usefixtures("tables_created_anew")
def test_tables_and_columns_are_described(warehouse: Warehouse) -> None:
    loaded(warehouse)
    tables = ask(
        warehouse, "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'warehouse'"
    )
    assert {row["table_name"]: row["comment"] for row in tables} == {
        table.name: table.grain for table in (*TABLES, LOADS, CONVERSATION_FACTS, KPI_SETTINGS)
    }
    columns = ask(
        warehouse,
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'warehouse'",
    )
    assert {(row["table_name"], row["column_name"], row["comment"]) for row in columns} == {
        (table.name, one.name, one.comment)
        for table in (*TABLES, LOADS, CONVERSATION_FACTS, KPI_SETTINGS)
        for one in table.fields
    }


def test_tables_of_others_in_the_same_file_are_left_alone(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    with warehouse.attached(connection):
        connection.execute("USE warehouse")
        connection.execute(NOT_A_TABLE_OF_OURS)
        connection.execute("CREATE SCHEMA mine")
        connection.execute("CREATE TABLE mine.conversations AS SELECT 1 AS conversation_id")
        connection.execute("USE memory")
    loaded(warehouse, payload())
    assert ids(warehouse) == ["CA1"]
    assert ask(warehouse, "SELECT text FROM notes") == [{"text": "mine"}]
    assert ask(warehouse, "SELECT conversation_id FROM mine.conversations") == [{"conversation_id": 1}]


def test_names_of_partitions_are_values_and_never_sql(warehouse: Warehouse) -> None:
    partition = elsewhere(PARTITION, project="us-1/o'neil/\"; DROP TABLE conversations; --")
    loaded(warehouse, payload(), partition=partition)
    loaded(warehouse, payload(), partition=partition)
    assert ask(warehouse, "SELECT project FROM conversations") == [{"project": partition.project}]


@pytest.mark.usefixtures("tables_created_anew")
def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    warehouse = Warehouse(str(tmp_path / "a folder's" / "deep" / "polyai.duckdb"))
    loaded(warehouse, payload())
    assert ids(warehouse) == ["CA1"]
