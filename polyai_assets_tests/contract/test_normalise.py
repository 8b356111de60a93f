"""Values of another type: converted where that loses nothing, and else kept in extra."""

import json
from typing import Any

import pytest

from polyai_assets.contract.drift import DriftKind
from polyai_assets.contract.fields import WIRE_EXTRA
from polyai_assets.contract.normalise import Normalised, normalise
from polyai_assets.contract.violation import Violation
from polyai_assets_tests.contract.normalising import read
from polyai_assets_tests.contract.records import payload


def test_a_violation_names_conversation_turn_field_rule_and_value() -> None:
    result = normalise(payload(turns=[{}, {"is_ood": "maybe"}]))
    assert isinstance(result, Normalised)
    assert result.violations == [Violation("CA1", 1, "is_ood", "value is boolean", "maybe")]


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("num_turns", "7", 7),
        ("num_turns", "7.0", 7),
        ("num_turns", "-7", -7),
        ("total_duration", "48.5", 48.5),
        ("total_duration", "1e2", 100.0),
        ("handoff", "true", True),
        ("handoff", "False", False),
        ("from_number", 12025550124, "12025550124"),
        ("from_number", 2**80, str(2**80)),
        ("from_number", True, "true"),
        ("from_number", ["a", 1], '["a", 1]'),
        ("variant_id", {"a": "é"}, '{"a": "é"}'),
    ],
)
def test_a_value_of_another_type_is_converted_where_that_loses_nothing(
    field: str, sent: Any, kept: Any
) -> None:
    record, found = read(payload(**{field: sent}))
    assert record[field] == kept
    assert type(record[field]) is type(kept)
    assert [(turn, name) for turn, name, _, _ in found] == [(None, field)]
    assert WIRE_EXTRA not in record


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("num_turns", 3.7),
        ("num_turns", "3.7"),
        ("num_turns", 2**63),
        ("num_turns", -(2**63) - 1),
        ("num_turns", str(2**63)),
        ("num_turns", 1e300),
        ("num_turns", ""),
        ("num_turns", "seven"),
        ("num_turns", "NaN"),
        ("num_turns", True),
        ("num_turns", "[" * 5000),
        ("total_duration", "Infinity"),
        ("total_duration", 10**400),
        ("total_duration", [1]),
        ("handoff", 1),
        ("handoff", ""),
        ("state", []),
        ("state", ""),
        ("metrics", []),
        ("metrics", "none"),
    ],
)
def test_a_value_that_does_not_fit_is_kept_in_extra(field: str, sent: Any) -> None:
    record, found = read(payload(**{field: sent}))
    assert record[WIRE_EXTRA] == {field: sent}
    assert not record.get(field)
    assert [(turn, name) for turn, name, _, _ in found] == [(None, field)]


def test_elements_of_lists_in_turns_are_converted_or_kept() -> None:
    turns = [{"intents": ["a", 1, None]}, {"intents": "a"}, {"entities": ["Ada"]}, {"latency": "1.5"}]
    record, found = read(payload(turns=turns))
    assert [turn.get("intents") for turn in record["turns"]] == [["a", "1", ""], ["a"], None, None]
    assert record["turns"][2][WIRE_EXTRA] == {"entities": ["Ada"]}
    assert record["turns"][3]["latency"] == 1.5
    assert [(turn, name, rule) for turn, name, rule, _ in found] == [
        (0, "intents", "value is list of text"),
        (1, "intents", "value is list of text"),
        (2, "entities", "value is list of objects"),
        (3, "latency", "value is latency"),
    ]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("12.0", 12),
        ("1e1", 10),
        ("-0.0", 0),
        ("-3.0", -3),
        ("9007199254740993.0", 2**53 + 1),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775807.0", 2**63 - 1),
        ("-9.223372036854775808e18", -(2**63)),
        ("3.97630261888081e+16", 39763026188808100),
    ],
)
@pytest.mark.parametrize("field", ["num_turns", "num_silences", "num_ood"])
def test_a_whole_number_is_one_however_it_is_written(field: str, sent: str, kept: int) -> None:
    result = normalise(payload(**{field: 0.5}).replace(b"0.5", sent.encode()))
    assert isinstance(result, Normalised)
    assert (result.violations, result.drift) == ([], [])
    number = json.loads(result.payload)[field]
    assert (number, type(number)) == (kept, int)


@pytest.mark.parametrize("sent", ["9223372036854775808.0", "9223372036854775808", "-1e19", "0.5", "true"])
def test_what_is_no_whole_number_of_64_bit_is_kept_in_extra(sent: str) -> None:
    record, found = read(payload(num_turns=0.25).replace(b"0.25", sent.encode()))
    assert record[WIRE_EXTRA] == {"num_turns": json.loads(sent)}
    assert [rule for _, _, rule, _ in found] == ["value is integer"]


def test_members_of_a_latency_that_are_not_declared_are_carried_and_told() -> None:
    latency = {
        "label": "HIGH",
        "perceived_latency": 1.25,
        "perceived_latency_percentile_1d": 0.97,
        "asr": 0.21,
    }
    result = normalise(payload(turns=[{"latency": latency}]))
    assert isinstance(result, Normalised)
    (turn,) = json.loads(result.payload)["turns"]
    assert turn["latency"] == {name: value for name, value in latency.items() if name != "asr"}
    assert turn[WIRE_EXTRA] == {"latency": {"asr": 0.21}}
    assert result.drift == [("turns[].latency.asr", DriftKind.ADDED, "a number")]
    assert result.violations == []


def test_a_member_of_a_latency_that_has_another_type_is_kept_by_itself() -> None:
    record, found = read(payload(turns=[{"latency": {"label": 1, "perceived_latency": "slow"}}]))
    assert record["turns"][0]["latency"] == {"label": "1"}
    assert record["turns"][0][WIRE_EXTRA] == {"latency": {"perceived_latency": "slow"}}
    assert [(name, rule) for _, name, rule, _ in found] == [
        ("latency.perceived_latency", "value is latency"),
        ("latency.label", "value is text"),
    ]


def test_unknown_fields_are_carried_in_extra() -> None:
    record, found = read(payload(sentiment={"score": 1}, extra="x", turns=[{"mood": None, "metrics": 1}]))
    assert record[WIRE_EXTRA] == {"sentiment": {"score": 1}, "extra": "x"}
    assert record["turns"][0][WIRE_EXTRA] == {"mood": None, "metrics": 1}
    assert found == []


def test_metric_values_that_are_no_text_become_text() -> None:
    sent = {"a": 1, "b": None, "c": {"d": [True]}, "e": ["x", 2.5, ["y"]], "f": "", "g": []}
    record, found = read(payload(metrics=sent))
    assert record["metrics"] == {
        "a": ["1"],
        "b": [""],
        "c": ['{"d": [true]}'],
        "e": ["x", "2.5", '["y"]'],
        "f": [""],
    }
    assert record[WIRE_EXTRA] == {"metrics": {"g": []}}
    assert [(field, value) for _, field, _, value in found] == [
        ("metrics.a", "1"),
        ("metrics.b", "null"),
        ("metrics.c", '{"d": [true]}'),
        ("metrics.e", '["x", 2.5, ["y"]]'),
    ]


def test_an_integer_beyond_64_bit_is_not_rounded() -> None:
    record, _ = read(payload(new=2**70, num_turns=2**70))
    assert record[WIRE_EXTRA] == {"new": 2**70, "num_turns": 2**70}


def test_a_long_value_is_shortened_in_the_violation_and_whole_in_extra() -> None:
    record, found = read(payload(num_turns="x" * 1000))
    assert found == [(None, "num_turns", "value is integer", "x" * 79 + "…")]
    assert record[WIRE_EXTRA] == {"num_turns": "x" * 1000}
