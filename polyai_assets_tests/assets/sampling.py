"""Steps that draw samples of the simulated projects."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from polyai_assets.assets.retrieval_days import RetrievalOutcome
from polyai_assets.assets.sample_days import QaSamples
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    DAY3,
    HOTEL,
    Deployed,
    partitions_of,
)
from polyai_assets_tests.steps import Steps

ASSET = ("qa_samples",)
DAYS = (DAY1, DAY2, DAY3)
EVERYTHING = "FROM qa_samples ORDER BY ALL"


def drawn(deployed: Deployed, day: date = DAY1) -> list[str]:
    return [
        name
        for (name,) in deployed.ask(
            f"SELECT conversation_id FROM qa_samples WHERE date = '{day}' ORDER BY position"
        )
    ]


def ids_of(deployed: Deployed, day: date = DAY1, environment: str = "live") -> set[str]:
    start = midnight(day)
    listed = deployed.simulator.conversations(HOTEL.key, start, start + timedelta(days=1))
    return {one["id"] for one in listed if one["environment"] == environment}


def files_of(steps: Steps) -> list[str]:
    folder = Path(steps.platform.raw_store, "samples")
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def fill(steps: Steps, many: int, day: date = DAY1, environment: str = "live") -> list[str]:
    """Give the hotel many more conversations on a day; gives their ids, in the order of time."""
    names = [f"{environment}-{number:03}" for number in range(many)]
    for minute, name in enumerate(names):
        moment = midnight(day) + timedelta(minutes=minute)
        record = {"id": name, "started_at": moment.isoformat(), "environment": environment, "channel": "CHAT"}
        steps.simulator.put(HOTEL.key, record)
    return names


def step_of(steps: Steps, now: datetime, random: Random) -> QaSamples:
    store, warehouse = RawStore(steps.platform.raw_store), Warehouse(steps.platform.warehouse)
    return QaSamples(store, warehouse, steps.root / "spool", connect, now=lambda: now, random=random)


def draw(
    steps: Steps, config: ProjectConfig, days: Sequence[date], now: datetime, seed: int = 1
) -> list[RetrievalOutcome]:
    partitions = partitions_of(config.project, days)
    return list(step_of(steps, now, Random(seed)).run(config, partitions))


@pytest.fixture
def sampling(prepare_steps: PrepareSteps, configure: Configure) -> Steps:
    return prepare_steps(configure(samples=2, max_attempts=1))
