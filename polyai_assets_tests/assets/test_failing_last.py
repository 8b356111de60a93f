"""Conversations that always fail, however many, keep none that comes after them from being asked for."""

import pytest

from polyai_assets.raw.details import ask
from polyai_assets.raw.recordings import fetch
from polyai_assets.simulator import Fault
from polyai_assets_tests.assets.audio import AUDIO, audio_deployment, rows, silence, talk, wanting
from polyai_assets_tests.conftest import Configure, Deploy
from polyai_assets_tests.deployment import DAY1, DETAILS, Deployment

BAD = [f"bad {number:02}" for number in range(12)]
"""More than are tried in a row, and than are under way at the same time."""
GOOD = [f"good {number:02}" for number in range(6)]


@pytest.fixture
def deployment(deploy: Deploy, configure: Configure) -> Deployment:
    """One with a day of calls that always fail, in detail and recording."""
    assert len(BAD) > ask.HOPELESS + ask.AT_ONCE - 2
    assert len(BAD) > fetch.HOPELESS + fetch.AT_ONCE - 2
    deployment = audio_deployment(deploy, configure, wanting())
    silence(deployment.simulator, DAY1)
    talk(deployment.simulator, *BAD)
    for name in BAD:
        deployment.simulator.faults.add(Fault("error", {"status": 418}, conversation_id=name, times=None))
    return deployment


def add_good_ones(deployment: Deployment) -> None:
    """Let calls follow that can be asked for."""
    talk(deployment.simulator, *BAD, *GOOD)
    assert deployment.run(DAY1).success


@pytest.mark.parametrize("at_first", [BAD, [*BAD, *GOOD]])
def test_details_come_after_however_many_that_always_fail(deployment: Deployment, at_first: list[str]):
    talk(deployment.simulator, *at_first)
    assert deployment.run(DAY1).success
    assert "red" in deployment.run(DAY1, assets=DETAILS).failure
    add_good_ones(deployment)
    for _ in range(3):
        deployment.run(DAY1, assets=DETAILS)
    found = deployment.ask("SELECT conversation_id FROM conversation_details ORDER BY ALL")
    assert [name for (name,) in found] == GOOD


@pytest.mark.parametrize("at_first", [BAD, [*BAD, *GOOD]])
def test_recordings_come_after_however_many_that_always_fail(deployment: Deployment, at_first: list[str]):
    talk(deployment.simulator, *at_first)
    assert deployment.run(DAY1).success
    assert not deployment.run(DAY1, assets=AUDIO).success
    add_good_ones(deployment)
    for _ in range(3):
        deployment.run(DAY1, assets=AUDIO)
    assert [name for name, status in rows(deployment) if status == "ok"] == GOOD
