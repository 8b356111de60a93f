"""Samples for review: drawn when the day is over, once, and kept whatever happens afterwards."""

from datetime import timedelta
from pathlib import Path

import pytest

from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Fault
from polyai_assets_tests.assets.sampling import (
    ASSET,
    DAYS,
    EVERYTHING,
    draw,
    drawn,
    files_of,
    fill,
    ids_of,
    sampling,
)
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    BANK,
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    HOTEL,
)
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import LONG

__all__ = ["sampling"]

pytestmark = [pytest.mark.usefixtures("no_facts"), LONG]


def test_so_many_conversations_of_each_day_are_drawn(sampling: Steps, in_dagster: InDagster):
    deployment = in_dagster(sampling)
    assert deployment.run(DAY1, DAY3, ASSET).success
    for day in DAYS:
        assert len(drawn(deployment, day)) == len(set(drawn(deployment, day))) == 2
        assert set(drawn(deployment, day)) <= ids_of(deployment, day)
    assert deployment.ask("SELECT DISTINCT position FROM qa_samples ORDER BY ALL") == [(0,), (1,)]
    assert deployment.metadata("qa_samples", DAY1) == {
        "dagster/partition_row_count": 2,
        "drawings": 1,
        "provisional": False,
    }


def test_a_day_is_asked_once_for_a_sample(sampling: Steps):
    sampling.run(DAY1, assets=ASSET)
    (request,) = sampling.simulator.requests
    assert {name: values[0] for name, values in request.query.items()} == {
        "client_env": "live",
        "sample": "random",
        "start_time": "2025-03-01T00:00:00Z",
        "end_time": "2025-03-02T00:00:00Z",
        "limit": "2",
    }


def test_materializing_again_draws_no_others_and_asks_for_nothing(sampling: Steps):
    sampling.run(DAY1, DAY3, ASSET)
    first = sampling.ask(EVERYTHING)
    sampling.simulator.requests.clear()
    for _ in range(5):
        assert sampling.run(DAY1, DAY3, ASSET).success
    assert sampling.ask(EVERYTHING) == first
    assert sampling.simulator.requests == []


def test_the_drawing_outlives_the_warehouse(sampling: Steps):
    sampling.run(DAY1, DAY3, ASSET)
    first = sampling.ask(EVERYTHING)
    Path(sampling.platform.warehouse).unlink()
    sampling.simulator.requests.clear()
    assert sampling.run(DAY1, DAY3, ASSET).success
    assert sampling.ask(EVERYTHING) == first
    assert sampling.simulator.requests == []


def test_what_has_vanished_stays_listed(sampling: Steps):
    sampling.run(DAY1, assets=ASSET)
    first = drawn(sampling)
    sampling.simulator.remove(HOTEL.key, first[0])
    sampling.run(DAY1, assets=ASSET)
    assert drawn(sampling) == first


def test_when_more_are_wanted_later_the_sample_is_topped_up(
    sampling: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    fill(sampling, 40)
    sampling.run(DAY1, assets=ASSET)
    first = drawn(sampling)
    more = prepare_steps(configure(samples=10))
    assert more.run(DAY1, assets=ASSET).success
    assert drawn(more)[:2] == first
    assert len(set(drawn(more))) == 10
    assert more.metadata("qa_samples", DAY1)["drawings"] == 2
    assert files_of(more) == [f"{HOTEL.key}/{DAY1}/1.json", f"{HOTEL.key}/{DAY1}/2.json"]
    fewer = prepare_steps(configure(samples=3))
    fewer.simulator.requests.clear()
    fewer.run(DAY1, assets=ASSET)
    assert len(drawn(fewer)) == 10
    assert fewer.simulator.requests == []


def test_a_day_with_fewer_conversations_is_drawn_whole_and_not_again(
    prepare_steps: PrepareSteps, configure: Configure
):
    steps = prepare_steps(configure(samples=10))
    steps.run(DAY1, assets=ASSET)
    assert set(drawn(steps)) == ids_of(steps)
    fill(steps, 5)
    steps.simulator.requests.clear()
    steps.run(DAY1, assets=ASSET)
    assert len(drawn(steps)) == 3
    assert steps.simulator.requests == []


def test_switching_samples_off_keeps_what_was_drawn(
    sampling: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    sampling.run(DAY1, assets=ASSET)
    first = drawn(sampling)
    off = prepare_steps(configure(), configure(BANK, samples=1))
    off.simulator.requests.clear()
    assert off.run(DAY1, DAY2, ASSET).success
    assert (drawn(off), drawn(off, DAY2)) == (first, [])
    assert off.simulator.requests == []


def test_nothing_is_drawn_of_a_day_that_is_not_over(sampling: Steps):
    config = sampling.platform.projects[0]
    (early,) = draw(sampling, config, [DAY4], midnight(DAY4) + timedelta(hours=23, minutes=59))
    assert early.error is None
    assert early.metadata("qa_samples") == {
        "dagster/partition_row_count": 0,
        "drawings": 0,
        "provisional": True,
    }
    assert sampling.simulator.requests == []
    now = midnight(DAY4) + timedelta(days=1)
    (over,) = draw(sampling, config, [DAY4], now)
    assert (over.metadata("qa_samples")["provisional"], len(drawn(sampling, DAY4))) == (False, 2)
    assert sampling.ask("SELECT DISTINCT drawn_at FROM qa_samples") == [(now,)]


def test_a_sample_of_a_sorted_answer_is_topped_up_from_all_of_it(sampling: Steps, configure: Configure):
    """PolyAI may give a sample in the order of time; to take the first would prefer the morning."""
    names = fill(sampling, 200)
    now = midnight(DAY3)
    draw(sampling, configure(samples=100), [DAY1], now)
    first = set(drawn(sampling))
    draw(sampling, configure(samples=150), [DAY1], now)
    added = [names.index(name) for name in set(drawn(sampling)) - first if name in names]
    # The first 50 that are new among 150 of 200 would lie within the first two thirds.
    assert sum(place >= 150 for place in added) >= 4


def test_several_environments_are_drawn_from_together(sampling: Steps, configure: Configure):
    fill(sampling, 40)
    fill(sampling, 40, environment="sandbox")
    draw(sampling, configure(samples=20, client_env=("live", "sandbox")), [DAY1], midnight(DAY3))
    assert len(drawn(sampling)) == 20
    assert set(drawn(sampling)) & ids_of(sampling)
    assert set(drawn(sampling)) & ids_of(sampling, environment="sandbox")


def test_only_what_the_project_takes_is_drawn(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(configure(samples=2, channels=("voice",), variant_name="West Wing"))
    steps.run(DAY1, assets=ASSET)
    (request,) = steps.simulator.requests
    assert (request.query["channel"], request.query["variant_name"]) == (["voice"], ["West Wing"])


def test_projects_are_drawn_from_each_by_itself(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(configure(samples=1), configure(BANK, samples=2))
    assert steps.run(DAY1, DAY2, ASSET, projects=(HOTEL, BANK)).success
    assert steps.ask("SELECT project, count(*) FROM qa_samples GROUP BY ALL ORDER BY ALL") == [
        (BANK.key, 4),
        (HOTEL.key, 2),
    ]


def test_v2_is_drawn_from_as_v3_is(prepare_steps: PrepareSteps, configure: Configure):
    steps = prepare_steps(configure(samples=2, api_version="v2"))
    assert steps.run(DAY1, assets=ASSET).success
    assert set(drawn(steps)) <= ids_of(steps)
    assert {one.path.split("/")[1] for one in steps.simulator.requests} == {"v2"}


def test_what_a_server_gives_of_another_day_is_not_drawn(sampling: Steps):
    moved = Fault("set_field", {"field": "started_at", "value": f"{DAY2}T00:00:00Z"}, times=None)
    sampling.simulator.faults.add(moved)
    assert sampling.run(DAY1, assets=ASSET).success
    assert drawn(sampling) == []
