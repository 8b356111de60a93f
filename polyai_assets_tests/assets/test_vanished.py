"""A conversation that PolyAI returns no more: its detail and its recording go with its text, unless all is kept."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from polyai_assets_tests.assets.audio import AUDIO, audio_deployment, talk, wanting
from polyai_assets_tests.assets.test_forgetting import NAME, RECORDING, files_with_it, tables_with_it
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, INGEST, RAW, RAW_DETAILS
from polyai_assets_tests.steps import Steps

pytestmark = pytest.mark.usefixtures("no_facts")


def vanish(steps: Steps, *of_each_step: Sequence[str]) -> None:
    """Let the conversation vanish after the assets of each step have been materialized, and materialize them again."""
    talk(steps.simulator, NAME)
    for assets in of_each_step:
        assert steps.run(DAY1, assets=assets).success
    steps.simulator.remove(HOTEL.key, NAME)
    for assets in of_each_step:
        assert steps.run(DAY1, assets=assets).success


def test_its_recording_stays_where_all_is_kept(prepare_steps: PrepareSteps, configure: Configure):
    steps = audio_deployment(prepare_steps, configure, wanting(), vanished="keep")
    vanish(steps, RAW, RAW_DETAILS, AUDIO)
    assert RECORDING in files_with_it(steps)


def test_its_detail_and_its_recording_go_with_its_text(prepare_steps: PrepareSteps, configure: Configure):
    steps = audio_deployment(prepare_steps, configure, wanting(), vanished="keep_without_text")
    vanish(steps, INGEST, DETAILS, AUDIO)
    left = files_with_it(steps)
    # its record without text, the change, and the certificate
    assert sorted(Path(name).suffix for name in left) == [".changes", ".json", ".parquet"]
    assert tables_with_it(steps) == ["conversation_changes", "vanished_conversations"]
    assert steps.ask("SELECT payload NOT LIKE '%from_number%' FROM vanished_conversations") == [(True,)]
