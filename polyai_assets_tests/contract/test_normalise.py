import json
from typing import Any

import pytest

from polyai_assets.contract.fields import WIRE_EXTRA
from polyai_assets.contract.normalise import WHOLE_RECORD, Normalised, normalise
from polyai_assets.contract.violation import EXAMPLE_LENGTH, Violation
from polyai_assets_tests.contract.records import CLEAN, payload, repeating, without


def read(body: bytes) -> tuple[dict[str, Any], list[tuple[int | None, str, str, str]]]:
    """Normalise a record that is not clean: what became of it, and what was found."""
    result = normalise(body)
    assert isinstance(result, Normalised)
    assert {one.conversation_id for one in result.violations} <= {"CA1"}
    found = [(one.turn_index, one.field, one.rule, one.value) for one in result.violations]
    return json.loads(result.payload), found


def test_a_violation_names_conversation_turn_field_rule_and_value() -> None:
    result = normalise(payload(turns=[{}, {"is_ood": "maybe"}]))
    assert isinstance(result, Normalised)
    assert result.violations == [Violation("CA1", 1, "is_ood", "value is boolean", "maybe")]


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("num_turns", "7", 7),
        ("num_turns", 7.0, 7),
        ("num_turns", "-7", -7),
        ("num_turns", 1e3, 1000),
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


def test_null_missing_and_empty_are_different() -> None:
    null, found_in_null = read(payload(variant_id=None, num_turns=None))
    missing, found_in_missing = read(payload())
    empty, found_in_empty = read(payload(variant_id="", num_turns=""))
    # Null text is left to the guarantee against it.
    assert found_in_null == [(None, "num_turns", "value is not null", "null")]
    assert found_in_missing == []
    assert found_in_empty == [(None, "num_turns", "value is integer", "")]
    assert "variant_id" not in null
    assert missing["variant_id"] == ""
    assert empty["variant_id"] == ""


@pytest.mark.parametrize("field", ["metrics", "turns"])
def test_null_metrics_and_turns_are_not_the_same_as_none_of_them(field: str) -> None:
    assert read(payload(**{field: None}))[1] == [(None, field, "value is not null", "null")]
    assert read(payload(**{field: {} if field == "metrics" else []}))[1] == []


def test_a_missing_required_field_is_noted() -> None:
    record, found = read(payload(without(CLEAN, "channel", "in_progress")))
    assert record["channel"] == ""
    assert "in_progress" not in record
    assert found == [
        (None, "channel", "required field is present", "missing"),
        (None, "in_progress", "required field is present", "missing"),
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
        "g": [],
    }
    assert [(field, value) for _, field, _, value in found] == [
        ("metrics.a", "1"),
        ("metrics.b", "null"),
        ("metrics.c", '{"d": [true]}'),
        ("metrics.e", '["x", 2.5, ["y"]]'),
    ]


def test_a_repeated_key_has_its_last_value_and_the_others_are_noted() -> None:
    record, found = read(repeating(CLEAN, '"channel": "CHAT"', '"new": 1', '"new": 2', '"channel": "SMS"'))
    assert record["channel"] == "SMS"
    assert record[WIRE_EXTRA] == {"new": 2}
    assert found == [
        (None, "channel", "key comes once", "VOICE-SIP"),
        (None, "channel", "key comes once", "CHAT"),
        (None, "new", "key comes once", "1"),
    ]


def test_a_repeated_key_in_a_turn_is_noted_with_its_turn() -> None:
    record, found = read(repeating(CLEAN, '"turns": [{}, {"user_input": "a", "user_input": "b"}]'))
    assert record["turns"][1]["user_input"] == "b"
    assert found == [(1, "user_input", "key comes once", "a")]


def test_a_repeated_metric_has_the_values_of_all() -> None:
    record, found = read(repeating(CLEAN, '"metrics": {"a": "1", "b": "2", "a": ["3", "4"]}'))
    assert record["metrics"] == {"a": ["1", "3", "4"], "b": ["2"]}
    assert found == [(None, "metrics.a", "key comes once", "1")]


def test_repeated_keys_deeper_down_are_kept_as_sent() -> None:
    result = normalise(repeating(CLEAN, '"state": {"a": {"b": 1, "b": 2}}', '"new": {"c": 3, "c": 4}'))
    assert isinstance(result, Normalised)
    assert '"state": {"a": {"b": 1, "b": 2}}' in result.payload
    assert f'"{WIRE_EXTRA}": {{"new": {{"c": 3, "c": 4}}}}' in result.payload


def test_lone_surrogates_are_replaced_in_values_keys_and_ids() -> None:
    body = payload(
        id="C\ud800A", state={"\udfff": "\ud83d"}, metrics={"m\ud800": [1]}, **{"new\ud800": "x\udc00y"}
    )
    result = normalise(body)
    assert isinstance(result, Normalised)
    record = json.loads(result.payload)
    assert record["id"] == "C\ufffdA"
    assert record["state"] == {"\ufffd": "\ufffd"}
    assert record["metrics"] == {"m\ufffd": ["1"]}
    assert record[WIRE_EXTRA] == {"new\ufffd": "x\ufffdy"}
    assert [(one.conversation_id, one.field, one.rule) for one in result.violations] == [
        ("C\ufffdA", "metrics.m\ufffd", "metric is text"),
        ("C\ufffdA", "metrics.m\ufffd", "text is valid Unicode"),
        ("C\ufffdA", WHOLE_RECORD, "text is valid Unicode"),
    ]


def test_metrics_whose_names_differ_only_in_lone_surrogates_keep_the_values_of_both() -> None:
    record, _ = read(
        payload(metrics={f"m{half}": value for half, value in (("\ud800", "1"), ("\ud801", "2"))})
    )
    assert record["metrics"] == {"m\ufffd": ["1", "2"]}


def test_a_surrogate_pair_split_over_two_escapes_is_one_character() -> None:
    body = payload(new=1, from_number="PAIR", PAIR="PAIR").replace(b"PAIR", rb"\ud83d\ude00")
    record, found = read(body)
    assert record["from_number"] == "😀"
    assert record[WIRE_EXTRA] == {"new": 1, "😀": "😀"}
    assert found == []


def test_invalid_utf_8_is_replaced_and_noted_with_the_conversation() -> None:
    body = payload(from_number="caf\u00e9-1").replace(rb"\u00e9", b"\xe9")
    record, found = read(body)
    assert record["from_number"] == "caf\ufffd-1"
    assert found == [
        (None, WHOLE_RECORD, "text is valid UTF-8", f"invalid continuation byte at byte {body.index(0xE9)}")
    ]


def test_control_characters_that_were_not_escaped_are_kept_and_noted() -> None:
    record, found = read(
        payload(from_number="a\nb", new=0).replace(rb"\n", b"\n").replace(b": 0", b": 1e400")
    )
    assert record["from_number"] == "a\nb"
    assert [rule for _, _, rule, _ in found] == ["control characters are escaped", "number is in range"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000])
def test_a_number_that_none_can_hold_is_kept_as_text(number: str) -> None:
    body = payload(total_duration=0, new={"a": 0}).replace(b": 0", f": {number}".encode())
    record, found = read(body)
    shown = number if len(number) <= EXAMPLE_LENGTH else "9" * (EXAMPLE_LENGTH - 1) + "…"
    assert record[WIRE_EXTRA] == {"total_duration": number, "new": {"a": number}}
    assert found == [
        (None, WHOLE_RECORD, "number is in range", shown),
        (None, WHOLE_RECORD, "number is in range", shown),
        (None, "total_duration", "value is number", shown),
    ]


def test_an_integer_beyond_64_bit_is_not_rounded() -> None:
    record, _ = read(payload(new=2**70, num_turns=2**70))
    assert record[WIRE_EXTRA] == {"new": 2**70, "num_turns": 2**70}


def test_a_long_value_is_shortened_in_the_violation_and_whole_in_extra() -> None:
    record, found = read(payload(num_turns="x" * 1000))
    assert found == [(None, "num_turns", "value is integer", "x" * 79 + "…")]
    assert record[WIRE_EXTRA] == {"num_turns": "x" * 1000}
