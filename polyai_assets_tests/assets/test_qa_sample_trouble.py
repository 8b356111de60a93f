"""Samples that could not be drawn or listed, or are damaged: which days are red, and what the next run does."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from polyai_assets.raw.windows import midnight
from polyai_assets_tests.assets.sampling import (
    ASSET,
    DAYS,
    EVERYTHING,
    draw,
    drawn,
    files_of,
    fill,
    sampling,
    step_of,
)
from polyai_assets_tests.conftest import Configure, InDagster, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    broken,
    partitions_of,
)
from polyai_assets_tests.steps import Steps

__all__ = ["sampling"]

pytestmark = pytest.mark.usefixtures("no_facts")


def test_a_red_day_does_not_hold_back_the_others_and_is_drawn_later(sampling: Steps, in_dagster: InDagster):
    deployment = in_dagster(sampling)
    deployment.simulator.faults.add(broken(DAY2))
    run = deployment.run(DAY1, DAY3, ASSET)
    assert "1 of 3 partitions are red" in run.failure
    assert deployment.statuses("qa_samples", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    first = deployment.ask(EVERYTHING)
    deployment.simulator.faults.clear()
    assert deployment.run(DAY1, DAY3, ASSET).success
    assert [row for row in deployment.ask(EVERYTHING) if row[1] != DAY2] == first
    assert len(drawn(deployment, DAY2)) == 2


def test_what_was_drawn_but_could_not_be_listed_is_listed_later(sampling: Steps, tmp_path: Path):
    Path(sampling.platform.warehouse).mkdir()
    assert not sampling.run(DAY1, assets=ASSET).success
    Path(sampling.platform.warehouse).rmdir()
    sampling.simulator.requests.clear()
    assert sampling.run(DAY1, assets=ASSET).success
    assert len(drawn(sampling)) == 2
    assert sampling.simulator.requests == []


def test_a_refused_key_does_not_keep_drawn_days_from_being_listed(
    sampling: Steps, prepare_steps: PrepareSteps, configure: Configure
):
    sampling.run(DAY1, assets=ASSET)
    wrong = prepare_steps(configure(samples=2, key="wrong"))
    assert not wrong.run(DAY1, DAY3, ASSET).success
    assert wrong.statuses("qa_samples", DAYS) == ["MATERIALIZED", "FAILED", "FAILED"]


def test_of_two_runs_that_draw_at_once_both_list_the_same(sampling: Steps):
    """The other run draws while PolyAI answers this one."""
    config = sampling.platform.projects[0]
    now = midnight(DAY3)

    class Meanwhile(Random):
        def sample(self, population: Sequence[str], k: int, *, counts: object = None) -> list[str]:
            (other,) = draw(sampling, config, [DAY1], now)
            assert other.error is None
            return super().sample(population, k)

    fill(sampling, 100)
    (outcome,) = step_of(sampling, now, Meanwhile(7)).run(config, partitions_of(config.project, [DAY1]))
    assert outcome.error is None
    listed = drawn(sampling)
    draw(sampling, config, [DAY1], now, seed=99)
    assert drawn(sampling) == listed
    assert files_of(sampling) == [f"{HOTEL.key}/{DAY1}/1.json"]


def test_a_damaged_drawing_makes_its_day_red_and_nothing_is_drawn_in_its_place(sampling: Steps):
    sampling.run(DAY1, DAY2, ASSET)
    first = sampling.ask(EVERYTHING)
    (file,) = Path(sampling.platform.raw_store, "samples", HOTEL.key, str(DAY1)).iterdir()
    file.write_bytes(b'{"ids": [')
    run = sampling.run(DAY1, DAY2, ASSET)
    assert f"{file} is no drawing that we can read" in run.failure
    assert sampling.statuses("qa_samples", [DAY1, DAY2]) == ["FAILED", "MATERIALIZED"]
    assert sampling.ask(EVERYTHING) == first
