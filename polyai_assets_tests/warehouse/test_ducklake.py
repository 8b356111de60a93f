"""A DuckLake: a catalog in Postgres that many machines share, or in a DuckDB file, and Parquet files in a folder."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.contract.tables import (
    CONVERSATION_FACTS,
    KPI_SETTINGS,
    LOADS,
    QA_SAMPLES,
    SEARCH_HITS,
    TABLES,
)
from polyai_assets.warehouse.altered import WarehouseAltered
from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy
from polyai_assets.warehouse.claim import claimed
from polyai_assets.warehouse.extensions import ExtensionMissing, load_extension
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.replace import LoadRecords, replace_partitions, replace_tables
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.postgres import NewDatabase
from polyai_assets_tests.tiers import long
from polyai_assets_tests.warehouse.conftest import (
    PARTITION,
    Rows,
    ask,
    batch,
    elsewhere,
    everything,
    ids,
    loaded,
    start_on,
)
from polyai_assets_tests.warehouse.one_day import replace_partition

NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))
ODD = [
    payload(FULL),
    payload(id="CA2", channel=None, new={"a": 1}, num_turns="2", metrics={"a/b": ["1", "x"]}),
    payload(id="CA3", turns=3),
]
COUNT = 12
"""Conversations of a partition: more than DuckLake keeps in its catalog instead of a file."""


def load_two_days(warehouse: Warehouse) -> dict[str, int]:
    """Load odd records of a day and the next day, at once; gives the rows of the first."""
    records = {
        PARTITION.date: batch(*ODD),
        NEXT_DAY.date: batch(payload(id="next"), start=start_on(NEXT_DAY.date)),
    }
    with own_duckdb(memory_limit="200MB") as connection:
        first, _ = replace_partitions(
            connection,
            warehouse,
            [PARTITION, NEXT_DAY],
            lambda load: nullcontext(LoadRecords([records[load.date]])),
        )
        return first.rows


@pytest.fixture(scope="module")
def on_postgres(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A lake with two days of the hotel."""
    data = tmp_path_factory.mktemp("lake's")
    lake = Warehouse(f"ducklake:postgres:{new_database()}", str(data), wait=60)
    load_two_days(lake)
    return lake


@pytest.fixture(scope="module")
def in_a_file(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A lake with two days of the hotel."""
    folder = tmp_path_factory.mktemp("lake's")
    lake = Warehouse(f"ducklake:{folder / 'catalog.ducklake'}", str(folder / "data"), wait=60)
    load_two_days(lake)
    return lake


@pytest.fixture(scope="module", params=["in_a_file", long("on_postgres")])
def lake(request: pytest.FixtureRequest) -> Warehouse:
    lake: Warehouse = request.getfixturevalue(request.param)
    return lake


def samples(name: str) -> pa.Table:
    """Give a row of a small table."""
    return pa.table({"conversation_id": [name], "position": [0]})


def hits(name: str) -> pa.Table:
    """Give a row of another small table."""
    return pa.table({"conversation_id": [name], "search": ["parking"], "rank": [1]})


def ids_of(warehouse: Warehouse, load: Load, table: str = "conversations") -> list[str]:
    found = ask(
        warehouse, f"SELECT conversation_id AS id FROM {table} WHERE project = '{load.project}' ORDER BY ALL"
    )
    return [row["id"] for row in found]


def of_the_hotel(lake: Warehouse) -> dict[str, Rows]:
    found = everything(lake)
    return {
        name: [row for row in rows if row["project"] == PARTITION.project] for name, rows in found.items()
    }


def sampled(warehouse: Warehouse, load: Load) -> list[str]:
    return ids_of(warehouse, load, "qa_samples")


def test_a_ducklake_holds_the_same_as_a_file_and_replacing_again_changes_nothing(
    lake: Warehouse, warehouse: Warehouse
) -> None:
    in_file = load_two_days(warehouse)
    before = of_the_hotel(lake)
    assert before == everything(warehouse)
    assert loaded(lake, *ODD).rows == in_file
    assert of_the_hotel(lake) == before
    assert ids_of(lake, PARTITION) == ["CA1", "CA2", "next"]


def test_a_failure_while_records_are_read_or_between_the_tables_leaves_all_of_them_as_they_were(
    lake: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    def breaking() -> Iterator[pa.RecordBatch]:
        yield batch(payload(id="new"))
        raise OSError("the disk is gone")

    before = ids(lake)
    with pytest.raises(OSError, match="the disk is gone"):
        replace_partition(connection, lake, PARTITION, breaking())
    assert ids(lake) == before
    load = elsewhere(PARTITION, project="us-1/acme/failing")
    replace_tables(connection, lake, load, {QA_SAMPLES: samples("old"), SEARCH_HITS: hits("old")})
    with lake.attached(connection):
        # The last of the tables will not take the new rows.
        connection.execute("ALTER TABLE warehouse.main.search_hits RENAME TO kept")
        connection.execute("CREATE VIEW warehouse.main.search_hits AS SELECT * FROM warehouse.main.kept")
    with pytest.raises(WarehouseAltered, match="the view search_hits"):
        replace_tables(connection, lake, load, {QA_SAMPLES: samples("new"), SEARCH_HITS: hits("new")})
    assert sampled(lake, load) == ["old"]


def test_columns_that_were_declared_later_are_added_and_described(
    lake: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    load, next_day = (elsewhere(one, project="us-1/acme/growing") for one in (PARTITION, NEXT_DAY))
    replace_tables(connection, lake, next_day, {QA_SAMPLES: samples("old")})
    with lake.attached(connection):
        connection.execute("ALTER TABLE warehouse.main.qa_samples DROP COLUMN position")
    replace_tables(connection, lake, load, {QA_SAMPLES: samples("new")})
    found = ask(
        lake,
        f"SELECT conversation_id, position FROM qa_samples WHERE project = '{load.project}' ORDER BY ALL",
    )
    assert [tuple(row.values()) for row in found] == [("new", 0), ("old", None)]
    declared = (*TABLES, LOADS, CONVERSATION_FACTS, KPI_SETTINGS, QA_SAMPLES)
    columns = ask(
        lake,
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'warehouse' "
        "AND table_name NOT IN ('search_hits', 'kept')",
    )
    assert {(row["table_name"], row["column_name"], row["comment"]) for row in columns} == {
        (table.name, one.name, one.comment) for table in declared for one in table.fields
    }


def test_nothing_is_downloaded(on_postgres: Warehouse, tmp_path: Path) -> None:
    folder = tmp_path / "extensions"
    offline: dict[str, str | bool | int | float | list[str]] = {
        "extension_directory": str(folder),
        "custom_extension_repository": "http://127.0.0.1:1",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": 1,
    }
    load = elsewhere(PARTITION, project="us-1/acme/offline")
    with duckdb.connect(config=offline) as connection:
        replace_partition(connection, on_postgres, load, [batch(payload())])
    assert not list(folder.rglob("*.duckdb_extension"))
    assert ids_of(on_postgres, load) == ["CA1"]


def test_an_extension_that_is_not_installed_is_named_with_its_wheel(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with pytest.raises(ExtensionMissing, match=f"pip install duckdb-extension-no-such=={duckdb.__version__}"):
        load_extension(connection, "no_such")


def test_readers_are_not_blocked_by_a_writer(
    on_postgres: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    before = ids(on_postgres)
    with on_postgres.attached(connection), claimed(connection, on_postgres, [str(PARTITION.partition)]):
        connection.execute("BEGIN")
        connection.execute("DELETE FROM warehouse.main.conversations")
        assert ids(on_postgres) == before != []
        connection.execute("ROLLBACK")


@pytest.mark.usefixtures("no_facts")
def test_a_partition_is_replaced_by_one_process_at_a_time(
    on_postgres: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    impatient = replace(on_postgres, wait=0.3)
    load, next_day = (elsewhere(one, project="us-1/acme/claimed") for one in (PARTITION, NEXT_DAY))

    def write(load: Load, name: str) -> None:
        with own_duckdb() as other:
            replace_tables(other, impatient, load, {QA_SAMPLES: samples(name)})

    with on_postgres.attached(connection), claimed(connection, on_postgres, [str(load.partition)]):
        for replacing in (write, lambda load, name: loaded(impatient, payload(id=name), partition=load)):
            with pytest.raises(WarehouseBusy, match=f"{load.project} {load.date}"):
                replacing(load, "new")
        write(next_day, "next")
    assert sampled(on_postgres, load) == ["next"]
    write(load, "new")
    assert sampled(on_postgres, load) == ["new", "next"]


def test_a_claim_ends_with_an_exception(
    on_postgres: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    class Interrupted(Exception):
        pass

    names = [str(PARTITION.partition)]
    with (
        pytest.raises(Interrupted),
        on_postgres.attached(connection),
        claimed(connection, on_postgres, names),
    ):
        raise Interrupted
    with on_postgres.attached(connection), claimed(connection, replace(on_postgres, wait=0.3), names):
        pass


@pytest.mark.usefixtures("no_facts")
def test_writers_that_replace_the_same_and_different_partitions_at_once_leave_each_whole(
    on_postgres: Warehouse,
) -> None:
    shared, *others = (
        elsewhere(PARTITION, project="us-1/acme/busy", date=date(2026, 3, day)) for day in (1, 2, 3)
    )
    ready = Barrier(len(others))

    def write(number: int, own: Load) -> None:
        ready.wait()
        for load in (shared, own):
            records = [payload(FULL, id=f"P{number}-{n}") for n in range(COUNT)]
            loaded(on_postgres, *records, partition=load)

    # each has a DuckDB of its own, and a connection to Postgres: for the lake they are as two machines
    with ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(write, range(len(others)), others))
    written = {}
    for table, per_conversation in (("conversations", 1), ("turns", 2), ("metrics", 3)):
        found = ask(
            on_postgres,
            "SELECT date, list(DISTINCT split_part(conversation_id, '-', 1)) AS tags, count(*) AS n "
            f"FROM {table} WHERE project = '{shared.project}' GROUP BY date ORDER BY date",
        )
        assert [(row["date"], row["n"]) for row in found] == [
            (load.date, COUNT * per_conversation) for load in (shared, *others)
        ]
        written[table] = [row["tags"] for row in found]
    assert written["conversations"][1:] == [["P0"], ["P1"]]
    assert len(written["conversations"][0]) == 1
    assert written["conversations"] == written["turns"] == written["metrics"]
