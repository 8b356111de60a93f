"""A PolyAI whose recordings break in many ways, and steps that fetch them."""

import pytest

from polyai_assets.raw.recordings import fetch_recordings
from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.assets.audio import (
    audio_deployment,
    silence,
    talk,
    wanting,
)
from polyai_assets_tests.assets.ingesting import ingest_raw
from polyai_assets_tests.conftest import Configure, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    broken,
)
from polyai_assets_tests.steps import Steps

DAYS = (DAY1, DAY2, DAY3)
COLUMNS = "conversation_id, status, duration, reason, bytes"


@pytest.fixture
def polyai(polyai: Simulator) -> Simulator:
    for day in DAYS:
        silence(polyai, day)
        talk(polyai, f"one of {day}", f"two of {day}", day=day)
    return polyai


@pytest.fixture
def listening(
    prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator, polyai_url: str, prepared: Prepare
) -> Steps:
    steps = audio_deployment(prepare_steps, configure, wanting())
    prepared("two calls a day", steps.root, lambda folder: ingest_raw(polyai_url, folder, [*DAYS]))
    polyai.requests.clear()
    return steps


def fault(
    kind: str, *, call: str = f"one of {DAY1}", times: int | None = None, **parameters: object
) -> Fault:
    return Fault(kind, parameters, times=times, call="audio", conversation_id=call)


def mute(steps: Steps, *days, status: int = 418) -> None:
    """Let no recording of days be fetched."""
    for day in days:
        hit = broken(day, status=status)
        steps.simulator.faults.add(
            Fault("error", hit.parameters, times=None, since=hit.since, until=hit.until, call="audio")
        )


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let recordings be asked for in their order: of those that fail, no more in a row than a test says."""
    monkeypatch.setattr(fetch_recordings, "AT_ONCE", 1)
