"""A lake from which rows were erased: neither its files nor its catalog hold them, and it holds what it held."""

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polyai_assets.erasure.tables import erase_rows
from polyai_assets.warehouse.attach import CATALOG, Warehouse
from polyai_assets.warehouse.purge_lake import purge_lake
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import PARTITION, ids, loaded
from polyai_assets_tests.warehouse.replacing import COUNT
from polyai_assets_tests.warehouse.test_ducklake import lake, on_postgres

__all__ = ["lake", "on_postgres"]

pytestmark = pytest.mark.slow

GONE, NUMBER = "CA-gone-0001", "+442079460958"


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


@pytest.mark.parametrize(
    ("lake", "others"), [("file", 2), ("file", COUNT), ("postgres", 2)], indirect=["lake"]
)
def test_no_file_and_no_table_of_the_catalog_holds_what_was_erased(
    lake: Warehouse, tmp_path: Path, others: int
):
    names = [f"CA-stays-{number:04}" for number in range(others)]
    loaded(lake, *(payload(FULL, id=name) for name in names), payload(FULL, id=GONE, from_number=NUMBER))
    assert [*files_with_it(tmp_path), *catalog_tables_with_it(lake)] != []
    with own_duckdb() as connection:
        erase_rows(connection, lake, {PARTITION.project: {GONE}}, {GONE, NUMBER})
        purge_lake(connection, lake)
    assert files_with_it(tmp_path) == []
    assert catalog_tables_with_it(lake) == []
    assert ids(lake) == names
