"""A fetch that brings what the warehouse holds already is not loaded again; whoever replays a day, loads it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polyai_assets.contract.fit import Fitted, fit
from polyai_assets.raw.conversations import records
from polyai_assets.raw.parquet import open_writer
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse import stage_day
from polyai_assets_tests.assets.ingesting import ingest, ingest_in, small_pages
from polyai_assets_tests.deployment import DAY1, DAY2

pytestmark = pytest.mark.usefixtures("no_facts")

DAYS = [DAY1, DAY2]


def loads(folder: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "polyai.duckdb"), read_only=True) as connection:
        return connection.execute("SELECT date, loaded_at, records_sha256 FROM loads ORDER BY ALL").fetchall()


def test_an_unchanged_day_is_not_loaded_again_and_shows_what_it_showed(
    polyai_url: str, tmp_path: Path
) -> None:
    first = ingest(polyai_url, tmp_path, DAYS)
    loaded, warehouse = loads(tmp_path), (tmp_path / "polyai.duckdb").read_bytes()
    again = ingest(polyai_url, tmp_path, DAYS)
    assert [outcome.error for outcome in again] == [None, None]
    assert (tmp_path / "polyai.duckdb").read_bytes() == warehouse
    assert loads(tmp_path) == loaded
    assert [outcome.staged for outcome in again] == [outcome.staged for outcome in first]


def test_a_replay_loads_what_is_held(polyai_url: str, tmp_path: Path) -> None:
    (fetched,) = ingest(polyai_url, tmp_path, [DAY1])
    ((_, first, records),) = loads(tmp_path)
    (outcome,) = replace(ingest_in(tmp_path), fetches=False).run(small_pages(polyai_url), [fetched.partition])
    assert outcome.error is None
    ((_, again, same),) = loads(tmp_path)
    assert (again != first, same) == (True, records)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of records that are written, wherever."""
    files: list[Path] = []

    def noting(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
        files.append(path)
        return open_writer(path, schema)

    monkeypatch.setattr(records, "open_writer", noting)
    return files


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The records that are read for the tables, in their order."""
    payloads_read: list[bytes] = []

    def noting(payloads: Sequence[bytes], *of_contract: Any) -> Fitted:
        payloads_read.extend(payloads)
        return fit(payloads, *of_contract)

    monkeypatch.setattr(stage_day, "fit", noting)
    return payloads_read


def test_each_record_is_fetched_kept_and_read_once(
    polyai: Simulator, polyai_url: str, tmp_path: Path, read: list[bytes], written: list[Path]
) -> None:
    """And of a day that has not changed none is read, written or loaded; of a replay none is fetched."""
    raw = RawStore(str(tmp_path / "raw"))
    (first,) = ingest(polyai_url, tmp_path, [DAY1])
    calls = len(polyai.requests)
    assert (len(read), len(written)) == (first.certificate.rows, 1)
    with raw.records(first.certificate) as batches:
        assert sorted(read) == sorted(record for batch in batches for record in batch["payload"].to_pylist())

    read.clear()
    ingest(polyai_url, tmp_path, [DAY1])
    assert len(polyai.requests) == 2 * calls
    assert (read, len(written)) == ([], 1)

    polyai.requests.clear()
    list(replace(ingest_in(tmp_path), fetches=False).run(small_pages(polyai_url), [first.partition]))
    assert polyai.requests == []
    assert (len(read), len(written)) == (first.certificate.rows, 1)
