"""What of a sample goes into a sheet."""

from datetime import date
from typing import Any

import duckdb
import pytest

from polyai_assets.review.errors import NothingToReview
from polyai_assets.review.sampled import sampled_turns
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, HOTEL, INGEST, Deployment

ASSETS = (*INGEST, "qa_samples")
Turns = list[dict[str, Any]]


def read(
    deployment: Deployment, since: date | None = None, until: date | None = None, project: str = HOTEL.key
) -> Turns:
    with connect() as connection:
        found: Turns = sampled_turns(
            connection, Warehouse(deployment.platform.warehouse), project, since, until
        ).to_pylist()
    return found


@pytest.fixture
def drawn(deploy: Deploy, configure: Configure) -> Deployment:
    """Two days of the hotel and the bank, loaded, with samples."""
    deployment = deploy(configure(samples=2), configure(BANK, samples=2))
    assert deployment.run(DAY1, DAY2, ASSETS, projects=(HOTEL, BANK)).success
    return deployment


def test_all_turns_of_the_sampled_conversations_come_in_the_order_of_the_drawing(drawn: Deployment):
    expected = drawn.ask(
        "SELECT s.conversation_id, t.turn_index, t.user_input FROM qa_samples s JOIN turns t USING (project, date, "
        f"conversation_id) WHERE project = '{HOTEL.key}' AND date = '{DAY1}' ORDER BY s.position, t.turn_index"
    )
    turns = read(drawn, DAY1, DAY1)
    assert [(one["conversation_id"], one["turn_index"], one["user_input"]) for one in turns] == expected
    assert {one["project"] for one in turns} == {HOTEL.key}
    assert all(one["is_there"] and one["channel"] for one in turns)


def test_days_can_be_chosen(drawn: Deployment):
    def days(turns: Turns) -> set[date]:
        return {one["date"] for one in turns}

    assert days(read(drawn, DAY1, DAY1)) == {DAY1}
    assert days(read(drawn, since=DAY1)) == days(read(drawn, until=DAY3)) == {DAY1, DAY2}
    assert days(read(drawn, since=DAY2)) == {DAY2}


def test_by_itself_the_newest_sample_is_taken(drawn: Deployment):
    assert {one["date"] for one in read(drawn)} == {DAY2}


def test_a_vanished_conversation_has_a_row(drawn: Deployment):
    gone = read(drawn, DAY1, DAY1)[0]["conversation_id"]
    drawn.simulator.remove(HOTEL.key, gone)
    drawn.run(DAY1, assets=ASSETS)
    rows = [one for one in read(drawn, DAY1, DAY1) if one["conversation_id"] == gone]
    assert [(one["is_there"], one["turn_index"]) for one in rows] == [(False, None)]


def test_a_conversation_without_turns_has_a_row(drawn: Deployment):
    name = read(drawn, DAY1, DAY1)[0]["conversation_id"]
    with duckdb.connect(drawn.platform.warehouse) as connection:
        connection.execute("DELETE FROM turns WHERE conversation_id = ?", [name])
    rows = [one for one in read(drawn, DAY1, DAY1) if one["conversation_id"] == name]
    assert [(one["is_there"], one["turn_index"]) for one in rows] == [(True, None)]


def test_a_conversation_that_is_moving_comes_once(drawn: Deployment):
    before = read(drawn, DAY1, DAY1)
    with duckdb.connect(drawn.platform.warehouse) as connection:
        for table in ("conversations", "turns"):
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * REPLACE (CAST(? AS DATE) AS date) FROM {table} WHERE date = ?",
                [DAY3, DAY1],
            )
    assert read(drawn, DAY1, DAY1) == before
    with duckdb.connect(drawn.platform.warehouse) as connection:
        for table in ("conversations", "turns"):
            connection.execute(f"DELETE FROM {table} WHERE date = ?", [DAY1])
    assert read(drawn, DAY1, DAY1) == before


def test_days_without_a_sample_are_told(drawn: Deployment):
    with pytest.raises(
        NothingToReview, match=rf"no conversation of {HOTEL.key} was drawn on {DAY3}: set samples"
    ):
        read(drawn, DAY3, DAY3)
    with pytest.raises(NothingToReview, match=rf"was drawn from {DAY3} to today"):
        read(drawn, since=DAY3)
    with pytest.raises(NothingToReview, match="of us-1/acme/other was drawn yet"):
        read(drawn, project="us-1/acme/other")


def test_missing_tables_are_told(deploy: Deploy, configure: Configure):
    deployment = deploy(configure(samples=1))
    deployment.run(DAY1, assets=["qa_samples"])
    with pytest.raises(NothingToReview, match="has no table conversations, turns: materialize it first"):
        read(deployment)
