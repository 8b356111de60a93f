"""A copy, made once, of calls whose truth is known."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from polyai_assets.marts.build import CopySource, make_copy
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.marts.planted import LOADED_AT, Call, random_calls, unsettled, write_warehouse
from polyai_assets_tests.marts.scenes import scene_calls


def copy_of(folder: Path, calls: list[Call], *, transcripts: bool = False) -> Path:
    """Write a warehouse of these calls, and make its copy."""
    write_warehouse(folder / "polyai.duckdb", calls)
    source = CopySource(
        warehouse=Warehouse(str(folder / "polyai.duckdb")), unsettled=unsettled(), transcripts=transcripts
    )
    make_copy(folder / "polyai-marts.duckdb", source, LOADED_AT)
    return folder / "polyai-marts.duckdb"


@pytest.fixture(scope="session")
def planted_calls() -> list[Call]:
    return [*random_calls(7, 1500), *scene_calls()]


@pytest.fixture(scope="session")
def planted_copy(tmp_path_factory: pytest.TempPathFactory, planted_calls: list[Call]) -> Path:
    return copy_of(tmp_path_factory.mktemp("marts"), planted_calls)


@pytest.fixture
def copied(planted_copy: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(planted_copy), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
