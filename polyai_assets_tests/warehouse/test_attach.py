"""A DuckDB file that someone else has open."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy, WarehouseUnreachable
from polyai_assets.warehouse.replace import replace_partition
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, batch, ids, loaded

HOLD = """
import sys, duckdb
with duckdb.connect() as connection:
    connection.execute("ATTACH '" + sys.argv[1] + "'" + sys.argv[2])
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(warehouse: Warehouse, options: str = "") -> Iterator[subprocess.Popen[str]]:
    """Hold the file in a process of its own, until its input is closed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, warehouse.target, options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


@pytest.fixture
def warehouse(warehouse: Warehouse) -> Warehouse:
    loaded(warehouse, payload(id="old"))
    return warehouse


class _Release(logging.Handler):
    """Lets the holder go as soon as somebody says that he waits for it."""

    def __init__(self, holder: subprocess.Popen[str]) -> None:
        super().__init__()
        self.holder = holder
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
        self.holder.communicate()


def test_a_held_file_is_waited_for_and_the_holder_is_named(warehouse: Warehouse) -> None:
    logger = logging.getLogger("polyai_assets.warehouse.attach")
    with held(warehouse) as holder:
        release = _Release(holder)
        logger.addHandler(release)
        try:
            loaded(warehouse, payload(id="new"))
        finally:
            logger.removeHandler(release)
    program = Path(os.path.realpath(sys.executable)).name
    assert release.messages == [
        f"waiting for {warehouse.target}: {program} with process id {holder.pid} has it open"
    ]
    assert ids(warehouse) == ["new"]


@pytest.mark.parametrize("options", ["", " (READ_ONLY)"])
def test_waiting_ends_with_an_error_that_names_the_holder_and_says_what_to_do(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, options: str
) -> None:
    impatient = replace(warehouse, wait=0.3)
    with held(warehouse, options) as holder:
        with pytest.raises(WarehouseBusy) as caught:
            replace_partition(connection, impatient, PARTITION, [batch(payload(id="new"))])
        holder.communicate()
    assert f"process id {holder.pid} has it open" in str(caught.value)
    assert warehouse.target in str(caught.value)
    assert "Close that program" in str(caught.value)
    assert ids(warehouse) == ["old"]
    replace_partition(connection, impatient, PARTITION, [batch(payload(id="new"))])
    assert ids(warehouse) == ["new"]


def test_the_holder_of_a_ducklake_that_is_a_file_is_named_too(tmp_path: Path) -> None:
    lake = Warehouse(f"ducklake:{tmp_path / 'catalog.ducklake'}", str(tmp_path / "lake"), wait=0.3)
    loaded(lake, payload(id="old"))
    with held(Warehouse(str(tmp_path / "catalog.ducklake"))) as holder:
        with pytest.raises(WarehouseBusy, match=f"process id {holder.pid} has it open"):
            loaded(lake, payload(id="new"))
        holder.communicate()
    assert ids(lake) == ["old"]


def test_readers_do_not_keep_each_other_waiting(warehouse: Warehouse) -> None:
    with held(warehouse, " (READ_ONLY)") as holder:
        assert ids(warehouse) == ["old"]
        holder.communicate()


def test_another_connection_of_this_process_is_waited_for_too(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    impatient = replace(warehouse, wait=0.3)
    with (
        warehouse.attached(connection),
        pytest.raises(WarehouseBusy, match="another connection of this process"),
    ):
        loaded(impatient, payload(id="new"))
    loaded(impatient, payload(id="new"))
    assert ids(warehouse) == ["new"]


def test_a_file_that_is_no_database_is_not_waited_for(tmp_path: Path) -> None:
    # The word "lock" in its name does not make it a lock.
    file = tmp_path / "block.duckdb"
    file.write_text("no database" * 1000)
    with pytest.raises(duckdb.IOException, match="not a valid DuckDB database file"):
        ask(Warehouse(str(file), wait=3600), "SELECT 1")


def test_a_warehouse_that_is_attached_for_reading_cannot_be_written(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    with warehouse.attached(connection, read_only=True), pytest.raises(duckdb.InvalidInputException):
        connection.execute("DELETE FROM warehouse.main.conversations")
    assert ids(warehouse) == ["old"]


@pytest.mark.parametrize(
    "target",
    [
        "ducklake:postgres:host=127.0.0.1 port=1 dbname=lake user=u password=s3cret",
        "ducklake:postgres:host=127.0.0.1 port=1 dbname=lake password='s3cret with \\' quote'",
        "ducklake:postgres:postgresql://u:s3cret@127.0.0.1:1/lake",
    ],
)
def test_a_password_is_never_shown(
    target: str, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    warehouse = Warehouse(target, str(tmp_path / "lake"))
    with pytest.raises(WarehouseUnreachable) as caught, warehouse.attached(connection):
        pytest.fail("attached")
    assert "s3cret" not in str(caught.value)
    assert "quote" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "s3cret" not in warehouse.name
