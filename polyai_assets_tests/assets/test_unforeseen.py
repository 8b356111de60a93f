"""An error that nobody foresaw costs the day it befalls, and no other."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from polyai_assets.raw.file_store import StoreUnavailable
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets.ingesting import connect, ingest_in
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, configured, partitions_of, project_of

pytestmark = pytest.mark.usefixtures("no_facts")


class Unanswering(RawStore):
    """A raw store of which some files can neither be read nor written."""

    def __init__(self, url: str, about: str) -> None:
        super().__init__(url)
        self._about = about

    def read(self, name: str) -> bytes | None:
        self._fail(name)
        return super().read(name)

    def write(self, name: str, content: bytes) -> None:
        self._fail(name)
        super().write(name, content)

    def _fail(self, name: str) -> None:
        if self._about in name:
            raise StoreUnavailable(f"{name}: Service Unavailable")


@pytest.mark.parametrize("file", ["certificate.json", "decisions.json", "refused.json"])
def test_a_day_whose_files_do_not_answer_is_red_and_the_others_are_loaded(
    polyai_url: str, tmp_path: Path, file: str
) -> None:
    step = ingest_in(tmp_path)
    step = replace(step, store=Unanswering(step.store.url, f"{DAY2}/{file}"))
    outcomes = list(
        step.run(configured(HOTEL, polyai_url), partitions_of(project_of(HOTEL), [DAY1, DAY2, DAY3]))
    )
    assert [outcome.is_red for outcome in outcomes] == [False, file != "refused.json", False]


def test_where_no_day_can_be_noted_each_is_red_and_nobody_is_asked(
    polyai: Simulator, polyai_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    step = ingest_in(tmp_path)
    step = replace(step, store=Unanswering(step.store.url, "unsettled/"))
    outcomes = list(step.run(configured(HOTEL, polyai_url), partitions_of(project_of(HOTEL), [DAY1, DAY2])))
    assert [str(outcome.error).partition(": ")[2] for outcome in outcomes] == ["Service Unavailable"] * 2
    assert polyai.requests == []
    assert "that it is red cannot be noted in the raw store" in caplog.text


@contextmanager
def broken() -> Iterator[duckdb.DuckDBPyConnection]:
    msg = "what nobody foresaw"
    raise LookupError(msg)
    yield


def test_the_other_days_are_loaded(polyai_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # the three days together, then the first, then the other two together and each alone
    connections = iter([broken, connect, broken, broken, connect])

    def next_connection() -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return next(connections)()

    step = replace(ingest_in(tmp_path), connect=next_connection)
    with caplog.at_level(logging.ERROR):
        outcomes = list(
            step.run(configured(HOTEL, polyai_url), partitions_of(project_of(HOTEL), [DAY1, DAY2, DAY3]))
        )
    assert [outcome.is_red for outcome in outcomes] == [False, True, False]
    assert "what nobody foresaw" in caplog.text
    assert "Traceback" in caplog.text
