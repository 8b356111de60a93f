"""A conversation that PolyAI returns no more: its detail and its recording go with its text, unless all is kept."""

from pathlib import Path

import pytest

from polyai_assets_tests.assets.audio import AUDIO, audio_deployment, talk, wanting
from polyai_assets_tests.assets.test_forgetting import NAME, RECORDING, files_with_it, tables_with_it
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import DAY1, DETAILS, HOTEL, INGEST

pytestmark = pytest.mark.usefixtures("no_facts")


@pytest.mark.parametrize("policy", ["keep_without_text", "keep"])
def test_its_detail_and_its_recording_go_with_its_text(
    prepare_steps: PrepareSteps, configure: Configure, policy: str
):
    steps = audio_deployment(prepare_steps, configure, wanting(), vanished=policy)
    talk(steps.simulator, NAME)
    for assets in (INGEST, DETAILS, AUDIO):
        assert steps.run(DAY1, assets=assets).success
    steps.simulator.remove(HOTEL.key, NAME)
    for assets in (INGEST, DETAILS, AUDIO):
        assert steps.run(DAY1, assets=assets).success
    left = files_with_it(steps)
    if policy == "keep":
        assert RECORDING in left
        return
    # its record without text, the change, and the certificate
    assert sorted(Path(name).suffix for name in left) == [".changes", ".json", ".parquet"]
    assert tables_with_it(steps) == ["conversation_changes", "vanished_conversations"]
    assert steps.ask("SELECT payload NOT LIKE '%from_number%' FROM vanished_conversations") == [(True,)]
