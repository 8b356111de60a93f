"""Breaches of the contract: what is found wrong with records, and where that is written."""

import duckdb
import pytest

from polyai_assets.contract.violation import MOST_EXAMPLES, Violation
from polyai_assets_tests.contract.records import CLEAN, FULL, payload, repeating, without
from polyai_assets_tests.warehouse.conftest import batch, rows, stage

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("batches", [[4], [1, 1, 2], [2, 2]])
def test_an_id_that_comes_twice_is_found_in_whatever_batches(
    connection: duckdb.DuckDBPyConnection, batches: list[int]
) -> None:
    bodies = iter([payload(id="CA1"), payload(id="CA2"), payload(id="CA1"), payload(id="CA3")])
    staged = stage(connection, *(batch(*(next(bodies) for _ in range(size))) for size in batches))
    assert staged.violations == [Violation("CA1", None, "id", "id is unique", "CA1")]
    assert staged.rows["conversations"] == 4


def test_missing_optional_text_of_a_strict_record_is_no_breach(connection: duckdb.DuckDBPyConnection) -> None:
    staged = stage(connection, batch(payload(), payload(id="CA2", turns=[{}])))
    assert staged.violations == []


def test_null_text_is_found_with_its_conversation_and_turn(connection: duckdb.DuckDBPyConnection) -> None:
    body = payload(id="CA2", channel=None, turns=[{}, {"user_input": None, "user_input_datetime": None}])
    staged = stage(connection, batch(payload(), body))
    null = 'text is "", never null'
    assert sorted(staged.violations, key=repr) == [
        Violation("CA2", 1, "user_input", null, "null"),
        Violation("CA2", 1, "user_input_datetime", null, "null"),
        Violation("CA2", None, "channel", null, "null"),
    ]
    assert [row["channel"] for row in rows(connection, "SELECT channel FROM staged_conversations")] == [
        "VOICE-SIP",
        "",
    ]


def test_violations_and_quarantine_become_rows(connection: duckdb.DuckDBPyConnection) -> None:
    odd = payload(id="CA\ud8001", metrics={"m\ud800": 1}, num_turns=-1)
    staged = stage(connection, batch(odd, b'{"id": "CA2", "x": "\xff"}', b"\x00nul"))
    found = rows(connection, "FROM staged_contract_violations")
    assert [Violation(**row) for row in found] == staged.violations
    assert {one.rule for one in staged.violations} == {
        "metric is text",
        "text is valid Unicode",
        "number is at least 0",
    }
    assert rows(connection, "SELECT conversation_id, reasons, payload FROM staged_quarantine") == [
        {
            "conversation_id": "CA2",
            "reasons": ["started_at is missing"],
            "payload": r'{"id": "CA2", "x": "\xff"}',
        },
        {
            "conversation_id": "",
            "reasons": ["not valid JSON: Expecting value: line 1 column 1 (char 0)"],
            "payload": "\x00nul",
        },
    ]


@pytest.mark.parametrize("name", ["total_duration", "polyai_duration"])
def test_a_length_that_nobody_believes_is_loaded_and_reported(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    staged = stage(connection, batch(payload(id="CA1", **{name: 1_000_000_000})))
    assert staged.rows["conversations"] == 1
    assert [(one.conversation_id, one.field, one.rule) for one in staged.violations] == [
        ("CA1", name, "number is plausible, at most 604,800")
    ]


def test_a_record_whose_start_could_not_be_read_is_quarantined(connection: duckdb.DuckDBPyConnection) -> None:
    body = payload(without(CLEAN, "started_at"))
    staged = stage(connection, batch(body, start=None))
    assert staged.rows["conversations"] == 0
    assert [one.reasons for one in staged.quarantined] == [["started_at is missing"]]


@pytest.mark.parametrize(
    ("member", "where", "field"),
    [
        ('"channel": "CHAT"', None, "channel"),
        ('"metrics": {"a": "1", "b": "2", "a": "3"}', None, "metrics.a"),
        (
            '"turns": [{"latency": 1}, {"latency": {"perceived_latency": 1, "perceived_latency": 2}}]',
            1,
            "latency.perceived_latency",
        ),
        (
            '"turns": [{"user_input": "x"}, {"user_input": "a", "is_ood": true, "user_input": "b"}]',
            1,
            "user_input",
        ),
        ('"turns": [], "turns": []', None, "turns"),
    ],
)
def test_a_repeated_key_is_found_in_a_record_that_reads_as_declared(
    connection: duckdb.DuckDBPyConnection, member: str, where: int | None, field: str
) -> None:
    bodies = [payload(id="CA0"), repeating(CLEAN, member), payload(FULL, id="CA2")]
    staged = stage(connection, batch(*bodies))
    found = [(one.conversation_id, one.turn_index, one.field, one.rule) for one in staged.violations]
    assert found == [("CA1", where, field, "key comes once")]
    assert staged.rows["conversations"] == 3


def test_many_records_with_repeated_keys_take_the_last_value(connection: duckdb.DuckDBPyConnection) -> None:
    bodies = [repeating(CLEAN | {"id": f"CA{number}"}, '"channel": "CHAT"') for number in range(500)]
    staged = stage(connection, batch(*bodies))
    assert [breach.count for breach in staged.breaches] == [500]
    assert rows(connection, "SELECT channel, count(*) AS n FROM staged_conversations GROUP BY ALL") == [
        {"channel": "CHAT", "n": 500}
    ]


def test_many_violations_become_rows(connection: duckdb.DuckDBPyConnection) -> None:
    bodies = [payload(id=f"CA{number}", turns=[{"user_input": None}] * 20) for number in range(200)]
    staged = stage(connection, batch(*bodies[:100]), batch(*bodies[100:]))
    assert [breach.count for breach in staged.breaches] == [4_000]
    assert staged.rows["contract_violations"] == 4_000
    assert len(staged.violations) == MOST_EXAMPLES
    found = rows(connection, "SELECT conversation_id, turn_index FROM staged_contract_violations")
    assert {tuple(row.values()) for row in found} == {
        (f"CA{n}", turn) for n in range(200) for turn in range(20)
    }
