"""Two versions of the API beside each other, and what compares them."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from polyai_assets.configuration.compare_with import CompareConfig
from polyai_assets.migration.days import Comparing
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Clock, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import (
    DAY1,
    DAY2,
    HOTEL,
    NOW,
)
from polyai_assets_tests.migration.comparing import Pair


@pytest.fixture(scope="module")
def old_served() -> Iterator[tuple[Simulator, str]]:
    simulator = Simulator([HOTEL], clock=Clock(NOW))
    with simulator.running() as url:
        yield simulator, url


@pytest.fixture
def comparing(tmp_path: Path) -> Comparing:
    return Comparing(
        store=RawStore(str(tmp_path / "raw")),
        warehouse=Warehouse(str(tmp_path / "polyai.duckdb"), wait=30),
        spool=tmp_path / "spool",
        connect=duckdb.connect,
        now=lambda: NOW,
    )


@pytest.fixture
def pair(
    old_served: tuple[Simulator, str], polyai: Simulator, configure: Configure, comparing: Comparing
) -> Pair:
    old, url = old_served
    old.faults.clear()
    old.clock.stop_at(NOW)
    old.requests.clear()
    old.restore(HOTEL.key)
    for simulator in (old, polyai):
        for one in simulator.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2)):
            simulator.remove(HOTEL.key, one["id"])
    config = configure(compare_with=CompareConfig(api_version="v1", base_url=url), max_attempts=1)
    return Pair(old, polyai, config, comparing)
