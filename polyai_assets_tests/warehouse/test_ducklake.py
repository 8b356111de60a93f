"""A DuckLake: a catalog in Postgres that many machines share, or in a DuckDB file, and Parquet files in a folder."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.contract.tables import CONVERSATION_FACTS, KPI_SETTINGS, LOADS, TABLES
from polyai_assets.warehouse.altered import WarehouseAltered
from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy
from polyai_assets.warehouse.claim import claimed
from polyai_assets.warehouse.extensions import ExtensionMissing, load_extension
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.postgres import NewDatabase
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, batch, elsewhere, everything, ids, loaded
from polyai_assets_tests.warehouse.one_day import replace_partition
from polyai_assets_tests.warehouse.replacing import COUNT

NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))
ODD = [
    payload(FULL),
    payload(id="CA2", channel=None, new={"a": 1}, num_turns="2", metrics={"a/b": ["1", "x"]}),
    payload(id="CA3", turns=3),
]


@pytest.fixture
def on_postgres(new_database: NewDatabase, tmp_path: Path) -> Warehouse:
    return Warehouse(f"ducklake:postgres:{new_database()}", str(tmp_path / "lake's"), wait=60)


@pytest.fixture(params=["postgres", "file"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "postgres":
        on_postgres: Warehouse = request.getfixturevalue("on_postgres")
        return on_postgres
    return Warehouse(f"ducklake:{tmp_path / 'catalog.ducklake'}", str(tmp_path / "lake's"), wait=60)


def test_a_ducklake_holds_the_same_as_a_file_and_replacing_again_changes_nothing(
    lake: Warehouse, warehouse: Warehouse
) -> None:
    for target in (lake, warehouse):
        loaded(target, payload(id="next"), partition=NEXT_DAY)
    assert loaded(lake, *ODD).rows == loaded(warehouse, *ODD).rows
    before = everything(lake)
    assert before == everything(warehouse)
    loaded(lake, *ODD)
    assert everything(lake) == before
    assert ids(lake) == ["CA1", "CA2", "next"]


def test_a_failure_while_records_are_read_or_between_the_tables_leaves_all_of_them_as_they_were(
    lake: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    def breaking() -> Iterator[pa.RecordBatch]:
        yield batch(payload(id="new"))
        raise OSError("the disk is gone")

    loaded(lake, *ODD)
    with pytest.raises(OSError, match="the disk is gone"):
        replace_partition(connection, lake, PARTITION, breaking())
    assert ids(lake) == ["CA1", "CA2"]
    with lake.attached(connection):
        # The last of the tables will not take the new rows.
        connection.execute("ALTER TABLE warehouse.main.quarantine RENAME TO kept")
        connection.execute("CREATE VIEW warehouse.main.quarantine AS SELECT * FROM warehouse.main.kept")
    with pytest.raises(WarehouseAltered, match="the view quarantine"):
        replace_partition(connection, lake, PARTITION, [batch(payload(id="new"))])
    assert ids(lake) == ["CA1", "CA2"]


def test_columns_that_were_declared_later_are_added_and_described(
    lake: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    loaded(lake, payload(id="old"), partition=NEXT_DAY)
    with lake.attached(connection):
        connection.execute("ALTER TABLE warehouse.main.conversations DROP COLUMN state")
    loaded(lake, payload(FULL))
    found = ask(lake, "SELECT conversation_id, state IS NULL AS stateless FROM conversations ORDER BY ALL")
    assert [tuple(row.values()) for row in found] == [("CA1", False), ("old", True)]
    columns = ask(
        lake,
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'warehouse'",
    )
    assert {(row["table_name"], row["column_name"], row["comment"]) for row in columns} == {
        (table.name, one.name, one.comment)
        for table in (*TABLES, LOADS, CONVERSATION_FACTS, KPI_SETTINGS)
        for one in table.fields
    }


def test_nothing_is_downloaded(lake: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "extensions"
    offline: dict[str, str | bool | int | float | list[str]] = {
        "extension_directory": str(folder),
        "custom_extension_repository": "http://127.0.0.1:1",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(config=offline) as connection:
        replace_partition(connection, lake, PARTITION, [batch(payload())])
    assert not list(folder.rglob("*.duckdb_extension"))
    assert ids(lake) == ["CA1"]


def test_an_extension_that_is_not_installed_is_named_with_its_wheel(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with pytest.raises(ExtensionMissing, match=f"pip install duckdb-extension-no-such=={duckdb.__version__}"):
        load_extension(connection, "no_such")


def test_readers_are_not_blocked_by_a_writer(
    on_postgres: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    loaded(on_postgres, payload(id="old"))
    with on_postgres.attached(connection), claimed(connection, on_postgres, [str(PARTITION.partition)]):
        connection.execute("BEGIN")
        connection.execute("DELETE FROM warehouse.main.conversations")
        assert ids(on_postgres) == ["old"]
        connection.execute("ROLLBACK")


def test_a_partition_is_replaced_by_one_process_at_a_time(
    on_postgres: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    impatient = replace(on_postgres, wait=0.3)
    with on_postgres.attached(connection), claimed(connection, on_postgres, [str(PARTITION.partition)]):
        with pytest.raises(WarehouseBusy, match=f"{PARTITION.project} {PARTITION.date}"):
            loaded(impatient, payload(id="new"))
        loaded(impatient, payload(id="next"), partition=NEXT_DAY)
    loaded(impatient, payload(id="new"))
    assert ids(on_postgres) == ["new", "next"]


def test_a_claim_ends_with_an_exception(
    on_postgres: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    class Interrupted(Exception):
        pass

    with (
        pytest.raises(Interrupted),
        on_postgres.attached(connection),
        claimed(connection, on_postgres, [str(PARTITION.partition)]),
    ):
        raise Interrupted
    loaded(replace(on_postgres, wait=0.3), payload(id="new"))
    assert ids(on_postgres) == ["new"]


def test_processes_that_replace_the_same_and_different_partitions_at_once_leave_each_whole(
    on_postgres: Warehouse,
) -> None:
    shared, others = "2026-03-01", ["2026-03-02", "2026-03-03", "2026-03-04"]
    command = [sys.executable, "-m", "polyai_assets_tests.warehouse.replacing", on_postgres.target]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, str(on_postgres.data), f"P{number}", shared, own],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for number, own in enumerate(others)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        assert [process.wait() for process in processes] == [0, 0, 0]
    written = {}
    for table, per_conversation in (("conversations", 1), ("turns", 2), ("metrics", 3)):
        found = ask(
            on_postgres,
            "SELECT date::VARCHAR AS date, list(DISTINCT split_part(conversation_id, '-', 1)) AS tags, "
            f"count(*) AS n FROM {table} GROUP BY date ORDER BY date",
        )
        assert [(row["date"], row["n"]) for row in found] == [
            (day, COUNT * per_conversation) for day in [shared, *others]
        ]
        written[table] = [row["tags"] for row in found]
    assert written["conversations"][1:] == [["P0"], ["P1"], ["P2"]]
    assert len(written["conversations"][0]) == 1
    assert written["conversations"] == written["turns"] == written["metrics"]
