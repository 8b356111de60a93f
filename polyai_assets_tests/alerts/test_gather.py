"""What is gathered: from the tables that are there, of the projects that are asked for."""

from datetime import date

import pyarrow as pa
import pytest

from polyai_assets.alerts.block import block_of
from polyai_assets.alerts.gather import fetched_again, red_days
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.api.project import Project
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.lasting_tables import ANNOTATION_REQUESTS
from polyai_assets.contract.tables import AUDIO
from polyai_assets.raw.conversations.unsettled import note_failed, note_fetching, read_unsettled
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.replace import replace_tables
from polyai_assets_tests.alerts.conftest import (
    DAY,
    HOUR,
    NOW,
    PROJECT,
    ask,
    conversations,
    drift,
    finding,
    quarantined,
    violation,
)
from polyai_assets_tests.alerts.gathering import gathered
from polyai_assets_tests.alerts.raising_process import connect
from polyai_assets_tests.deployment import BANK, HOTEL, partitions_of, project_of

HOTEL_PROJECT = project_of(HOTEL)
BACKFILL = f"polyai backfill {PROJECT} --since {DAY} --until {DAY}"


def test_an_empty_warehouse_says_nothing(empty: Warehouse):
    ask(empty, "SELECT 1 AS one")
    assert gathered(empty) == []


def test_a_warehouse_that_lacks_some_tables_says_what_it_can(warehouse: Warehouse):
    ask(warehouse, "DROP TABLE warehouse.main.quarantine")
    drift(warehouse)
    assert [one.path for one in gathered(warehouse)] == ["num_turns"]


def test_only_the_projects_asked_for_are_gathered(warehouse: Warehouse):
    for project in (HOTEL.key, BANK.key, "us-1/another/platform"):
        drift(warehouse, project=project)
        violation(warehouse, project=project)
        quarantined(warehouse, "id is missing", project=project)
    assert {one.project for one in gathered(warehouse, BANK.key)} == {BANK.key}
    assert {one.project for one in gathered(warehouse, BANK.key, HOTEL.key)} == {BANK.key, HOTEL.key}
    assert gathered(warehouse, "us-1/none/such") == []


SAME = "UPDATE warehouse.main.conversations SET region = 'us-1', account_id = 'ws-1', project_id = ?"


def test_two_projects_that_have_the_same_conversations_are_one(warehouse: Warehouse):
    for project in (PROJECT, "us-1/acme/PROJECT-7"):
        conversations(warehouse, 3, project=project)
        conversations(warehouse, 3, date(2026, 1, 1), project=project)
    ask(warehouse, SAME, "PROJECT-7")
    (found,) = gathered(warehouse)
    assert (found.check, found.path, found.severity, found.count, found.share) == (
        *("project", "us-1/acme/PROJECT-7", "ERROR"),
        *(3, 1.0),
    )
    block = block_of(found, AlertSettings())
    assert block.text.startswith(
        "ERROR: 1 project configured twice: it is the same project as us-1/acme/PROJECT-7"
    )
    assert "keep one of the two in defs.yaml" in block.text


def test_projects_that_share_an_account_or_conversations_by_chance_are_several(warehouse: Warehouse):
    conversations(warehouse, 3)
    conversations(warehouse, 3, project="us-1/acme/other")
    assert gathered(warehouse) == []  # what has no ids says nothing
    ask(warehouse, SAME, "PROJECT-7")
    ask(
        warehouse,
        "UPDATE warehouse.main.conversations SET project_id = '8' WHERE project = 'us-1/acme/other'",
    )
    assert gathered(warehouse) == []


def test_a_red_day_is_a_finding_with_its_problem(store: RawStore):
    for failure in range(3):
        note_failed(store, Partition(HOTEL_PROJECT, DAY), "the key was refused", NOW + failure * HOUR)
    assert red_days(read_unsettled(store), [PROJECT]) == [
        finding(
            check="complete",
            kind="red",
            path=str(DAY),
            first_seen=NOW.date(),
            last_seen=NOW.date(),
            count=3,
            share=None,
            example="the key was refused",
            next_step=BACKFILL,
        )
    ]


def test_red_days_of_other_projects_are_left_out(store: RawStore):
    note_failed(store, Partition(project_of(BANK), DAY), "the key was refused", NOW)
    assert red_days(read_unsettled(store), [PROJECT]) == []


def test_a_day_that_failed_and_is_fetched_again_is_known_as_such(store: RawStore):
    for day in (1, 2):
        note_failed(store, Partition(HOTEL_PROJECT, date(2026, 11, day)), "the key was refused", NOW)
    note_fetching(store, partitions_of(HOTEL_PROJECT, [date(2026, 11, 2), date(2026, 11, 3)]), NOW)
    index = read_unsettled(store)
    assert [one.path for one in red_days(index, [PROJECT])] == ["2026-11-01"]
    assert fetched_again(index) == {(PROJECT, date(2026, 11, 2))}


def test_recordings_that_failed_are_a_finding_of_their_day(warehouse: Warehouse):
    with connect() as connection:
        contents = {AUDIO: pa.table(recordings("ok", "failed", "no_recording"))}
        replace_tables(connection, warehouse, Load(Partition(Project.parse(PROJECT), DAY)), contents)
    (found,) = gathered(warehouse)
    assert (found.check, found.path, found.kind, found.count, found.share) == (
        "recordings",
        "recordings",
        "failed",
        1,
        pytest.approx(1 / 3),
    )
    assert found.next_step == f"{BACKFILL} --audio"


def test_annotations_of_which_nobody_knows_are_a_finding(warehouse: Warehouse):
    ask(warehouse, ANNOTATION_REQUESTS.create(SCHEMA))
    for state in ("unknown", "done"):
        ask(
            warehouse,
            "INSERT INTO warehouse.main.annotation_requests (request_id, project, requested_at, state) "
            "VALUES (?, ?, ?, ?)",
            state,
            PROJECT,
            NOW,
            state,
        )
    (found,) = gathered(warehouse)
    assert (found.check, found.kind, found.count, found.share) == ("write_back", "unknown", 1, None)
    lists = found.next_step.rpartition("; ")[2].removesuffix(" lists them")
    (request,) = ask(warehouse, lists.replace("FROM ", "FROM warehouse.main."))
    assert request["request_id"] == "unknown"
    assert "polyai write-back --retry-unknown REQUEST_ID" in found.next_step


def recordings(*states: str) -> dict[str, list[object]]:
    """Give columns of the table audio: a recording per state."""
    empty: dict[Kind, object] = {Kind.TEXT: "", Kind.BOOLEAN: True}
    columns = {
        one.name: [empty.get(one.kind)] * len(states)
        for one in AUDIO.fields
        if one.name not in ("project", "date")
    }
    names: list[object] = [f"CA{number}" for number in range(len(states))]
    return columns | {"status": list(states), "conversation_id": names}
