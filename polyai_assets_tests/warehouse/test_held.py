"""A partition is not loaded twice, unless something that decides what is loaded has changed."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.drift import Drift, DriftKind
from polyai_assets.contract.fields import Kind, field
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.held import held_partitions
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, elsewhere, loaded

LOADED = replace(PARTITION, records="these")
RECORDS = [
    payload(FULL),
    payload(id="CA2", num_turns="2", mood=1),
    payload(id="CA3", variant_id=None),
    payload(id=""),
]
MORE = Contract({"conversations": (field("mood", Kind.NUMBER, "How the user felt"),)})


def held(warehouse: Warehouse, load: Load = LOADED, ratio: float = 1.0) -> Staged | None:
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        return held_partitions(connection, warehouse, [load], ratio).staged.get(load.date)


@pytest.fixture
def holding(warehouse: Warehouse, tmp_path: Path, prepared: Prepare) -> Warehouse:
    """A warehouse that holds the records."""
    prepared(
        "records that are held",
        tmp_path,
        lambda folder: loaded(Warehouse(str(folder / "polyai.duckdb")), *RECORDS, partition=LOADED),
    )
    return warehouse


def change(warehouse: Warehouse, statement: str) -> None:
    with (
        duckdb.connect(config={"autoinstall_known_extensions": False}) as connection,
        warehouse.attached(connection),
    ):
        connection.execute(statement)


def test_what_is_held_is_shown_as_it_was_when_it_was_loaded(warehouse: Warehouse) -> None:
    staged = loaded(warehouse, *RECORDS, partition=LOADED)
    assert staged.records_in_breach > 0
    assert staged.drift
    assert held(warehouse) == staged


def test_of_a_ducklake_it_is_known_too(tmp_path: Path) -> None:
    lake = Warehouse(f"ducklake:{tmp_path / 'lake.ducklake'}", str(tmp_path / "data"))
    assert loaded(lake, *RECORDS, partition=LOADED) == held(lake)


def test_what_was_never_loaded_is_not_held(warehouse: Warehouse) -> None:
    assert held(warehouse) is None
    loaded(warehouse, *RECORDS)
    assert held(warehouse) is None
    assert held(warehouse, PARTITION) is None


@pytest.mark.parametrize(
    "load",
    [
        replace(LOADED, records="others"),
        replace(LOADED, contract=MORE),
        replace(LOADED, contract=Contract(known={"channel": ("FAX",)})),
        replace(LOADED, api_version="v1"),
        replace(LOADED, found_before=(Drift("(page).x", DriftKind.ADDED, 1, 1),)),
        elsewhere(LOADED, date=PARTITION.date.replace(day=2)),
    ],
)
def test_other_records_or_another_judge_need_a_load(holding: Warehouse, load: Load) -> None:
    assert held(holding) is not None
    assert held(holding, load) is None


def test_a_share_of_breaches_that_is_no_longer_allowed_needs_a_load(holding: Warehouse) -> None:
    assert held(holding, ratio=0.1) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM warehouse.main.turns WHERE turn_index = 1",
        "DROP TABLE warehouse.main.metrics",
        "DROP TABLE warehouse.main.loads",
        "UPDATE warehouse.main.loads SET code_version = '0'",
        "UPDATE warehouse.main.loads SET summary = '{}'",  # retention has cleared its texts
    ],
)
def test_tables_that_lack_what_was_loaded_need_a_load(holding: Warehouse, statement: str) -> None:
    change(holding, statement)
    assert held(holding) is None


def test_a_day_that_looks_otherwise_beside_those_before_it_needs_a_load(warehouse: Warehouse) -> None:
    day_after = replace(elsewhere(LOADED, date=PARTITION.date.replace(day=2)), records="next")
    loaded(warehouse, payload(channel="FAX"), partition=day_after)
    assert held(warehouse, day_after) is not None
    loaded(warehouse, payload(id="CA9"), partition=LOADED)
    assert held(warehouse, day_after) is None


def test_the_conversations_of_the_days_before_are_those_that_are_loaded_now(warehouse: Warehouse) -> None:
    day_after = replace(elsewhere(LOADED, date=PARTITION.date.replace(day=2)), records="next")
    loaded(warehouse, payload(id="CA9"), partition=LOADED)
    loaded(warehouse, payload(), partition=day_after)
    loaded(warehouse, payload(id="CA9"), payload(id="CA8"), partition=LOADED)
    staged = held(warehouse, day_after)
    assert staged is not None
    assert staged.figures is not None
    assert staged.figures.before == {PARTITION.date: 2}


def test_each_load_leaves_one_row(holding: Warehouse) -> None:
    loaded(holding, *RECORDS, partition=LOADED)
    assert ask(holding, "SELECT records_sha256, summary ->> '$.rows.conversations' AS n FROM loads") == [
        {"records_sha256": "these", "n": "3"}
    ]
