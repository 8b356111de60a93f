"""What of a sample goes into a sheet."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.assets.sample_days import QaSamples
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.store import RawStore
from polyai_assets.review.errors import NothingToReview
from polyai_assets.review.sampled import sampled_turns
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect, ingest_in
from polyai_assets_tests.conftest import Configure, Prepare
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, HOTEL, partitions_of

Turns = list[dict[str, Any]]


@dataclass(frozen=True)
class Drawn:
    """Two days of the hotel and one of the bank, loaded, with samples."""

    folder: Path
    hotel: ProjectConfig

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(str(self.folder / "polyai.duckdb"), wait=30)

    def fetch(self, config: ProjectConfig, *days: date) -> None:
        outcomes = list(ingest_in(self.folder).run(config, partitions_of(config.project, days)))
        assert [one.error for one in outcomes] == [None] * len(days)

    def draw(self, config: ProjectConfig, *days: date) -> None:
        store = RawStore(str(self.folder / "raw"))
        work = QaSamples(store, self.warehouse, self.folder / "spool", connect)
        assert all(one.error is None for one in work.run(config, partitions_of(config.project, days)))

    def read(self, since: date | None = None, until: date | None = None, project: str = HOTEL.key) -> Turns:
        with connect() as connection:
            found: Turns = sampled_turns(connection, self.warehouse, project, since, until).to_pylist()
        return found

    def ask(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.warehouse.target) as connection:
            return connection.execute(sql, given).fetchall()


@pytest.fixture
def drawn(tmp_path: Path, configure: Configure, prepared: Prepare) -> Drawn:
    options = {"samples": 2, "max_attempts": 1, "verify": "off"}
    hotel, bank = (configure(project, **options) for project in (HOTEL, BANK))

    def draw(folder: Path) -> None:
        drawn = Drawn(folder, hotel)
        for config, days in ((hotel, (DAY1, DAY2)), (bank, (DAY1,))):
            drawn.fetch(config, *days)
            drawn.draw(config, *days)

    prepared("samples of three days", tmp_path, draw)
    return Drawn(tmp_path, hotel)


def test_all_turns_of_the_sampled_conversations_come_in_the_order_of_the_drawing(drawn: Drawn):
    expected = drawn.ask(
        "SELECT s.conversation_id, t.turn_index, t.user_input FROM qa_samples s JOIN turns t USING (project, date, "
        f"conversation_id) WHERE project = '{HOTEL.key}' AND date = '{DAY1}' ORDER BY s.position, t.turn_index"
    )
    turns = drawn.read(DAY1, DAY1)
    assert [(one["conversation_id"], one["turn_index"], one["user_input"]) for one in turns] == expected
    assert {one["project"] for one in turns} == {HOTEL.key}
    assert all(one["is_there"] and one["channel"] for one in turns)


def test_days_can_be_chosen(drawn: Drawn):
    def days(turns: Turns) -> set[date]:
        return {one["date"] for one in turns}

    assert days(drawn.read(DAY1, DAY1)) == {DAY1}
    assert days(drawn.read(since=DAY1)) == days(drawn.read(until=DAY3)) == {DAY1, DAY2}
    assert days(drawn.read(since=DAY2)) == {DAY2}


def test_by_itself_the_newest_sample_is_taken(drawn: Drawn):
    assert {one["date"] for one in drawn.read()} == {DAY2}


def test_a_vanished_conversation_has_a_row(drawn: Drawn, polyai: Simulator):
    gone = drawn.read(DAY1, DAY1)[0]["conversation_id"]
    polyai.remove(HOTEL.key, gone)
    drawn.fetch(drawn.hotel, DAY1)
    drawn.draw(drawn.hotel, DAY1)
    rows = [one for one in drawn.read(DAY1, DAY1) if one["conversation_id"] == gone]
    assert [(one["is_there"], one["turn_index"]) for one in rows] == [(False, None)]


def test_a_conversation_without_turns_has_a_row(drawn: Drawn):
    name = drawn.read(DAY1, DAY1)[0]["conversation_id"]
    drawn.ask("DELETE FROM turns WHERE conversation_id = ?", name)
    rows = [one for one in drawn.read(DAY1, DAY1) if one["conversation_id"] == name]
    assert [(one["is_there"], one["turn_index"]) for one in rows] == [(True, None)]


def test_a_conversation_that_is_moving_comes_once(drawn: Drawn):
    before = drawn.read(DAY1, DAY1)
    for table in ("conversations", "turns"):
        drawn.ask(
            f"INSERT INTO {table} BY NAME SELECT * REPLACE (CAST(? AS DATE) AS date) FROM {table} WHERE date = ?",
            DAY3,
            DAY1,
        )
    assert drawn.read(DAY1, DAY1) == before
    for table in ("conversations", "turns"):
        drawn.ask(f"DELETE FROM {table} WHERE date = ?", DAY1)
    assert drawn.read(DAY1, DAY1) == before


def test_days_without_a_sample_are_told(drawn: Drawn):
    with pytest.raises(
        NothingToReview, match=rf"no conversation of {HOTEL.key} was drawn on {DAY3}: set samples"
    ):
        drawn.read(DAY3, DAY3)
    with pytest.raises(NothingToReview, match=rf"was drawn from {DAY3} to today"):
        drawn.read(since=DAY3)
    with pytest.raises(NothingToReview, match="of us-1/acme/other was drawn yet"):
        drawn.read(project="us-1/acme/other")


def test_missing_tables_are_told(tmp_path: Path, configure: Configure):
    hotel = configure(samples=1)
    drawn = Drawn(tmp_path, hotel)
    drawn.draw(hotel, DAY1)
    with pytest.raises(
        NothingToReview, match=f"has no table conversations, turns. First: polyai backfill {hotel.project}"
    ):
        drawn.read()
