from typing import Any

import pyarrow as pa
import pytest

from polyai_assets.contract import models
from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.guarantees import (
    GUARANTEES,
    RULE_ISO,
    RULE_TEXT_NOT_NULL,
    RULE_TIME,
    Guarantees,
    guaranteed_fields,
    rule_minimum,
)
from polyai_assets.contract.violation import Violation

MOMENT = "2026-03-01T10:00:00Z"


def wire(fields: tuple[Field, ...], *rows: dict[str, Any]) -> pa.Table:
    """Make wire values that keep every guarantee, but for what the rows say."""
    columns: dict[str, Any] = {
        "_conversation_id": pa.array([f"CA{number}" for number, _ in enumerate(rows)]),
        "_turn_index": pa.array([None if fields is CONVERSATION else 3 for _ in rows], pa.int64()),
    }
    for one in guaranteed_fields(fields):
        if one.kind.is_text:
            kept = MOMENT if one.kind is Kind.TIMESTAMP else ""
            columns[str(one.wire)] = pa.array([row.get(str(one.wire), kept) for row in rows], pa.string())
        else:
            kind = pa.int64() if one.kind is Kind.INTEGER else pa.float64()
            columns[str(one.wire)] = pa.array([row.get(str(one.wire)) for row in rows], kind)
    return pa.table(columns)


def check(fields: tuple[Field, ...], values: pa.Table, *guarantees: Guarantees) -> list[Violation]:
    return [violation for _, violation in models.check(fields, values, *guarantees)]


def guaranteed(fields: tuple[Field, ...], *kinds: Kind) -> list[str]:
    return [str(one.wire) for one in guaranteed_fields(fields) if one.kind in kinds]


@pytest.mark.parametrize("fields", [CONVERSATION, TURN])
def test_values_that_keep_every_guarantee_pass(fields: tuple[Field, ...]) -> None:
    zeros = {str(one.wire): 0 for one in fields if one.minimum is not None}
    assert check(fields, wire(fields, {}, zeros)) == []


@pytest.mark.parametrize("fields", [CONVERSATION, TURN])
def test_no_rows_pass(fields: tuple[Field, ...]) -> None:
    assert check(fields, wire(fields)) == []


@pytest.mark.parametrize("name", guaranteed(CONVERSATION, Kind.TEXT, Kind.TIMESTAMP))
def test_null_text_of_a_conversation_is_found(name: str) -> None:
    found = check(CONVERSATION, wire(CONVERSATION, {}, {name: None}))
    assert found == [Violation("CA1", None, name, RULE_TEXT_NOT_NULL, "null")]


@pytest.mark.parametrize("name", guaranteed(TURN, Kind.TEXT, Kind.TIMESTAMP))
def test_null_text_of_a_turn_is_found(name: str) -> None:
    assert check(TURN, wire(TURN, {}, {name: None})) == [
        Violation("CA1", 3, name, RULE_TEXT_NOT_NULL, "null")
    ]


@pytest.mark.parametrize(
    "sent", ["2026-03-01T10:00:00", "2026-02-30T10:00:00Z", f"{MOMENT}\n", "soon", "infinity"]
)
@pytest.mark.parametrize("name", guaranteed(TURN, Kind.TIMESTAMP))
def test_a_time_that_is_not_iso_8601_is_found(name: str, sent: str) -> None:
    assert check(TURN, wire(TURN, {name: sent}, {})) == [Violation("CA0", 3, name, RULE_ISO, sent)]


def test_an_empty_time_says_that_there_was_none_but_a_start_there_always_is() -> None:
    assert check(TURN, wire(TURN, {"user_input_datetime": "", "agent_response_datetime": ""})) == []
    found = check(CONVERSATION, wire(CONVERSATION, {"started_at": ""}))
    assert found == [Violation("CA0", None, "started_at", RULE_ISO, "")]


@pytest.mark.parametrize(
    ("fields", "name"),
    [(fields, one.wire) for fields in (CONVERSATION, TURN) for one in fields if one.minimum is not None],
)
def test_a_number_below_its_minimum_is_found(fields: tuple[Field, ...], name: str) -> None:
    (found,) = check(fields, wire(fields, {name: 0}, {name: -1}, {name: None}))
    assert (found.conversation_id, found.field, found.rule) == ("CA1", name, rule_minimum(0))
    assert float(found.value) == -1


def test_every_breach_is_found_and_not_only_the_first() -> None:
    found = check(
        CONVERSATION,
        wire(
            CONVERSATION,
            {"channel": None, "num_turns": -2},
            {},
            {"channel": None, "started_at": "soon", "total_duration": -0.5},
        ),
    )
    assert {(one.conversation_id, one.field, one.value) for one in found} == {
        ("CA0", "channel", "null"),
        ("CA0", "num_turns", "-2"),
        ("CA2", "channel", "null"),
        ("CA2", "started_at", "soon"),
        ("CA2", "total_duration", "-0.5"),
    }
    assert len(found) == 5


def test_a_long_value_is_shortened() -> None:
    (found,) = check(TURN, wire(TURN, {"user_input_datetime": "x" * 1000}))
    assert found.value == "x" * 79 + "…"


def test_wire_values_in_several_chunks_are_checked_alike() -> None:
    table = pa.concat_tables([wire(TURN, {}, {}), wire(TURN, {}, {"user_input": None}), wire(TURN, {})])
    assert check(TURN, table) == [Violation("CA1", 3, "user_input", RULE_TEXT_NOT_NULL, "null")]


V1_TIMES = (
    "2026-03-01 10:00:00",
    "2026-03-01T10:00:00.12",
    "2026-03-01 10:00:00+00:00",
    "2026-03-01T10:00:00Z",
)


@pytest.mark.parametrize("time", [*V1_TIMES, None, ""])
def test_v1_may_send_nulls_and_times_of_many_forms(time: str | None) -> None:
    table = wire(TURN, {}, {"agent_response_datetime": time, "user_input": None})
    assert check(TURN, table, GUARANTEES["v1"]) == []


def test_a_time_of_v1_that_cannot_be_read_is_found() -> None:
    (found,) = check(TURN, wire(TURN, {}, {"agent_response_datetime": "01/03/2026"}), GUARANTEES["v1"])
    assert (found.field, found.rule) == ("agent_response_datetime", RULE_TIME)


def test_v2_guarantees_what_v3_does() -> None:
    assert GUARANTEES["v2"] is GUARANTEES["v3"]
