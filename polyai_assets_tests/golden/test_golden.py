"""What earlier code has kept is read by this code: nothing is fetched, and the tables are the same."""

import shutil
from pathlib import Path
from random import Random

import duckdb
import pytest

from polyai_assets.assets.days import Ingest
from polyai_assets.assets.detail_days import Details
from polyai_assets.assets.recordings import Recordings
from polyai_assets.assets.sample_days import QaSamples
from polyai_assets.assets.search_days import SearchHits
from polyai_assets.configuration.searches import SearchConfig
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.audio import wanting
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW, configured, partitions_of
from polyai_assets_tests.tiers import long

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent
TABLES = sorted(path.stem for path in (GOLDEN / "warehouse").glob("*.parquet"))
NOWHERE = "http://127.0.0.1:9"
SEARCH = SearchConfig(name="breakfast", query="breakfast", type="semantic")


def as_it_was(target: Path) -> None:
    """Make the warehouse that earlier code has loaded."""
    with duckdb.connect(str(target)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute((GOLDEN / "warehouse" / "schema.sql").read_text())
        for table in TABLES:
            file = GOLDEN / "warehouse" / f"{table}.parquet"
            connection.execute(f"COPY {table} FROM '{file}' (FORMAT parquet)")


def replayed(folder: Path) -> None:
    """Load everything from the raw store of a folder into its warehouse, without a key and without an answer."""
    config = configured(
        HOTEL,
        NOWHERE,
        key=None,
        max_attempts=1,
        details=True,
        audio=wanting(),
        samples=2,
        searches=(SEARCH,),
    )
    days = partitions_of(config.project, [DAY1, DAY2])
    store, warehouse, spool = (
        RawStore(str(folder / "raw")),
        Warehouse(str(folder / "now.duckdb")),
        folder / "spool",
    )
    for outcomes in (
        Ingest(store, warehouse, spool, connect, fetches=False, loads=True).run(config, days),
        Details(store, warehouse, spool, connect, fetches=False, loads=True).run(config, days),
        Recordings(store, warehouse, spool, connect, now=lambda: NOW).run(config, days[:1]),
        SearchHits(store, warehouse, spool, connect, now=lambda: NOW, replay=True).run(config, days),
        QaSamples(store, warehouse, spool, connect, now=lambda: NOW, random=Random(1)).run(config, days),
    ):
        assert {outcome.error for outcome in outcomes} == {None}


@pytest.mark.parametrize("onto", [long("nothing"), "the warehouse of then"])
def test_a_raw_store_of_earlier_code_makes_the_same_tables(tmp_path: Path, onto: str) -> None:
    shutil.copytree(GOLDEN / "raw", tmp_path / "raw")
    as_it_was(tmp_path / "before.duckdb")
    if onto != "nothing":
        as_it_was(tmp_path / "now.duckdb")
    replayed(tmp_path)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in ("before", "now"):
            connection.execute(f"ATTACH '{tmp_path / name}.duckdb' AS {name} (READ_ONLY)")
        for table in TABLES:
            columns = ", ".join(
                column
                for (column,) in connection.execute(
                    "SELECT column_name FROM duckdb_columns() WHERE database_name = 'before' AND table_name = ?",
                    [table],
                ).fetchall()
            )
            of_before, of_now = (
                connection.execute(f"SELECT {columns} FROM {name}.{table} ORDER BY ALL").fetchall()
                for name in ("before", "now")
            )
            assert of_now == of_before, table
