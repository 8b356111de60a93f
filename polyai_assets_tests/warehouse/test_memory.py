"""Days that need more memory than DuckDB usually has: a fourth of what the pipeline gives it, and days to match."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.project import Project
from polyai_assets.contract.tables import SEARCH_HITS
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import replace_details
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.memory import (
    VECTOR_ROWS,
    Heaviest,
    MemoryShort,
    limited_to,
    memory_limit,
    most_memory,
    rooms,
)
from polyai_assets.warehouse.replace import LoadRecords, replace_partitions, replace_tables
from polyai_assets.warehouse.staged_rows import StagedRows, dated
from polyai_assets_tests.contract.details import DAY, RECORDED, detail_of
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.tiers import LONG, long
from polyai_assets_tests.warehouse.conftest import (
    PARTITION,
    START,
    ask,
    batch,
    change,
    elsewhere,
    ids,
    loaded,
    start_on,
)
from polyai_assets_tests.warehouse.one_day import replace_partition

pytestmark = pytest.mark.slow

MB = 1_000_000
DETAILS = Load(Partition(Project.parse("us-1/acme/hotel-bot"), DAY))
NEXT_DAY = elsewhere(PARTITION, date=date(2026, 3, 2))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    config = {
        "memory_limit": "24MB",
        "temp_directory": str(tmp_path / "spill"),
        "autoinstall_known_extensions": False,
    }
    with duckdb.connect(config=config) as connection:
        yield connection


def text(size: int) -> str:
    return "0123456789abcdef" * (size // 16)


@pytest.fixture(params=["a DuckDB file", long("a DuckLake")])
def any_warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "a DuckLake":
        return Warehouse(f"ducklake:{tmp_path / 'catalog.ducklake'}", str(tmp_path / "lake"), wait=30)
    return Warehouse(str(tmp_path / "polyai.duckdb"), wait=30)


@pytest.mark.parametrize(
    ("any_warehouse", "count", "size"),
    [("a DuckDB file", 120, 235_000), long("a DuckDB file", 30, 940_000), long("a DuckLake", 30, 940_000)],
    indirect=["any_warehouse"],
)
def test_heavy_details_are_loaded_and_can_be_replaced(
    connection: duckdb.DuckDBPyConnection, any_warehouse: Warehouse, count: int, size: int
) -> None:
    turns = [{"llm_requests": [{"prompt": text(size)}]}]
    body = json.dumps(RECORDED | {"turns": turns}).encode()
    for _ in range(2):
        details = (detail_of(body, conversation_id=str(n)) for n in range(count))
        loaded = replace_details(connection, any_warehouse, DETAILS, details)
        assert loaded.rows["conversation_details"] == count
    assert memory_limit(connection) // MB == 23


@pytest.mark.parametrize(("count", "size"), [(2, 3_900_000), long(30, 1_000_000)])
def test_heavy_records_are_loaded_and_can_be_replaced(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, count: int, size: int
) -> None:
    bodies = [payload(id=f"CA{n}", state={"a": text(size)}) for n in range(count)]
    for _ in range(2):
        staged = replace_partition(connection, warehouse, PARTITION, [batch(*bodies)])
        assert staged.rows["conversations"] == count
        assert staged.quarantined == []


def test_facts_of_heavy_function_calls_take_no_more_memory_than_the_calls(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    small = replace(warehouse, memory=120 * MB)
    start = START.replace(year=DAY.year, month=DAY.month, day=DAY.day)
    names = [str(number) for number in range(20)]
    records = [payload(id=name, started_at=start.isoformat()) for name in names]
    replace_partition(connection, small, DETAILS, [batch(*records, start=start)])
    event = {"name": "look_up", "logs": text(MB), "hangup": False, "utterance": None}
    body = json.dumps(RECORDED | {"functionEvents": {"0": [event]}}).encode()
    replace_details(connection, small, DETAILS, [detail_of(body, conversation_id=name) for name in names])
    found = ask(warehouse, "SELECT DISTINCT function_calls, ended_by FROM conversation_facts")
    assert found == [{"function_calls": 1, "ended_by": "caller or system"}]


@LONG
def test_heavy_records_that_vanished_or_cannot_be_loaded_are_kept_aside(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    heavy = {"state": {"a": text(MB)}}
    batches = [
        batch(*(payload(id=f"V{n}", **heavy) for n in range(25)), vanished_at=START),
        batch(*(payload(id=f"Q{n}", started_at="never", **heavy) for n in range(25)), start=None),
        batch(payload(id="CA1")),
    ]
    for _ in range(2):
        staged = replace_partition(connection, warehouse, PARTITION, batches)
    counts = [staged.rows[table] for table in ("vanished_conversations", "quarantine", "conversations")]
    assert counts == [25, 25, 1]


@LONG
def test_heavy_changes_are_loaded(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    changes = [change(f"CA{n}", before=text(MB), after=text(MB)) for n in range(15)]
    for _ in range(2):
        staged = replace_partition(connection, warehouse, PARTITION, [], changes)
    assert staged.rows["conversation_changes"] == 15


@LONG
def test_an_ordinary_day_is_loaded_beside_days_that_do_not_fit_into_its_memory(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    # DuckDB stores the few rows of neighbouring days anew as one group.
    heavy = [payload(id=f"CA{n}", state={"a": text(MB)}) for n in range(30)]
    replace_partition(connection, warehouse, PARTITION, [batch(*heavy)])
    days = [elsewhere(PARTITION, date=date(2026, 3, day)) for day in (2, 3)]

    def load(name: str) -> None:
        records = {
            day.date: batch(payload(id=f"{name} {day.date.day}"), start=start_on(day.date)) for day in days
        }
        with own_duckdb(memory_limit="24MB") as usual:
            replace_partitions(
                usual, warehouse, days, lambda load: nullcontext(LoadRecords([records[load.date]]))
            )

    load("old")
    load("new")
    assert [one for one in ids(warehouse) if not one.startswith("CA")] == ["new 2", "new 3"]
    assert len(ids(warehouse)) == 32


def test_a_record_that_the_machine_cannot_take_apart_is_the_only_one_that_is_not_loaded(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    small = replace(warehouse, memory=256 * MB)
    heavy = payload(id="CA2", state={"a": text(28 * MB)})
    batches = [batch(payload(), heavy, payload(id="CA3"))]
    staged = replace_partition(connection, small, PARTITION, batches)
    assert ids(warehouse) == ["CA1", "CA3"]
    (lost,) = staged.quarantined
    assert (lost.conversation_id, lost.reasons) == (
        "CA2",
        [
            "it has 28 MB, more than the 256 MB of memory that there are can take apart; the raw store has all of it: "
            "with more memory, load the day again (polyai backfill --replay)"
        ],
    )
    (row,) = ask(warehouse, "SELECT payload FROM quarantine")
    assert heavy.startswith(row["payload"].encode())
    assert len(row["payload"]) == 100_000
    replace_partition(connection, warehouse, PARTITION, batches)
    assert ids(warehouse) == ["CA1", "CA2", "CA3"]


@LONG
def test_a_detail_that_the_machine_cannot_take_apart_is_the_only_one_that_is_not_read(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    small = replace(warehouse, memory=256 * MB)
    bodies = [json.dumps(RECORDED | {"note": text(size)}).encode() for size in (16, 28 * MB, 16)]
    details = [detail_of(body, conversation_id=str(n)) for n, body in enumerate(bodies)]
    replace_details(connection, small, DETAILS, details)
    found = ask(warehouse, "SELECT conversation_id, status, reason FROM conversation_details ORDER BY ALL")
    assert [row["status"] for row in found] == ["found", "unreadable", "found"]
    assert "28 MB, more than the 256 MB of memory" in found[1]["reason"]
    replace_details(connection, warehouse, DETAILS, details)
    assert ask(warehouse, "SELECT DISTINCT status FROM conversation_details") == [{"status": "found"}]


def test_a_day_that_the_machine_cannot_store_keeps_what_it_had_and_the_error_says_what_to_do(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse
) -> None:
    small = replace(warehouse, memory=80 * MB)
    loaded(warehouse, payload(id="old"))
    heavy = [payload(id=f"CA{n}", state={"a": text(4 * MB)}) for n in range(25)]
    with pytest.raises(MemoryShort) as caught:
        replace_partition(connection, small, PARTITION, [batch(*heavy)])
    for part in (
        str(PARTITION.partition),
        warehouse.target,
        "80 MB were tried",
        "have 100 MB",
        "more memory",
    ):
        assert part in str(caught.value)
    assert ids(warehouse) == ["old"]
    replace_partition(connection, small, NEXT_DAY, [batch(payload(id="next"), start=START.replace(day=2))])
    assert ids(warehouse) == ["next", "old"]


@pytest.mark.parametrize("kind", ["rows", "file"])
def test_heavy_rows_of_any_table_are_stored(
    connection: duckdb.DuckDBPyConnection, any_warehouse: Warehouse, kind: str, tmp_path: Path
) -> None:
    rows = pa.table(
        {
            "search": [text(MB)] * 25,
            "conversation_id": [str(n) for n in range(25)],
            "rank": list(range(25)),
            "found_at": pa.array([START] * 25, pa.timestamp("us", tz="UTC")),
        }
    )
    staged = StagedRows(tmp_path, SEARCH_HITS)
    for start in range(0, 25, 10):
        staged.add(dated(rows.slice(start, 10), PARTITION.date))
    staged.close()
    for _ in range(2):
        replace_tables(
            connection, any_warehouse, PARTITION, {SEARCH_HITS: rows if kind == "rows" else staged}
        )
    assert ask(any_warehouse, "SELECT count(*) AS n FROM search_hits") == [{"n": 25}]


@given(st.lists(st.tuples(st.integers(1, VECTOR_ROWS), st.integers(0, 10**6)), min_size=1, max_size=6))
def test_no_2048_rows_in_a_row_are_heavier_than_is_said(pieces: list[tuple[int, int]]) -> None:
    heaviest = Heaviest()
    for rows, size in pieces:
        heaviest.add(rows, rows * size)
    each = [size for rows, size in pieces for _ in range(rows)]
    windows = [sum(each[:VECTOR_ROWS])]
    for place in range(len(each) - VECTOR_ROWS):
        windows.append(windows[-1] - each[place] + each[place + VECTOR_ROWS])
    assert max(windows) <= heaviest.bytes <= 3 * max(windows)


def test_pieces_far_apart_do_not_weigh_together() -> None:
    heaviest = Heaviest()
    for size in (100, 0, 0, 100):
        heaviest.add(1024, size)
    assert heaviest.bytes == 100


@given(st.integers(1, 10**9), st.integers(0, 10**10), st.integers(1, 10**11), st.booleans())
def test_attempts_begin_with_what_is_usual_and_end_with_what_there_is(
    usual: int, heaviest: int, more: int, merges: bool
) -> None:
    most = usual + more
    attempts = list(rooms(usual, heaviest, most, merges=merges))
    assert attempts[0].limit >= min(most, usual)
    assert attempts[-1].limit == most
    assert all(one.limit <= other.limit for one, other in pairwise(attempts))
    assert [one.merges for one in attempts[1:]] == [False] * len(attempts[1:])
    if 4 * heaviest <= usual:
        assert attempts[0] == (usual, merges)


def test_a_limit_is_as_before_after_it_was_lifted(connection: duckdb.DuckDBPyConnection) -> None:
    before = memory_limit(connection)
    for _ in range(5):
        with limited_to(connection, 500 * MB):
            assert 499 * MB < memory_limit(connection) <= 500 * MB
        assert memory_limit(connection) == before
    assert most_memory(connection) > before
    assert memory_limit(connection) == before
