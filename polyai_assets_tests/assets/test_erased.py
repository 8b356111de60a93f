"""A conversation that was erased: what is fetched or loaded later leaves it out, also of a restored raw store."""

import pytest

from polyai_assets.privacy.tombstones import Tombstone, keep_tombstones
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.assets.audio import AUDIO, talk, wanting
from polyai_assets_tests.assets.searching import PARKING
from polyai_assets_tests.assets.test_forgetting import NAME, files_with_it, tables_with_it
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, INGEST, RETRIEVAL, project_of
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")

EVERY_STEP = (INGEST, DETAILS, AUDIO, RETRIEVAL)


@pytest.fixture
def steps(prepare_steps: PrepareSteps, configure: Configure) -> Steps:
    """A hotel of which everything is wanted, and a call that everything finds."""
    steps = prepare_steps(configure(audio=wanting(), searches=[PARKING], samples=10))
    said = {"user_input": "is there a place to park", "agent_response": "yes"}
    talk(steps.simulator, NAME, num_turns=1, turns=[said])
    return steps


def run_every_step(steps: Steps, **options: bool) -> None:
    for assets in EVERY_STEP:
        assert steps.run(DAY1, assets=assets, **options).success


def erase(steps: Steps) -> None:
    store = RawStore(steps.platform.raw_store)
    keep_tombstones(store, project_of(HOTEL), [NAME], Tombstone("2025-03-10T12:00:00Z", "r1"))


def test_no_step_fetches_it(steps: Steps):
    erase(steps)
    run_every_step(steps)
    assert files_with_it(steps) == []
    assert tables_with_it(steps) == []


def test_the_next_fetch_removes_it_from_a_raw_store_that_has_it_again(steps: Steps):
    run_every_step(steps)
    tables = tables_with_it(steps)
    assert {"conversations", "conversation_details", "audio", "search_hits", "qa_samples"} <= set(tables)
    erase(steps)
    for assets in (INGEST[1:], DETAILS[1:]):
        assert steps.run(DAY1, assets=assets).success
    assert steps.run(DAY1, assets=RETRIEVAL, replay=True).success
    assert tables_with_it(steps) == ["audio"]  # its table is made by fetching
    run_every_step(steps)
    assert tables_with_it(steps) == []
    assert [name for name in files_with_it(steps) if name != "1.json"] == []
