"""Violations and quarantined records that are gathered, without personal data."""

import pytest

from polyai_assets.contract.violation import DRIFT_RULES
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.conftest import (
    DAY,
    PROJECT,
    conversations,
    drift,
    finding,
    quarantined,
    violation,
)
from polyai_assets_tests.alerts.gathering import gathered

ON_DAY = f"project = '{PROJECT}' AND date BETWEEN '{DAY}' AND '{DAY}'"
BACKFILL = f"polyai backfill {PROJECT} --since {DAY} --until {DAY}"


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
