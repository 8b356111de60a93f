"""Rows and details of a partition are not loaded twice, unless something that decides what is loaded has changed."""

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from polyai_assets.contract.contract import Contract
from polyai_assets.contract.detail_rows import Detail
from polyai_assets.contract.fields import Kind, field
from polyai_assets.contract.tables import QA_SAMPLES
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import DROP, PrivacyPolicy
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.details import LoadedDetails, details_key, held_details, replace_details
from polyai_assets.warehouse.facts.settings import KpiSettings
from polyai_assets.warehouse.given_rows import load_rows
from polyai_assets.warehouse.load import SETTLED, Load
from polyai_assets.warehouse.loads import SAMPLES, SEARCHES
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.contract.details import RECORDED, detail_of
from polyai_assets_tests.contract.records import FULL
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import PARTITION, ask, elsewhere
from polyai_assets_tests.warehouse.facts.planting import replace_records

LOAD = replace(PARTITION, records="these")
NEXT_DAY = elsewhere(LOAD, date=LOAD.date.replace(day=2))
MOOD = Contract({"function_events": (field("mood", Kind.NUMBER, "How the user felt"),)})
UNKNOWN = detail_of(b'{"conversationId": "CA1", "mood": 1}')


def load_details(warehouse: Warehouse, *details: Detail) -> LoadedDetails:
    with own_duckdb() as connection:
        return replace_details(connection, warehouse, LOAD, details, details_key(LOAD, "r1"))


def held(
    warehouse: Warehouse, load: Load = LOAD, records: str = "r1", *learnt_from: str
) -> LoadedDetails | None:
    with own_duckdb() as connection:
        return held_details(connection, warehouse, load, details_key(load, records, *learnt_from))


def change(warehouse: Warehouse, statement: str) -> None:
    with own_duckdb() as connection, warehouse.attached(connection):
        connection.execute(statement)


@pytest.fixture
def holding(warehouse: Warehouse, tmp_path: Path, prepared: Prepare) -> Warehouse:
    """A warehouse that holds a conversation and its detail."""

    def make(folder: Path) -> None:
        there = Warehouse(str(folder / "polyai.duckdb"))
        replace_records(there, LOAD, [FULL])
        load_details(there, UNKNOWN)

    prepared("a conversation and its detail", tmp_path, make)
    return warehouse


def test_details_that_are_held_show_what_they_showed(warehouse: Warehouse):
    replace_records(warehouse, LOAD, [FULL])
    loaded = load_details(warehouse, UNKNOWN, detail_of(json.dumps(RECORDED).encode(), conversation_id="CA2"))
    assert loaded.drift
    assert loaded.facts is not None
    assert held(warehouse) == loaded
    change(warehouse, "UPDATE warehouse.main.conversation_facts SET outcome = 'other'")
    assert held(warehouse) == replace(loaded, facts=replace(loaded.facts, outcomes={"other": 1}))


def test_details_are_held_whatever_was_found_beside_the_conversations(holding: Warehouse):
    assert held(holding, replace(LOAD, api_version="v1")) is not None
    assert held(holding, replace(LOAD, learnt_from="details")) is not None


@pytest.mark.parametrize(
    "load",
    [
        replace(LOAD, contract=MOOD),
        replace(LOAD, masking=Masking(PrivacyPolicy(text=DROP))),
        replace(LOAD, state=SETTLED),
        replace(LOAD, kpi=KpiSettings(success_metrics=("BOOKED",))),
        replace(LOAD, erased_facts=(b"{}",)),
        NEXT_DAY,
    ],
    ids=["contract", "policy", "state of the day", "settings of facts", "erased", "day"],
)
def test_details_that_something_else_decides_about_need_a_load(holding: Warehouse, load: Load):
    assert held(holding) is not None
    assert held(holding, load) is None


def test_other_details_or_another_source_of_what_is_masked_need_a_load(holding: Warehouse):
    assert held(holding, LOAD, "r2") is None
    assert held(holding, LOAD, "r1", "conversations") is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM warehouse.main.conversation_details",
        "DROP TABLE warehouse.main.metric_events",
        "UPDATE warehouse.main.loads SET code_version = '0'",
        "UPDATE warehouse.main.loads SET summary = '{}'",  # retention has cleared its texts
        "ALTER TABLE warehouse.main.loads DROP COLUMN dataset",
        "DROP TABLE warehouse.main.loads",
        "DROP TABLE warehouse.main.conversation_facts",
    ],
)
def test_tables_that_lack_something_need_a_load(holding: Warehouse, statement: str):
    change(holding, statement)
    assert held(holding) is None


def test_a_dataset_leaves_the_loads_of_others_alone(holding: Warehouse):
    load_details(holding, UNKNOWN)
    replace_records(holding, LOAD, [FULL])
    assert ask(holding, "SELECT dataset, records_sha256 FROM loads ORDER BY ALL") == [
        {"dataset": "conversations", "records_sha256": "these"},
        {"dataset": "details", "records_sha256": "r1"},
    ]


def rows(*names: str) -> pa.Table:
    moment = pa.array([None] * len(names), pa.timestamp("us", tz="UTC"))
    return pa.table({"conversation_id": names, "position": range(len(names)), "drawn_at": moment})


def load_samples(warehouse: Warehouse, *names: str, dataset: str = SAMPLES, is_replay: bool = False) -> bool:
    """Load a sample; tells whether anything was stored."""

    def noted() -> list[tuple[object, ...]]:
        try:
            with own_duckdb() as connection, warehouse.attached(connection, read_only=True):
                return connection.execute("SELECT * FROM warehouse.main.loads ORDER BY ALL").fetchall()
        except (OSError, duckdb.CatalogException):
            return []

    before = noted()
    with own_duckdb() as connection:
        partition = PARTITION.partition
        load_rows(connection, warehouse, partition, dataset, QA_SAMPLES, rows(*names), is_replay=is_replay)
    return noted() != before


def test_rows_that_a_table_holds_are_not_stored_again(warehouse: Warehouse):
    stored = [load_samples(warehouse, *names) for names in ("ab", "ab", "a", "ab", "", "")]
    assert stored == [True, False, True, True, True, False]
    assert load_samples(warehouse, is_replay=True)
    assert load_samples(warehouse, dataset=SEARCHES)
