"""An error that nobody foresaw costs the day it befalls, and no other."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from polyai_assets_tests.assets.ingesting import connect, ingest_in
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, configured


@contextmanager
def broken() -> Iterator[duckdb.DuckDBPyConnection]:
    msg = "what nobody foresaw"
    raise LookupError(msg)
    yield


def test_the_other_days_are_loaded(polyai_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    connections = iter([connect, broken, connect])

    def next_connection() -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return next(connections)()

    step = replace(ingest_in(tmp_path), connect=next_connection)
    with caplog.at_level(logging.ERROR):
        outcomes = list(step.run(configured(HOTEL, polyai_url), [DAY1, DAY2, DAY3]))
    assert [outcome.is_red for outcome in outcomes] == [False, True, False]
    assert "what nobody foresaw" in caplog.text
    assert "Traceback" in caplog.text
