"""Days that fail in ways that nobody foresaw."""

from pathlib import Path

import duckdb
import pyarrow as pa

from polyai_assets.assets.retrieval_days import Listed, list_rows
from polyai_assets.assets.step import StepStores
from polyai_assets.contract.tables import QA_SAMPLES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.loads import SAMPLES
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, partitions_of, project_of

DAYS = (DAY1, DAY2, DAY3)


def rows(name: str, **more: pa.Array) -> pa.Table:
    moment = pa.array([None], pa.timestamp("us", tz="UTC"))
    return pa.table({"conversation_id": [name], "position": [0], "drawn_at": moment, **more})


def test_what_nobody_foresaw_makes_one_day_red(tmp_path: Path):
    def find(partition: Partition) -> Listed:
        if partition.date == DAY2:
            raise ZeroDivisionError
        return Listed(rows(str(partition.date)))

    step = StepStores(
        RawStore(str(tmp_path)), Warehouse(str(tmp_path / "w.duckdb")), tmp_path / "spool", connect
    )
    outcomes = list(list_rows(step, partitions_of(project_of(HOTEL), DAYS), SAMPLES, QA_SAMPLES, find))
    assert [type(one.error) for one in outcomes] == [type(None), ZeroDivisionError, type(None)]


def test_after_a_day_that_could_not_be_listed_the_next_ones_are(tmp_path: Path):
    def find(partition: Partition) -> Listed:
        unknown = {"no_such_column": pa.array([1])} if partition.date == DAY2 else {}
        return Listed(rows(str(partition.date), **unknown))

    step = StepStores(
        RawStore(str(tmp_path)), Warehouse(str(tmp_path / "w.duckdb")), tmp_path / "spool", connect
    )
    outcomes = list(list_rows(step, partitions_of(project_of(HOTEL), DAYS), SAMPLES, QA_SAMPLES, find))
    assert [isinstance(one.error, duckdb.Error) for one in outcomes] == [False, True, False]
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        found = connection.execute("SELECT conversation_id FROM qa_samples ORDER BY date").fetchall()
    assert found == [(str(DAY1),), (str(DAY3),)]


def test_the_warehouse_is_free_between_days(tmp_path: Path):
    target = str(tmp_path / "w.duckdb")
    step = StepStores(RawStore(str(tmp_path)), Warehouse(target), tmp_path / "spool", connect)
    for outcome in list_rows(
        step,
        partitions_of(project_of(HOTEL), DAYS),
        SAMPLES,
        QA_SAMPLES,
        lambda partition: Listed(rows(str(partition.date))),
    ):
        assert outcome.error is None
        duckdb.connect(target).close()
