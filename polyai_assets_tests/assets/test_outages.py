"""Which failures are tried again by Dagster: an outage is, a verdict is not."""

import pytest

from polyai_assets.api.errors import is_worth_retrying
from polyai_assets.assets import report
from polyai_assets.simulator import Fault
from polyai_assets_tests.assets.retrying import retries_at_once
from polyai_assets_tests.conftest import Configure, Deploy, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, RAW, TABLES, Deployment, broken
from polyai_assets_tests.steps import Steps, Worked

DAYS = (DAY1, DAY2, DAY3)
COMPLETE = ("raw_conversations", "complete")


@pytest.fixture
def impatient(deploy: Deploy, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """Fetches in one window, gives every request up at once, and tries the step again without a wait."""
    retries_at_once(monkeypatch, 2)
    return deploy(configure(max_attempts=1, parallel_windows=1))


def errors_of(worked: Worked) -> list[Exception]:
    return [outcome.error for outcome in worked.outcomes if outcome.error is not None]


def test_an_outage_is_tried_again_until_the_api_is_back(impatient: Deployment):
    # the range, and the day once more without the overlap
    impatient.simulator.faults.add(Fault("error", {"status": 503}, times=2))
    run = impatient.run(DAY1, assets=RAW)
    assert run.success
    assert run.retries == 1
    assert impatient.statuses("raw_conversations", [DAY1]) == ["MATERIALIZED"]
    assert impatient.verdicts(*COMPLETE, [DAY1]) == ["SUCCEEDED"]


def test_an_outage_that_lasts_fails_in_the_end(impatient: Deployment):
    impatient.simulator.faults.add(Fault("reset", times=None))
    run = impatient.run(DAY1, DAY3, RAW)
    assert run.retries == 2
    assert "3 of 3 partitions are red" in run.failure
    assert impatient.verdicts(*COMPLETE, DAYS) == ["FAILED"] * 3
    assert impatient.newest(*COMPLETE).passed is False
    # eight windows an attempt: the range, its halves, each day, and days once more without the overlap
    assert len(impatient.simulator.requests) <= 3 * 8


def test_after_an_outage_each_day_shows_its_new_verdict(impatient: Deployment):
    impatient.simulator.faults.add(Fault("reset", times=None))
    impatient.run(DAY1, DAY3, RAW)
    impatient.simulator.faults.clear()
    assert impatient.run(DAY1, DAY3, RAW).success
    assert impatient.verdicts(*COMPLETE, DAYS) == ["SUCCEEDED"] * 3


@pytest.mark.parametrize("status", [418, 401, 403, 404, 400])
def test_what_stays_until_someone_changes_something_is_not_tried_again(
    prepare_steps: PrepareSteps, configure: Configure, status: int
):
    steps = prepare_steps(configure(max_attempts=1, parallel_windows=1))
    steps.simulator.faults.add(Fault("error", {"status": status}, times=None))
    errors = errors_of(steps.run(DAY1, DAY3, RAW))
    assert len(errors) == 3
    assert not is_worth_retrying(errors)


def test_a_red_day_beside_good_ones_is_not_tried_again_even_if_it_may_pass(impatient: Deployment):
    impatient.simulator.faults.add(broken(DAY2, status=503))
    run = impatient.run(DAY1, DAY3, RAW)
    assert run.retries == 0
    assert impatient.statuses("raw_conversations", DAYS) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]


def test_trouble_that_may_pass_beside_a_verdict_is_not_tried_again(
    prepare_steps: PrepareSteps, configure: Configure
):
    steps = prepare_steps(configure(max_attempts=1, parallel_windows=1))
    steps.simulator.faults.add(broken(DAY1, status=503))
    steps.simulator.faults.add(broken(DAY2))
    first, second = errors_of(steps.run(DAY1, DAY2, RAW))
    assert is_worth_retrying([first])
    assert not is_worth_retrying([first, second])


def test_a_day_that_was_never_fetched_is_not_tried_again(steps: Steps):
    (error,) = errors_of(steps.run(DAY1, assets=TABLES))
    assert not is_worth_retrying([error])


def test_an_outage_is_given_a_moment_before_the_step_is_tried_again():
    assert report.OUTAGE_RETRIES >= 1
    assert report.OUTAGE_PAUSE >= 10
