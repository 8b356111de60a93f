"""A warehouse that is written anew: it holds what it held, and no byte of what was deleted."""

import shutil
from pathlib import Path

import duckdb
import pytest

from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy
from polyai_assets.warehouse.compact import NoRoomToCompact, check_room, compact
from polyai_assets_tests.looking import looking_into, own_duckdb
from polyai_assets_tests.processes import PROCESSES

pytestmark = pytest.mark.slow

GONE = b"+442079460958"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A DuckDB file from which a row was deleted."""
    file = tmp_path / "polyai.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE calls (id INTEGER, contact VARCHAR)")
        connection.execute("COMMENT ON COLUMN calls.contact IS 'who called'")
        connection.execute("CREATE VIEW somebodys AS SELECT contact FROM calls")
        connection.execute("INSERT INTO calls SELECT i, 'other ' || i FROM range(5000) t(i)")
        connection.execute("INSERT INTO calls VALUES (-1, ?)", [GONE.decode()])
        connection.execute("CHECKPOINT")
        connection.execute("DELETE FROM calls WHERE id = -1")
    return file


def test_nothing_is_left_of_what_was_deleted(file: Path):
    assert GONE in file.read_bytes()
    with own_duckdb() as connection:
        compact(connection, Warehouse(str(file)))
    assert [path.name for path in file.parent.iterdir() if GONE in path.read_bytes()] == []
    assert file.stat().st_mode & 0o777 == 0o600
    with looking_into(file) as connection:
        both = "FROM somebodys JOIN calls USING (contact)"
        assert connection.execute(f"SELECT count(*), max(id) {both}").fetchone() == (5000, 4999)
        comments = "SELECT comment FROM duckdb_columns() WHERE database_name = current_database()"
        assert ("who called",) in connection.execute(comments).fetchall()


def hold(file: str, ready: "object", done: "object") -> None:
    with duckdb.connect(file):
        ready.set()  # type: ignore[attr-defined]
        done.wait(20)  # type: ignore[attr-defined]


def test_a_file_that_another_process_holds_is_waited_for_and_stays(file: Path):
    ready, done = PROCESSES.Event(), PROCESSES.Event()
    process = PROCESSES.Process(target=hold, args=[str(file), ready, done])
    process.start()
    assert ready.wait(20)
    inode = file.stat().st_ino
    with own_duckdb() as connection, pytest.raises(WarehouseBusy, match=f"process id {process.pid}"):
        compact(connection, Warehouse(str(file), wait=0.1))
    assert file.stat().st_ino == inode
    done.set()
    process.join()


def test_a_disk_without_room_is_named_before_anything_is_done(file: Path, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage(file.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(NoRoomToCompact, match=r"must be written anew, which needs .* MB beside it"):
        check_room(Warehouse(str(file)))
    assert list(file.parent.iterdir()) == [file]


def test_a_warehouse_that_is_not_there_needs_nothing(tmp_path: Path):
    with own_duckdb() as connection:
        compact(connection, Warehouse(str(tmp_path / "none.duckdb")))
    assert list(tmp_path.iterdir()) == []
