"""A lake from which rows were erased: neither its files nor its catalog hold them, and it holds what it held."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polyai_assets.contract.tables import CONVERSATIONS, QUARANTINED
from polyai_assets.erasure.tables import erase_rows
from polyai_assets.warehouse.attach import CATALOG, Warehouse
from polyai_assets.warehouse.purge_lake import purge_lake
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.tiers import long
from polyai_assets_tests.warehouse.conftest import PARTITION, ids

pytestmark = pytest.mark.slow

GONE, NUMBER = "CA-gone-0001", "+442079460958"
COUNT = 12
"""Conversations of a partition: more than DuckLake keeps in its catalog instead of a file."""


@pytest.fixture
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    catalog = tmp_path / "catalog.ducklake"
    if request.param == "postgres":
        catalog = f"postgres:{request.getfixturevalue('new_database')()}"
    return Warehouse(f"ducklake:{catalog}", str(tmp_path / "lake's"), wait=60)


def files_with_it(folder: Path) -> list[str]:
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content = repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
        if GONE.encode() in content or NUMBER.encode() in content:
            found.append(path.name)
    return found


def catalog_tables_with_it(lake: Warehouse) -> list[str]:
    with own_duckdb() as connection, lake.attached(connection, read_only=True):
        of_lake = (
            "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'ducklake%' AND database_name = ?"
        )
        there = connection.execute(of_lake, [CATALOG])
        return [
            name
            for (name,) in there.fetchall()
            if connection.execute(
                f'SELECT 1 FROM {CATALOG}."{name}" t WHERE t::VARCHAR LIKE ? OR t::VARCHAR LIKE ? LIMIT 1',
                [f"%{GONE}%", f"%{NUMBER}%"],
            ).fetchall()
        ]


@pytest.mark.parametrize(("lake", "others"), [("file", COUNT), long("postgres", 2)], indirect=["lake"])
def test_no_file_and_no_table_of_the_catalog_holds_what_was_erased(
    lake: Warehouse, tmp_path: Path, others: int
):
    names = [f"CA-stays-{number:04}" for number in range(others)]
    rows = {
        CONVERSATIONS: {"conversation_id": [*names, GONE], "from_number": [*([""] * others), NUMBER]},
        QUARANTINED: {"conversation_id": [GONE], "payload": [f'{{"from_number": "{NUMBER}"}}']},
    }
    with own_duckdb() as connection:
        replace_tables(connection, lake, PARTITION, {table: pa.table(given) for table, given in rows.items()})
    assert [*files_with_it(tmp_path), *catalog_tables_with_it(lake)] != []
    with own_duckdb() as connection:
        erase_rows(connection, lake, {PARTITION.project: {GONE}}, {GONE, NUMBER})
        purge_lake(connection, lake)
    assert files_with_it(tmp_path) == []
    assert catalog_tables_with_it(lake) == []
    assert ids(lake) == names
