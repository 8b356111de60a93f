"""The rows of the tables equal what Python reads in the records."""

import json
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polyai_assets_tests.contract.records import (
    CLEAN,
    FULL,
    cleaned,
    json_values,
    nested,
    payload,
    same,
    unicode_text,
)
from polyai_assets_tests.examples import examples
from polyai_assets_tests.warehouse.conftest import batch, of_records, rows, stage

CONVERSATION_TEXT = ["variant_id", "variant_name", "from_number", "to_number", "handoff_reason"]
TURN_TEXT = [
    "user_input",
    "user_input_dtmf",
    "agent_response",
    "translated_user_input",
    "english_agent_response",
]
EXAMPLES = settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])

objects = st.dictionaries(unicode_text, json_values, max_size=2)
turns = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(TURN_TEXT, unicode_text)
    | dict.fromkeys(["is_ood", "is_silence", "barge_in"], st.booleans())
    | {
        "intents": st.lists(unicode_text, max_size=3),
        "entities": st.lists(objects, max_size=2),
        "metadata": objects,
        "latency": st.floats(0, 1e9)
        | st.integers(0, 9)
        | st.fixed_dictionaries({"perceived_latency": st.floats(0, 9)}),
    },
)
records = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(CONVERSATION_TEXT, unicode_text)
    | dict.fromkeys(["num_turns", "num_silences", "num_ood"], st.integers(0, 2**63 - 1))
    | dict.fromkeys(["total_duration", "polyai_duration"], st.floats(0, allow_infinity=False))
    | {"handoff": st.booleans(), "state": objects, "turns": st.lists(turns, max_size=3)},
)


def read(column: str, sent: Any) -> Any:
    """Give what the column of a turn or a conversation holds for a value."""
    if column in (*CONVERSATION_TEXT, *TURN_TEXT):
        return sent or ""
    if column in ("intents", "entities"):
        return sent or []
    if column == "latency" and isinstance(sent, dict):
        return sent["perceived_latency"]
    return sent


def decoded(column: str, value: Any) -> Any:
    return json.loads(value) if column in ("state", "metadata", "entities") and value is not None else value


@pytest.mark.slow
@given(st.lists(records, max_size=10), st.booleans())
@EXAMPLES
def test_rows_equal_what_python_reads(
    connection: duckdb.DuckDBPyConnection, sent: list[dict[str, Any]], with_unknown_field: bool
) -> None:
    more = {"unknown": 1} if with_unknown_field else {}  # not strict: these take the other road
    staged = stage(
        connection, batch(*(payload(CLEAN | one | more, id=f"CA{i}") for i, one in enumerate(sent)))
    )
    assert staged.quarantined == []
    found = rows(connection, "SELECT * FROM staged_conversations ORDER BY conversation_id")
    assert len(found) == len(sent)
    for row, one in zip(found, sent, strict=True):
        for column in (*CONVERSATION_TEXT, "num_turns", "num_silences", "num_ood", "handoff"):
            assert row[column] == read(column, one.get(column))
        for column in ("total_duration", "polyai_duration"):
            assert row[column] == one.get(column)
        assert same(decoded("state", row["state"]), cleaned(one.get("state")))
    found = rows(connection, "SELECT * FROM staged_turns ORDER BY conversation_id, turn_index")
    expected = [
        (f"CA{i}", j, turn) for i, one in enumerate(sent) for j, turn in enumerate(one.get("turns", []))
    ]
    assert len(found) == len(expected)
    for row, (conversation_id, index, turn) in zip(found, expected, strict=True):
        assert (row["conversation_id"], row["turn_index"]) == (conversation_id, index)
        for column in (*TURN_TEXT, "is_ood", "is_silence", "barge_in", "intents", "latency"):
            assert row[column] == read(column, turn.get(column))
        for column in ("metadata", "entities"):
            assert same(decoded(column, row[column]), cleaned(read(column, turn.get(column))))


def test_no_records_stage_no_rows(connection: duckdb.DuckDBPyConnection) -> None:
    assert set(of_records(stage(connection).rows).values()) == {0}
    assert set(of_records(stage(connection, batch()).rows).values()) == {0}


def test_a_second_partition_on_the_same_connection_starts_empty(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    stage(connection, batch(payload(FULL), payload(id="")))
    assert set(of_records(stage(connection).rows).values()) == {0}


def test_records_may_come_in_many_batches(connection: duckdb.DuckDBPyConnection) -> None:
    bodies = [payload(FULL, id=f"CA{number}") for number in range(9)]
    staged = stage(connection, *(batch(*bodies[start : start + 2]) for start in range(0, 9, 2)))
    assert staged.rows["conversations"] == 9
    assert staged.rows["turns"] == 18
    assert staged.violations == []


def test_the_turns_of_a_long_conversation_keep_their_order(connection: duckdb.DuckDBPyConnection) -> None:
    stage(connection, batch(payload(turns=[{"user_input": str(number)} for number in range(5_000)])))
    found = rows(connection, "SELECT turn_index, user_input FROM staged_turns ORDER BY turn_index")
    assert [(row["turn_index"], row["user_input"]) for row in found] == [(n, str(n)) for n in range(5_000)]


def test_json_with_white_space_and_escapes_is_no_breach(connection: duckdb.DuckDBPyConnection) -> None:
    body = (
        json.dumps(FULL, indent=3, separators=(" ,", " : ")).replace("Boston", r"\u0042oston\":\"").encode()
    )
    assert stage(connection, batch(body)).violations == []
    assert rows(connection, "SELECT variant_name FROM staged_conversations") == [
        {"variant_name": 'Boston":"'}
    ]


def test_deep_nesting_that_python_reads_duckdb_reads_too(connection: duckdb.DuckDBPyConnection) -> None:
    body = payload(state=0).replace(b'"state": 0', f'"state": {nested(800, "{")}'.encode())
    assert stage(connection, batch(body)).rows["conversations"] == 1


def test_integers_beyond_64_bit_stay_exact_in_extra(connection: duckdb.DuckDBPyConnection) -> None:
    stage(connection, batch(payload(num_turns=2**70, unknown=-(2**70))))
    (row,) = rows(connection, "SELECT num_turns, extra FROM staged_conversations")
    assert row["num_turns"] is None
    assert json.loads(row["extra"]) == {"num_turns": 2**70, "unknown": -(2**70)}


def test_a_record_without_anything_unknown_has_no_extra(connection: duckdb.DuckDBPyConnection) -> None:
    stage(connection, batch(payload(), payload(id="CA2", num_turns="2"), payload(id="CA3", new=None)))
    found = rows(connection, "SELECT extra FROM staged_conversations ORDER BY conversation_id")
    assert [row["extra"] for row in found] == [None, None, '{"new":null}']
