"""A DuckDB file that someone else has open."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic

import duckdb
import pytest

from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy, WarehouseUnreachable
from polyai_assets.warehouse.locks import holder_of, refusal_of
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, batch, ids
from polyai_assets_tests.warehouse.one_day import replace_partition

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
    """A file with an old row."""
    with duckdb.connect(warehouse.target) as connection:
        connection.execute("CREATE TABLE conversations AS SELECT 'old' AS conversation_id")
    return warehouse


def write(warehouse: Warehouse) -> None:
    """Write a new row instead of the old one."""
    with own_duckdb() as connection, warehouse.attached(connection):
        connection.execute("UPDATE warehouse.main.conversations SET conversation_id = 'new'")


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
            write(warehouse)
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
    write(impatient)
    assert ids(warehouse) == ["new"]


@pytest.mark.parametrize("same_run", [True, False])
def test_a_holder_is_waited_for_once_in_a_run_and_again_in_the_next(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection, same_run: bool
) -> None:
    run = replace(warehouse, wait=1.0, run=f"first of {warehouse.target}")
    other = run if same_run else replace(run, run=f"second of {warehouse.target}")
    with held(warehouse) as holder:
        messages, seconds = [], []
        for one in (run, other):
            began = monotonic()
            with pytest.raises(WarehouseBusy) as caught, one.attached(connection):
                pytest.fail("attached")
            seconds.append(monotonic() - began)
            messages.append(str(caught.value))
        holder.communicate()
    assert messages[0] == messages[1]
    assert f"process id {holder.pid} has it open" in messages[1]
    assert seconds[0] >= 1.0
    assert (seconds[1] < 1.0) is same_run


def test_a_run_that_got_the_file_after_all_waits_for_the_next_who_holds_it(
    warehouse: Warehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    run = replace(warehouse, wait=0.5, run=f"run of {warehouse.target}")
    for _ in range(2):
        with held(warehouse) as holder:
            began = monotonic()
            with pytest.raises(WarehouseBusy), run.attached(connection):
                pytest.fail("attached")
            assert monotonic() - began >= 0.5
            holder.communicate()
        write(run)


@pytest.mark.parametrize(
    "refusal",
    [
        "No locks available",
        "File locks are not supported for this file system, cannot open the file in read-write mode. Try opening "
        "the file in read-only mode",
        "Operation not supported",
        "Function not implemented",
        "Permission denied",
    ],
)
def test_a_disk_without_locks_is_not_waited_for_and_the_error_says_what_to_do(refusal: str) -> None:
    seen = duckdb.IOException(
        f'IO Error: Could not set lock on file "/share/polyai.duckdb": {refusal}. See also https://duckdb.org/docs'
    )
    told = refusal_of("/share/polyai.duckdb", seen)
    assert holder_of(seen) is None
    assert told is not None
    assert refusal in told
    assert "/share/polyai.duckdb" in told
    assert "local disk" in told
    assert "ducklake:postgres" in told


@pytest.mark.parametrize(
    ("held_by", "holder"),
    [
        (
            "Conflicting lock is held in /usr/bin/python3.11 (PID 42)",
            "python3.11 with process id 42 has it open",
        ),
        ("Conflicting lock is held in PID 42", "PID 42"),
        ("Lock is already held in current process, likely another DuckDB instance", "current process"),
        ("Resource temporarily unavailable", "Resource temporarily unavailable"),
    ],
)
def test_a_lock_that_somebody_holds_is_waited_for(held_by: str, holder: str) -> None:
    seen = duckdb.IOException(
        f'IO Error: Could not set lock on file "/d/polyai.duckdb": {held_by}. See also …'
    )
    assert holder in str(holder_of(seen))
    assert refusal_of("/d/polyai.duckdb", seen) is None


@pytest.mark.slow
def test_the_holder_of_a_ducklake_that_is_a_file_is_named_too(tmp_path: Path) -> None:
    lake = Warehouse(f"ducklake:{tmp_path / 'catalog.ducklake'}", str(tmp_path / "lake"), wait=0.3)
    with own_duckdb() as connection, lake.attached(connection):
        connection.execute("CREATE TABLE warehouse.main.conversations AS SELECT 'old' AS conversation_id")
    with held(Warehouse(str(tmp_path / "catalog.ducklake"))) as holder:
        with pytest.raises(WarehouseBusy, match=f"process id {holder.pid} has it open"):
            write(lake)
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
        write(impatient)
    write(impatient)
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
