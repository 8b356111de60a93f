"""Searches that fail: their day is red, keeps its hits, and holds back no other."""

from datetime import timedelta

import pytest

from polyai_assets.simulator import Fault
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.assets.searching import ASSET, DAYS, HITS, PARKING, put
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY3,
    HOTEL,
    broken,
)
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


def test_a_red_day_keeps_its_hits_and_does_not_hold_back_the_others(searching: Steps, in_dagster: InDagster):
    deployment = in_dagster(searching)
    deployment.run(DAY1, DAY3, ASSET)
    before = deployment.ask(HITS)
    put(deployment.simulator, "e-park", "a place to park", f"{DAY1}T01:00:00Z")
    put(deployment.simulator, "f-park", "a place to park", f"{DAY3}T01:00:00Z")
    deployment.simulator.faults.add(broken(DAY1))
    run = deployment.run(DAY1, DAY3, ASSET)
    assert "1 of 3 partitions are red" in run.failure
    assert "It was asked by the search 'parking'." in run.failure
    assert deployment.statuses("search_hits", DAYS) == ["FAILED", "MATERIALIZED", "MATERIALIZED"]
    assert deployment.ask(HITS) == [*before, (str(DAY3), "parking", "f-park", 1)]


def test_a_day_is_red_if_one_of_its_searches_fails_and_nothing_of_it_changes(searching: Steps):
    searching.run(DAY1, assets=ASSET)
    before = searching.ask("FROM search_hits ORDER BY ALL")
    searching.simulator.faults.add(Fault("error", {"status": 418}, after=1))
    assert not searching.run(DAY1, assets=ASSET).success
    assert searching.ask("FROM search_hits ORDER BY ALL") == before
    assert searching.run(DAY1, assets=ASSET, replay=True).success
    assert searching.ask("FROM search_hits ORDER BY ALL") == before


def test_an_error_that_every_day_would_meet_is_met_once(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(configure(searches=[PARKING], key="wrong"))
    run = steps.run(DAY1, DAY3, ASSET)
    assert len(run.red) == 3
    assert len(steps.simulator.requests) == 1
    assert "wrong" not in run.failure


def test_a_missing_key_names_its_variable(prepare_steps: PrepareSteps, configure: Configure):
    run = prepare_steps(configure(searches=[PARKING], key=None)).run(DAY1, DAY3, ASSET)
    assert "KEY_OF_HOTEL_BOT" in run.failure


def test_an_outage_is_not_waited_for_day_after_day(
    prepare_steps: PrepareSteps, configure: Configure, in_dagster: InDagster, monkeypatch: pytest.MonkeyPatch
):
    retries_at_once(monkeypatch, 1)
    deployment = in_dagster(prepare_steps(configure(searches=[PARKING], max_attempts=1)))
    deployment.simulator.faults.add(Fault("error", {"status": 503}, times=None))
    run = deployment.run(DAY1, DAY1 + timedelta(days=8), ASSET)
    assert (run.success, run.retries) == (False, 1)
    assert len(deployment.simulator.requests) == 2 * 3


def test_after_an_outage_the_run_is_tried_again(
    prepare_steps: PrepareSteps, configure: Configure, in_dagster: InDagster, monkeypatch: pytest.MonkeyPatch
):
    retries_at_once(monkeypatch, 1)
    deployment = in_dagster(prepare_steps(configure(searches=[PARKING], max_attempts=1)))
    deployment.simulator.faults.add(Fault("error", {"status": 503}, times=3))
    assert deployment.run(DAY1, DAY3, ASSET).success


def test_a_red_project_does_not_hold_back_another(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(
        configure(HOTEL, searches=[PARKING], key="wrong"), configure(BANK, searches=[PARKING])
    )
    assert not steps.run(DAY1, DAY3, ASSET, projects=(HOTEL, BANK)).success
    assert steps.statuses("search_hits", DAYS, HOTEL) == ["FAILED"] * 3
    assert steps.statuses("search_hits", DAYS, BANK) == ["MATERIALIZED"] * 3
