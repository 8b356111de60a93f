"""A fetch that brings what the warehouse holds already is not loaded again; whoever replays a day, loads it."""

from dataclasses import replace
from pathlib import Path

import duckdb

from polyai_assets_tests.assets.ingesting import ingest, ingest_in, small_pages
from polyai_assets_tests.deployment import DAY1, DAY2

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
