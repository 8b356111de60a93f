"""A project in a folder whose name a shell, a URL or a glob would read otherwise: it is a name like any other."""

from pathlib import Path

import pytest

from polyai_assets.assets.days import Ingest
from polyai_assets.automation.tick import look
from polyai_assets.raw.conversations.unsettled import read_unsettled
from polyai_assets.status.standing import project_statuses
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import ingest_in
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    HOTEL,
    NOW,
    configured,
    partitions_of,
    platform_in,
    project_of,
)

pytestmark = pytest.mark.usefixtures("no_facts")


@pytest.mark.parametrize("name", ["data [prod]", "a*b {c,d}", "it's 100% [a-z]::x"])
def test_days_are_fetched_loaded_and_followed_in_a_folder_of_any_name(
    polyai_url: str, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    config = configured(HOTEL, polyai_url)
    outcomes = list(ingest_in(folder, NOW).run(config, partitions_of(config.project, [DAY1, DAY2])))
    again = list(ingest_in(folder, NOW).run(config, partitions_of(config.project, [DAY1])))
    assert [one.error for one in (*outcomes, *again)] == [None, None, None]
    index = read_unsettled(ingest_in(folder).store)
    assert {day.date for day in index} <= {DAY1, DAY2}
    assert look([config], index, {}, {}, lambda *_: set(), NOW).warnings == []
    (status,) = project_statuses(platform_in(folder, config), NOW)
    assert status.last_complete == DAY2


def test_where_duckdb_can_keep_nothing_the_day_is_red_and_says_what_to_do(
    polyai_url: str, tmp_path: Path
) -> None:
    step = ingest_in(tmp_path / "really?", NOW)
    (outcome,) = step.run(configured(HOTEL, polyai_url), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.certificate is not None
    assert "rename that folder, or set `warehouse`" in str(outcome.error)
    elsewhere = Warehouse(str(tmp_path / "polyai.duckdb"))
    moved = Ingest(step.store, elsewhere, step.spool, step.connect, fetches=False, loads=True)
    (outcome,) = moved.run(configured(HOTEL, polyai_url), partitions_of(project_of(HOTEL), [DAY1]))
    assert outcome.error is None
