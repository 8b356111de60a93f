"""Projects whose records have drifted, loaded once and then copied."""

from collections.abc import Callable
from pathlib import Path

import pytest

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.warehouse.conftest import loaded

LetDrift = Callable[..., None]


@pytest.fixture
def let_drift(tmp_path: Path, prepared: Prepare) -> LetDrift:
    """Load a record with fields that nobody has declared into the Dagster project in `tmp_path`."""

    def let_drift(**sent: object) -> None:
        prepared(
            f"a record with {sent}",
            tmp_path / "data",
            lambda folder: loaded(Warehouse(str(folder / "polyai.duckdb")), payload(**sent)),
        )

    return let_drift
