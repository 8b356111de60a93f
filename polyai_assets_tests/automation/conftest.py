"""A target for alerts, and a warehouse to publish from, as their own rooms have them."""

from pathlib import Path

import pytest

from polyai_assets.simulator import Simulator
from polyai_assets_tests.alerts.conftest import webhook  # noqa: F401  # pytest finds fixtures by their names
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.write_back.conftest import prepare_conversations


@pytest.fixture
def conversations_of_a_day(tmp_path: Path, polyai: Simulator, prepared: Prepare) -> None:
    """Let a day of the hotel and the bank lie in the warehouse in `tmp_path`."""
    prepare_conversations(tmp_path, polyai, prepared)
