"""Where each column comes from, as Dagster is told, against what changes when a column of the raw store does."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import dagster as dg
import pytest

from polyai_assets.assets.details import RAW_DETAIL_COLUMNS
from polyai_assets.assets.details import TABLES as DETAIL_TABLES
from polyai_assets.assets.specs import RAW_COLUMNS
from polyai_assets.contract.tables import CONVERSATIONS, METRICS, TURNS, Table
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.assets.test_definitions import spec_of
from polyai_assets_tests.conftest import Deploy
from polyai_assets_tests.contract.records import FULL, payload
from polyai_assets_tests.deployment import DAY1, Deployment
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.warehouse.conftest import START, batch, rows, stage


@pytest.fixture(scope="module")
def deployment(deploy_once: Deploy) -> Deployment:
    return deploy_once()


PAYLOAD = ("raw_conversations", "payload")
TABLES = pytest.mark.parametrize("table", [CONVERSATIONS, TURNS, METRICS], ids=lambda table: str(table.name))


def lineage_of(deployment: Deployment, table: Table) -> dict[str, list[tuple[str, str]]]:
    """From column to the (asset, column) pairs that it comes from."""
    lineage = spec_of(deployment, table.name).metadata["dagster/column_lineage"]
    assert isinstance(lineage, dg.TableColumnLineage)
    return {
        column: [(dep.asset_key.to_user_string(), dep.column_name) for dep in deps]
        for column, deps in lineage.deps_by_column.items()
    }


def another(value: Any) -> Any:
    """Change a value and everything in it; a time stays on its day."""
    match value:
        case None:
            return 1
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value.replace("T10:00", "T11:00") if "T10:00" in value else f"{value or 4}2"
        case list():
            return [another(one) for one in value]
        case _:
            return {name: another(one) for name, one in value.items()}


@cache
def staged(body: bytes, start: datetime = START) -> dict[Table, dict[str, set[str]]]:
    """The columns of the rows that a record becomes, each with its different values, by their table."""
    with connect() as connection:
        stage(connection, batch(body, start=start))
        made = {
            table: rows(connection, f"SELECT * FROM staged_{table.name}")
            for table in (CONVERSATIONS, TURNS, METRICS)
        }
    assert all(made.values())
    return {
        table: {one.name: {repr(row[one.name]) for row in found} for one in table.row_fields}
        for table, found in made.items()
    }


@TABLES
def test_every_column_has_a_lineage_that_ends_in_columns_of_the_raw_store(
    deployment: Deployment, table: Table
):
    lineage = lineage_of(deployment, table)
    assert list(lineage) == [one.name for one in table.fields]
    raw = {("raw_conversations", one.name) for one in RAW_COLUMNS}
    assert {dep for deps in lineage.values() for dep in deps} <= raw


@TABLES
def test_the_columns_that_come_from_the_payload_change_with_it(deployment: Deployment, table: Table):
    turns = [{**turn, "user_input_datetime": FULL["started_at"], "new": 1} for turn in FULL["turns"]]
    record = FULL | {"new": 1, "turns": turns, "metrics": {"CALL_DURATION": "49"}}
    other = {**another(record), "metrics": {"OTHER": ["1", "2"]}}
    other["turns"] = [*other["turns"], {}]
    before, after = (staged(payload(one))[table] for one in (record, other))
    told = {column for column, deps in lineage_of(deployment, table).items() if deps == [PAYLOAD]}
    assert {column for column in before if before[column] != after[column]} == told


@TABLES
def test_the_columns_that_come_from_the_start_in_the_raw_store_change_with_it(
    deployment: Deployment, table: Table
):
    before = staged(payload(FULL))[table]
    later = staged(payload(FULL), START + timedelta(minutes=1))[table]
    changed = {column for column in before if before[column] != later[column]}
    told = lineage_of(deployment, table)
    assert all(told[column] == [("raw_conversations", "started_at")] for column in changed)
    assert changed == ({"started_at"} if table is CONVERSATIONS else set())


def test_the_lineage_carries_the_prefix(deploy: Deploy):
    lineage = lineage_of(deploy(key_prefix=("eu", "calls")), CONVERSATIONS)
    assert lineage["channel"] == [("eu/calls/raw_conversations", "payload")]


@pytest.mark.usefixtures("no_facts")
def test_no_materialization_repeats_what_the_definition_says(steps: Steps, deployment: Deployment):
    steps.run(DAY1)
    for table in (CONVERSATIONS, TURNS, METRICS):
        said_once = {"dagster/column_lineage", "dagster/column_schema"}
        assert said_once <= set(spec_of(deployment, table.name).metadata)
        assert not said_once & set(steps.metadata(table.name, DAY1))


@pytest.mark.parametrize("table", DETAIL_TABLES, ids=lambda table: str(table.name))
def test_the_columns_of_details_come_from_the_details_in_the_raw_store(deployment: Deployment, table: Table):
    lineage = lineage_of(deployment, table)
    assert list(lineage) == [one.name for one in table.fields]
    assert {column for column, deps in lineage.items() if not deps} == {"project", "date"}
    raw = {("raw_details", one.name) for one in RAW_DETAIL_COLUMNS}
    assert {dep for deps in lineage.values() for dep in deps} <= raw
    assert lineage["conversation_id"] == [("raw_details", "conversation_id")]
    assert lineage["extra"] == [("raw_details", "payload")]
