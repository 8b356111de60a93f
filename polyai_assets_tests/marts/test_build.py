"""The copy is a file that is there whole, replaced at once, and without what people said."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from polyai_assets.contract.marts import BETWEEN_CALLS, COPY_INFO, MARTS
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.marts.build import CopySource, NothingToCopy, make_copy
from polyai_assets.marts.copy_file import CopyMissing, age_of, opened_copy
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.marts.conftest import copy_of
from polyai_assets_tests.marts.planted import HOTEL, LOADED_AT, Call, random_calls, unsettled
from polyai_assets_tests.tiers import LONG, long

pytestmark = pytest.mark.slow


def made_from(folder: Path, now: datetime = LOADED_AT) -> Path:
    """Make the copy of a warehouse that lies in a folder anew."""
    source = CopySource(warehouse=Warehouse(str(folder / "polyai.duckdb")), unsettled=unsettled())
    make_copy(folder / "polyai-marts.duckdb", source, now)
    return folder / "polyai-marts.duckdb"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse of some calls, and its copy."""
    folder = tmp_path_factory.mktemp("small")
    copy_of(folder, some_calls())
    return folder


@pytest.fixture
def changing(tmp_path: Path, prepared: Prepare) -> Path:
    """A folder of its own with a warehouse of sixty calls, and its copy; the test may change both."""
    prepared("sixty calls and their copy", tmp_path, lambda folder: copy_of(folder, random_calls(11, 60)))
    return tmp_path


def some_calls() -> list[Call]:
    spoken = {"handoff_utterance": "get me a human, secret", "csat_feedback": "my secret"}
    return [call | spoken for call in random_calls(3, 40)]


def everything_in(file: Path) -> str:
    with opened_copy(file) as connection:
        tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        rows = {name: connection.execute(f'FROM "{name}"').fetchall() for name in sorted(tables)}
    return "\n".join(f"{name} {row}" for name, listed in rows.items() for row in sorted(map(str, listed)))


def test_nothing_that_people_said_is_copied(small: Path):
    assert "secret" not in everything_in(small / "polyai-marts.duckdb")


def test_what_people_said_is_copied_where_it_is_asked_for(tmp_path: Path):
    file = copy_of(tmp_path, some_calls(), transcripts=True)
    with opened_copy(file) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) > 0 FROM turns WHERE user_input = 'my secret'), "
            "(SELECT bool_and(csat_feedback = 'my secret') FROM calls), (SELECT has_transcripts FROM copy_info)"
        ).fetchall()
    assert found == [(True, True, True)]


def test_every_table_column_and_macro_is_described(small: Path):
    with opened_copy(small / "polyai-marts.duckdb") as connection:
        described = set(
            connection.execute(
                "SELECT table_name, column_name FROM duckdb_columns() WHERE comment IS NOT NULL"
            ).fetchall()
        )
        macros = set(
            connection.execute(
                "SELECT function_name FROM duckdb_functions() WHERE comment IS NOT NULL AND NOT internal"
            ).fetchall()
        )
    assert {(table.name, field.name) for table in MARTS for field in table.fields} <= described
    assert {("conversation_facts", field.name) for field in BETWEEN_CALLS} <= described
    assert {(ratio.name,) for ratio in RATIOS} <= macros


def test_the_same_warehouse_makes_the_same_copy(small: Path):
    before = everything_in(small / "polyai-marts.duckdb")
    assert everything_in(made_from(small)) == before


CHANGES = {
    "days and a new month": "UPDATE conversation_facts SET handoff = NOT handoff, "
    "loaded_at = loaded_at + INTERVAL 1 DAY WHERE date = '2026-11-05'; "
    "DELETE FROM conversation_facts WHERE date = '2026-11-01'; "
    "DELETE FROM loads WHERE date = '2026-11-02'; "
    "UPDATE conversation_facts SET date = date + 40, business_date = business_date + 40, "
    "started_at = started_at + INTERVAL 40 DAY, finished_at = finished_at + INTERVAL 40 DAY WHERE date = '2026-11-03'",
    "a month is gone": "DELETE FROM conversation_facts WHERE date >= '2026-10-31'",
}


@pytest.mark.parametrize("change", ["days and a new month", long("a month is gone")])
def test_a_copy_that_is_brought_up_to_date_equals_one_that_is_made_whole(changing: Path, change: str):
    with duckdb.connect(str(changing / "polyai.duckdb")) as warehouse:
        warehouse.execute(CHANGES[change])
    file = made_from(changing)
    updated = everything_in(file)
    file.unlink()
    made_from(changing)
    assert updated == everything_in(file)


def test_only_months_whose_facts_have_changed_or_are_near_are_made_anew(changing: Path):
    def months() -> list[str]:
        source = CopySource(warehouse=Warehouse(str(changing / "polyai.duckdb")), unsettled=unsettled())
        return [
            f"{month:%m}" for month in make_copy(changing / "polyai-marts.duckdb", source, LOADED_AT).months
        ]

    def change(day: str) -> None:
        with duckdb.connect(str(changing / "polyai.duckdb")) as warehouse:
            warehouse.execute(
                "UPDATE conversation_facts SET loaded_at = loaded_at + INTERVAL 1 DAY WHERE date = ?", [day]
            )

    assert months() == []
    change("2026-11-08")  # a call of October may be repeated on it
    assert months() == ["10", "11"]
    change("2026-10-22")  # too early for a call of November
    assert months() == ["10"]


@LONG
def test_a_copy_of_another_layout_or_a_file_that_is_none_is_made_whole(changing: Path):
    file = changing / "polyai-marts.duckdb"
    whole = everything_in(file)
    with duckdb.connect(str(file)) as copy:
        copy.execute("UPDATE copy_info SET layout = 'another'")
        copy.execute("DELETE FROM daily_kpis")
    assert everything_in(made_from(changing)) == whole
    file.write_bytes(b"no database")
    assert everything_in(made_from(changing)) == whole


def test_the_copy_is_for_its_owner_only_and_has_no_log_or_leftovers_beside_it(small: Path):
    file = made_from(small)
    assert file.stat().st_mode & 0o777 == 0o600
    names = {path.name for path in small.iterdir()} - {".gitignore"}
    assert names == {"polyai.duckdb", "polyai-marts.duckdb", ".polyai-marts.duckdb.lock"}


def test_a_copy_that_fails_leaves_the_one_before(small: Path, tmp_path: Path):
    file = made_from(small)
    before = file.read_bytes()
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    with pytest.raises(NothingToCopy, match="polyai backfill"):
        make_copy(file, CopySource(warehouse=Warehouse(str(tmp_path / "empty.duckdb"))), LOADED_AT)
    assert file.read_bytes() == before


def test_a_kill_leaves_the_copy_before_whole(small: Path):
    file = made_from(small)
    before = file.read_bytes()
    program = (
        "import sys, time; from polyai_assets.marts import build; from pathlib import Path; "
        "from datetime import UTC, datetime; from polyai_assets.warehouse.attach import Warehouse\n"
        "def wait(*_): print('filled', flush=True); time.sleep(60)\n"
        "build.move_local = wait\n"
        "build.make_copy(Path(sys.argv[2]), build.CopySource(warehouse=Warehouse(sys.argv[1])), datetime.now(UTC))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(small / "polyai.duckdb"), str(file)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"filled\n"
        os.kill(process.pid, signal.SIGKILL)
    assert file.read_bytes() == before
    made_from(small, LOADED_AT + timedelta(days=1))
    with opened_copy(file) as connection:
        assert age_of(connection, LOADED_AT + timedelta(days=1)).made_at == LOADED_AT + timedelta(days=1)


@LONG
def test_a_hundred_readers_meet_no_error_while_the_warehouse_is_written_and_copied(small: Path):
    file = made_from(small)
    until = time.monotonic() + 0.4
    read = (
        "import duckdb, sys, time\n"
        "seen = set()\n"
        "while time.time() < float(sys.argv[2]):\n"
        "    with duckdb.connect(sys.argv[1], read_only=True) as copy:\n"
        "        seen.add(copy.execute('SELECT (SELECT sum(conversations)::INT FROM daily_kpis WHERE level = '\n"
        "            \"'project'), (SELECT count(*)::INT FROM calls)\").fetchall()[0])\n"
        "assert all(a == b for a, b in seen), seen\n"
    )
    with ThreadPoolExecutor(100) as pool:
        other = subprocess.Popen([sys.executable, "-c", read, str(file), str(time.time() + 0.6)])

        def look(_: int) -> int:
            looks = 0
            while not looks or time.monotonic() < until:
                with opened_copy(file) as connection:
                    counted = connection.execute(
                        "SELECT (SELECT sum(conversations) FROM daily_kpis WHERE level = 'project'), "
                        "(SELECT count(*) FROM calls)"
                    ).fetchall()[0]
                assert counted[0] == counted[1]
                looks += 1
            return looks

        looks = pool.map(look, range(100))
        copies = 0
        while copies < 2 or time.monotonic() < until:
            with duckdb.connect(str(small / "polyai.duckdb")) as writer:
                writer.execute("DELETE FROM conversation_facts WHERE conversation_id = ?", [f"CA{copies:06}"])
            made_from(small)
            copies += 1
        assert min(looks) > 0
        assert other.wait(20) == 0


@LONG
def test_a_ducklake_is_copied_as_a_file_is(small: Path, tmp_path: Path):
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        load_extension(connection, "ducklake")
        connection.execute(
            f"ATTACH 'ducklake:{tmp_path}/lake.ducklake' AS lake (DATA_PATH '{tmp_path}/files/')"
        )
        connection.execute(f"ATTACH '{small}/polyai.duckdb' AS tables (READ_ONLY)")
        for table in (
            "conversation_facts",
            "turns",
            "metrics",
            "turn_topics",
            "function_events",
            "loads",
            "kpi_settings",
        ):
            connection.execute(f"CREATE TABLE lake.main.{table} AS FROM tables.main.{table}")
    lake = Warehouse(f"ducklake:{tmp_path}/lake.ducklake", f"{tmp_path}/files/")
    make_copy(tmp_path / "from-lake.duckdb", CopySource(warehouse=lake, unsettled=unsettled()), LOADED_AT)
    assert everything_in(tmp_path / "from-lake.duckdb") == everything_in(made_from(small))


def test_a_missing_copy_says_what_to_run(tmp_path: Path):
    with (
        pytest.raises(CopyMissing, match=r"is not there yet\. Make it: dg launch --assets read_only_copy"),
        opened_copy(tmp_path / "none.duckdb"),
    ):
        pass


def test_an_old_copy_and_a_file_that_is_none_say_what_to_run(small: Path):
    with opened_copy(made_from(small)) as connection:
        assert age_of(connection, LOADED_AT + timedelta(hours=1)).warning == ""
        assert "Make it anew: dg launch" in age_of(connection, LOADED_AT + timedelta(days=2)).warning
    with (
        opened_copy(small / "polyai.duckdb") as connection,
        pytest.raises(CopyMissing, match="no copy of the warehouse"),
    ):
        age_of(connection, datetime.now(UTC))


def test_the_projects_of_the_planted_calls_are_loaded(small: Path):
    with opened_copy(made_from(small)) as connection:
        found = connection.execute("SELECT count(*) FROM partitions WHERE project = ?", [HOTEL]).fetchall()
        info = connection.execute(f"SELECT count(*) FROM {COPY_INFO.name}").fetchall()
    assert (found, info) == ([(18,)], [(1,)])


def test_a_partition_of_which_several_datasets_are_loaded_is_one(changing: Path):
    with duckdb.connect(str(changing / "polyai.duckdb")) as warehouse:
        warehouse.execute(
            "ALTER TABLE loads ADD COLUMN dataset VARCHAR; "
            "INSERT INTO loads BY NAME SELECT project, date, 'details' AS dataset, "
            "loaded_at + INTERVAL 1 DAY AS loaded_at FROM loads"
        )
    with opened_copy(made_from(changing)) as connection:
        found = connection.execute("SELECT project, date FROM partitions").fetchall()
    assert len(found) == len({*found}) > 0
