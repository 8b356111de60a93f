"""What is gathered: from the tables that are there, of the projects that are asked for, and without personal data."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa
import pytest

from polyai_assets.alerts.finding import Finding
from polyai_assets.alerts.gather import fetched_again, gather, red_days
from polyai_assets.api.project import Project
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.tables import ANNOTATION_REQUESTS, AUDIO
from polyai_assets.contract.violation import DRIFT_RULES
from polyai_assets.raw.accepted_drift import AcceptedDrift
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
    connect,
    conversations,
    drift,
    finding,
    quarantined,
    violation,
)
from polyai_assets_tests.deployment import BANK, HOTEL, partitions_of, project_of

NEXT_DAY = DAY + timedelta(days=1)
HOTEL_PROJECT = project_of(HOTEL)
ON_DAY = f"project = '{PROJECT}' AND date BETWEEN '{DAY}' AND '{DAY}'"
BACKFILL = f"polyai backfill {PROJECT} --since {DAY} --until {DAY}"


def gathered(warehouse: Warehouse, *projects: str, accepted: Sequence[AcceptedDrift] = ()) -> list[Finding]:
    decisions = {PROJECT: accepted}
    with connect() as connection, warehouse.attached(connection):
        return gather(connection, projects or (PROJECT,), lambda project: decisions.get(project, ()))


def test_an_empty_warehouse_says_nothing(empty: Warehouse):
    ask(empty, "SELECT 1 AS one")
    assert gathered(empty) == []


def test_a_warehouse_that_lacks_some_tables_says_what_it_can(warehouse: Warehouse):
    ask(warehouse, "DROP TABLE warehouse.main.quarantine")
    drift(warehouse)
    assert [one.path for one in gathered(warehouse)] == ["num_turns"]


def test_drift_of_several_days_is_one_finding(warehouse: Warehouse):
    drift(warehouse, DAY, count=60, example="text like '9'")
    drift(warehouse, NEXT_DAY, count=120)
    assert gathered(warehouse) == [finding(last_seen=NEXT_DAY, days=2, count=180, share=0.75)]


def test_paths_and_kinds_are_told_apart(warehouse: Warehouse):
    drift(warehouse)
    drift(warehouse, path="channel", kind="new value", severity="WARN")
    drift(warehouse, kind="missing")
    found = {(one.path, one.kind, one.severity) for one in gathered(warehouse)}
    assert found == {
        ("num_turns", "type changed", "ERROR"),
        ("num_turns", "missing", "ERROR"),
        ("channel", "new value", "WARN"),
    }


def accepting(path: str, kind: str, *types: str, until: date | None = None) -> AcceptedDrift:
    return AcceptedDrift(path, kind, "ada", NOW, "we do not need it", types, until)


@pytest.mark.parametrize("table", ["schema_drift", "detail_drift"])
def test_what_was_accepted_is_no_finding_until_values_of_another_type_come(warehouse: Warehouse, table: str):
    drift(warehouse, table=table, path="details.a", kind="added", example="text like 'xx'")
    drift(warehouse, table=table, path="details.b", kind="added", example="a number")
    drift(warehouse, NEXT_DAY, table=table, path="details.a", kind="gone", example="")
    accepted = [accepting("details.a", "added", "text"), accepting("details.a", "gone")]
    assert [one.path for one in gathered(warehouse, accepted=accepted)] == ["details.b"]
    assert len(gathered(warehouse, accepted=accepted[:1])) == 2
    drift(warehouse, NEXT_DAY, table=table, path="details.a", kind="added", example="a list of 2")
    found, other = gathered(warehouse, accepted=accepted)
    assert (found.path, found.kind, found.first_seen, other.path) == (
        "details.a",
        "added",
        NEXT_DAY,
        "details.b",
    )


def test_a_decision_on_some_days_says_nothing_of_later_ones(warehouse: Warehouse):
    for day in (DAY, NEXT_DAY):
        drift(warehouse, day, path="conversations by hour", kind="gone")
    accepted = [accepting("conversations by hour", "gone", until=DAY)]
    (found,) = gathered(warehouse, accepted=accepted)
    assert (found.first_seen, found.days) == (NEXT_DAY, 1)


def test_the_decisions_of_a_project_are_its_own(warehouse: Warehouse):
    drift(warehouse, project=BANK.key, path="mood", kind="added", example="a number")
    assert [
        one.project for one in gathered(warehouse, BANK.key, accepted=[accepting("mood", "added", "number")])
    ] == [BANK.key]


def test_the_share_is_that_of_the_last_week_that_has_it(warehouse: Warehouse):
    for back in range(40, 0, -1):
        drift(warehouse, DAY - timedelta(days=back), count=1)
    drift(warehouse, DAY, count=120)
    (found,) = gathered(warehouse)
    assert (found.days, found.count, found.share) == (41, 160, 126 / 840)


def test_drift_without_records_has_no_share(warehouse: Warehouse):
    drift(warehouse, count=0, total=0)
    assert gathered(warehouse)[0].share is None


def loaded_on(warehouse: Warehouse, *days: int) -> None:
    for number in days:
        ask(
            warehouse,
            "INSERT INTO warehouse.main.day_profiles VALUES (?, ?, 'filled', 'turns', '', 1, 1)",
            PROJECT,
            DAY + timedelta(days=number),
        )


def test_the_last_stretch_begins_after_three_loaded_days_without_it(warehouse: Warehouse):
    loaded_on(warehouse, *range(12))
    for number in (0, 1, 4, 8, 9):
        drift(warehouse, DAY + timedelta(days=number))
    (found,) = gathered(warehouse)
    assert (found.first_seen, found.began) == (DAY, DAY + timedelta(days=8))


def test_days_that_were_never_loaded_end_no_stretch(warehouse: Warehouse):
    loaded_on(warehouse, 0, 9)
    for number in (0, 9):
        drift(warehouse, DAY + timedelta(days=number))
    assert [one.began for one in gathered(warehouse)] == [DAY]


def test_drift_of_details_is_drift_too(warehouse: Warehouse):
    drift(warehouse)
    drift(warehouse, table="detail_drift", path="details.polyScore")
    assert gathered(warehouse) == [finding(), finding(path="details.polyScore")]


def test_the_last_stretch_of_details_is_counted_by_the_days_that_have_any(warehouse: Warehouse):
    loaded_on(warehouse, *range(30))
    for number in (0, 9, 18):
        day = DAY + timedelta(days=number)
        drift(warehouse, day, table="detail_drift", path="details.polyScore")
        ask(
            warehouse,
            "INSERT INTO warehouse.main.conversation_details BY NAME SELECT ? AS project, ? AS date",
            PROJECT,
            day,
        )
    assert [one.began for one in gathered(warehouse)] == [DAY]


def test_violations_of_a_field_are_one_finding_with_their_share_of_the_conversations(warehouse: Warehouse):
    conversations(warehouse, 10)
    for name in ("CA0", "CA1"):
        violation(warehouse, conversation_id=name)
    assert gathered(warehouse) == [
        finding(
            check="v3_guarantees",
            kind='text is "", never null',
            path="channel",
            severity="ERROR",
            count=2,
            share=0.2,
            example="null",
            next_step=f"SELECT * FROM contract_violations WHERE {ON_DAY} lists every one; "
            f"when PolyAI has mended it: {BACKFILL}",
        )
    ]


def test_violations_in_turns_are_counted_by_turns(warehouse: Warehouse):
    conversations(warehouse, 10)
    for turn in (0, 1):
        violation(warehouse, turn_index=turn, field="user_input")
    violation(warehouse, turn_index=1, field="user_input", value="null again")
    (found,) = gathered(warehouse)
    assert (found.path, found.count, found.share) == ("turns[].user_input", 2, 0.1)


@pytest.mark.parametrize("rule", sorted(DRIFT_RULES))
def test_what_drift_says_already_is_left_out(warehouse: Warehouse, rule: str):
    violation(warehouse, rule=rule)
    assert gathered(warehouse) == []


@pytest.mark.parametrize(
    ("value", "example"),
    [("Ann Smith, 42", "text like 'xxx xxxxx, 99'"), ("null", "null"), ("", ""), ("-3", "text like '-9'")],
)
def test_a_violation_shows_the_form_of_a_value_only(warehouse: Warehouse, value: str, example: str):
    violation(warehouse, value=value)
    assert [one.example for one in gathered(warehouse)] == [example]


def test_names_that_differ_in_numbers_only_are_one_finding(warehouse: Warehouse):
    for number in (440012345, 440054321):
        violation(warehouse, field=f"metrics.of {number}", rule="key comes once")
    (found,) = gathered(warehouse)
    assert (found.path, found.count) == ("metrics.of …", 2)


def test_a_name_that_is_an_address_is_still_told_with_its_place(warehouse: Warehouse):
    drift(warehouse, path="turns[].…@…")
    violation(warehouse, turn_index=0, field="ada@example.com")
    assert [one.path for one in gathered(warehouse)] == ["turns[].…@…", "turns[].…@…"]


@pytest.mark.parametrize(
    ("reason", "path"),
    [
        ("started_at is not a time: 'last Tuesday'", "started_at is not a time"),
        ("turn 17 is not an object but text", "turn is not an object but text"),
        ("id is missing", "id is missing"),
        ("not valid JSON: Expecting value: line 1 column 9 (char 8)", "not valid JSON"),
    ],
)
def test_records_that_could_not_be_loaded_are_told_by_what_their_reasons_share(
    warehouse: Warehouse, reason: str, path: str
):
    conversations(warehouse, 9)
    quarantined(warehouse, reason)
    assert gathered(warehouse) == [
        finding(
            check="v3_guarantees",
            kind="quarantined",
            path=path,
            count=1,
            share=0.1,
            example="",
            next_step=f"SELECT conversation_id, reasons FROM quarantine WHERE {ON_DAY} lists every one; "
            f"when PolyAI has mended it: {BACKFILL}",
        )
    ]


def test_a_record_with_two_reasons_counts_for_both(warehouse: Warehouse):
    quarantined(warehouse, "turn 1 is odd", "turn 2 is odd", "id is missing")
    assert [(one.path, one.count) for one in gathered(warehouse)] == [
        ("id is missing", 1),
        ("turn is odd", 1),
    ]


def test_only_the_projects_asked_for_are_gathered(warehouse: Warehouse):
    for project in (HOTEL.key, BANK.key, "us-1/another/platform"):
        drift(warehouse, project=project)
        violation(warehouse, project=project)
        quarantined(warehouse, "id is missing", project=project)
    assert {one.project for one in gathered(warehouse, BANK.key)} == {BANK.key}
    assert {one.project for one in gathered(warehouse, BANK.key, HOTEL.key)} == {BANK.key, HOTEL.key}
    assert gathered(warehouse, "us-1/none/such") == []


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
    assert "polyai publish --retry-unknown REQUEST_ID" in found.next_step


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
