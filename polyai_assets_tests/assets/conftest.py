"""Steps without Dagster, day after day, and platforms with what their tests find there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.assets.outcome import Outcome
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets.asking import DAYS, FetchConversations
from polyai_assets_tests.assets.audio import (
    audio_deployment,
    silence,
    talk,
    wanting,
)
from polyai_assets_tests.assets.ingesting import ingest_in, ingest_once, ingest_raw
from polyai_assets_tests.assets.searching import MEANING, PARKING, put
from polyai_assets_tests.conftest import Configure, Prepare, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    partitions_of,
)
from polyai_assets_tests.steps import Steps

LATER = datetime(2025, 3, 20, tzinfo=UTC)
"""When the first fetch begins: days in early March have settled by then."""

Run = Callable[..., dict[date, Outcome]]


@pytest.fixture
def run(tmp_path: Path, configure: Configure) -> Run:
    """Fetch and load days, by default the first three; the clock is one day later each time."""
    return _days_in(tmp_path, configure, loads=True)


@pytest.fixture
def run_again(request: pytest.FixtureRequest, tmp_path: Path, configure: Configure, prepared: Prepare) -> Run:
    """As `run`, a day after the first three days were fetched and loaded, which a module's tests do once."""
    prepared(
        f"first run of {request.module.__name__}",
        tmp_path,
        lambda folder: _days_in(folder, configure, loads=True)(),
    )
    return _days_in(tmp_path, configure, loads=True, days_later=1)


@pytest.fixture
def fetch(tmp_path: Path, configure: Configure) -> Run:
    """Fetch days into the raw store alone, for who looks into no table: loading takes longer than all else."""
    return _days_in(tmp_path, configure, loads=False)


def _days_in(folder: Path, configure: Configure, *, loads: bool, days_later: int = 0) -> Run:
    def run(*days: date, around: Sequence[datetime] | None = None, **options: Any) -> dict[date, Outcome]:
        nonlocal days_later
        days_later += 1
        config = configure(**{"parallel_windows": 1, "max_attempts": 1, **options})
        ingest = ingest_in(folder, LATER + timedelta(days=days_later), loads=loads)
        topping_up = replace(ingest, top_up_around=around)
        outcomes = topping_up.run(config, partitions_of(config.project, days or (DAY1, DAY2, DAY3)))
        return {outcome.partition.date: outcome for outcome in outcomes}

    return run


@pytest.fixture
def fetch_conversations(polyai_url: str, prepared: Prepare) -> FetchConversations:
    """Give a platform the conversations of three days, and no details."""

    def fetch_conversations(steps: Steps) -> Steps:
        prepared("three days", steps.root, lambda folder: ingest_once(polyai_url, folder, [*DAYS]))
        steps.simulator.requests.clear()
        return steps

    return fetch_conversations


@pytest.fixture
def fetched(steps: Steps, fetch_conversations: FetchConversations) -> Steps:
    """A platform that has the conversations of three days, and no details."""
    return fetch_conversations(steps)


@pytest.fixture
def hasty(
    prepare_steps: PrepareSteps, configure: Configure, fetch_conversations: FetchConversations
) -> Steps:
    """One that tries everything once."""
    return fetch_conversations(prepare_steps(configure(max_attempts=1)))


@pytest.fixture
def calls(polyai: Simulator) -> Simulator:
    """Two calls and a chat on the first day, one call on each of the next two; everybody else is silent."""
    for day in (DAY1, DAY2, DAY3):
        silence(polyai, day)
    talk(polyai, "one", "two")
    talk(polyai, "chat", channel="WEBCHAT")
    talk(polyai, "three", day=DAY2)
    talk(polyai, "four", day=DAY3)
    return polyai


@pytest.fixture
def listening(
    prepare_steps: PrepareSteps, configure: Configure, calls: Simulator, polyai_url: str, prepared: Prepare
) -> Steps:
    """All recordings are wanted, and the conversations of the first three days are in the raw store."""
    steps = audio_deployment(prepare_steps, configure, wanting())
    prepared(
        "calls and a chat",
        steps.root,
        lambda folder: ingest_raw(polyai_url, folder, [DAY1, DAY2, DAY3]),
    )
    calls.requests.clear()
    return steps


@pytest.fixture
def searching(prepare_steps: PrepareSteps, configure: Configure, polyai: Simulator) -> Steps:
    """A hotel with two searches, and something for each to find on the first two days."""
    put(polyai, "b-far", "is there a sauna")
    put(polyai, "c-near", "the sauna is broken", f"{DAY1}T12:01:00Z")
    put(polyai, "a-park", "I need a place to park", f"{DAY1}T12:02:00Z")
    put(polyai, "d-park", "no place to park?", f"{DAY2}T00:00:00Z")
    return prepare_steps(configure(searches=[PARKING, MEANING], max_attempts=1))
