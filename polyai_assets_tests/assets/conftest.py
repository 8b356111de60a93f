"""Running the ingest step without Dagster, day after day."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.assets.outcome import Outcome
from polyai_assets_tests.assets.ingesting import ingest_in
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, partitions_of

LATER = datetime(2025, 3, 20, tzinfo=UTC)
"""When the first fetch begins: days in early March have settled by then."""

Run = Callable[..., dict[date, Outcome]]


@pytest.fixture
def run(tmp_path: Path, configure: Configure) -> Run:
    """Fetch and load days, by default the first three; the clock is one day later each time."""
    return _days_in(tmp_path, configure, loads=True)


@pytest.fixture
def fetch(tmp_path: Path, configure: Configure) -> Run:
    """Fetch days into the raw store alone, for who looks into no table: loading takes longer than all else."""
    return _days_in(tmp_path, configure, loads=False)


def _days_in(folder: Path, configure: Configure, *, loads: bool) -> Run:
    days_later = 0

    def run(*days: date, around: Sequence[datetime] | None = None, **options: Any) -> dict[date, Outcome]:
        nonlocal days_later
        days_later += 1
        config = configure(**{"parallel_windows": 1, "max_attempts": 1, **options})
        ingest = ingest_in(folder, LATER + timedelta(days=days_later), loads=loads)
        topping_up = replace(ingest, top_up_around=around)
        outcomes = topping_up.run(config, partitions_of(config.project, days or (DAY1, DAY2, DAY3)))
        return {outcome.partition.date: outcome for outcome in outcomes}

    return run
