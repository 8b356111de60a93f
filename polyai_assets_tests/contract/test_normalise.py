import json
from typing import Any

import pytest

from polyai_assets.contract.conversation import ALSO_SENT_IN_TURNS, CONVERSATION, TURN
from polyai_assets.contract.drift import DriftKind
from polyai_assets.contract.fields import WIRE_EXTRA, own_fields
from polyai_assets.contract.guarantees import GUARANTEES, RULE_ISO, RULE_TIME, WHITELIST, Guarantees
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


@pytest.mark.parametrize("guarantees", GUARANTEES.values(), ids=GUARANTEES.keys())
@pytest.mark.parametrize(
    "sent",
    ["Sun, 01 Mar 2026 10:00:00 GMT", "2026-03-01T10:00Z", "20260301T100000Z", "2026-03-01T11:00:00 +01:00"],
)
def test_a_time_of_another_form_is_read(guarantees: Guarantees, sent: str) -> None:
    result = normalise(payload(started_at=sent, turns=[{"user_input_datetime": sent}]), guarantees)
    assert isinstance(result, Normalised)
    record = json.loads(result.payload)
    assert record["started_at"] == record["turns"][0]["user_input_datetime"] == "2026-03-01T10:00:00+00:00"
    told = [] if guarantees is GUARANTEES["v1"] else [RULE_ISO, RULE_ISO]
    assert [one.rule for one in result.violations] == told
    assert (WIRE_EXTRA in record["turns"][0], result.drift) == (False, [])


@pytest.mark.parametrize(("version", "rule"), [("v3", RULE_ISO), ("v1", RULE_TIME)])
@pytest.mark.parametrize("sent", ["soon", "2026-02-30T10:00:00Z", "infinity", "0001-01-01T00:00:00+01:00"])
def test_a_time_that_nobody_can_read_is_kept_in_extra(version: str, rule: str, sent: str) -> None:
    result = normalise(payload(turns=[{"user_input_datetime": sent}]), GUARANTEES[version])
    assert isinstance(result, Normalised)
    (turn,) = json.loads(result.payload)["turns"]
    assert turn["user_input_datetime"] == ""
    assert turn[WIRE_EXTRA] == {"user_input_datetime": sent}
    assert [(one.field, one.rule, one.value) for one in result.violations] == [
        ("user_input_datetime", rule, sent)
    ]


@pytest.mark.parametrize("sent", [{"EVENT": None}, {"EVENT": ["x", None]}])
def test_a_metric_without_a_value_is_null_text_and_no_other_type(sent: dict[str, Any]) -> None:
    for version, told in (("v1", []), ("v3", ['text is "", never null'])):
        result = normalise(payload(metrics=sent), GUARANTEES[version])
        assert isinstance(result, Normalised)
        assert json.loads(result.payload)["metrics"]["EVENT"][-1] == ""
        assert [one.rule for one in result.violations] == told
        assert result.drift == []


@pytest.mark.parametrize("name", ALSO_SENT_IN_TURNS)
@pytest.mark.parametrize("value", [None, 7, "x", [{"a": 1}], {"a": 1}])
def test_members_of_a_turn_that_have_no_column_are_carried_without_a_word(name: str, value: Any) -> None:
    result = normalise(payload(turns=[{name: value}]))
    assert isinstance(result, Normalised)
    assert json.loads(result.payload)["turns"][0][WIRE_EXTRA] == {name: value}
    assert (result.violations, result.drift) == ([], [])


def test_a_field_that_v1_lacks_is_told_with_the_whitelist_as_its_cause() -> None:
    for version, why in (("v1", WHITELIST), ("v3", "")):
        result = normalise(payload(without(CLEAN, "channel")), GUARANTEES[version])
        assert isinstance(result, Normalised)
        assert result.drift == [("channel", DriftKind.MISSING, why)]


def test_null_missing_and_empty_are_different() -> None:
    null, found_in_null = read(payload(variant_id=None, num_turns=None))
    missing, found_in_missing = read(payload())
    empty, found_in_empty = read(payload(variant_id="", num_turns=""))
    # Null text is left to the guarantee against it; of a null that is no text nothing is promised.
    assert found_in_null == []
    assert found_in_missing == []
    assert found_in_empty == [(None, "num_turns", "value is integer", "")]
    assert "variant_id" not in null
    assert missing["variant_id"] == ""
    assert empty["variant_id"] == ""


NO_TEXT = [one for one in (*own_fields(CONVERSATION), *own_fields(TURN)) if not one.kind.is_text]


@pytest.mark.parametrize("name", sorted(str(one.wire) for one in NO_TEXT if not one.required))
@pytest.mark.parametrize("guarantees", GUARANTEES.values(), ids=GUARANTEES.keys())
def test_an_optional_field_that_is_no_text_may_be_null(guarantees: Guarantees, name: str) -> None:
    result = normalise(payload({**CLEAN, name: None, "turns": [{name: None}]}), guarantees)
    assert isinstance(result, Normalised)
    assert result.violations == []
    assert {path for path, _, _ in result.drift} <= {name, f"turns[].{name}"}  # where it is no field of it


@pytest.mark.parametrize("field", ["metrics", "turns"])
def test_metrics_and_turns_may_be_null(field: str) -> None:
    result = normalise(payload(**{field: None}))
    assert isinstance(result, Normalised)
    assert (result.violations, result.drift) == ([], [])


def test_a_required_field_is_not_null() -> None:
    assert read(payload(in_progress=None))[1] == [(None, "in_progress", "value is not null", "null")]


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
    }
    assert record[WIRE_EXTRA] == {"metrics": {"g": []}}
    assert [(field, value) for _, field, _, value in found] == [
        ("metrics.a", "1"),
        ("metrics.b", "null"),
        ("metrics.c", '{"d": [true]}'),
        ("metrics.e", '["x", 2.5, ["y"]]'),
    ]


def test_a_repeated_key_has_its_last_value_and_all_are_in_extra_and_noted() -> None:
    record, found = read(repeating(CLEAN, '"channel": "CHAT"', '"new": 1', '"new": 2', '"channel": "SMS"'))
    assert record["channel"] == "SMS"
    assert record[WIRE_EXTRA] == {"new": [1, 2], "channel": ["VOICE-SIP", "CHAT", "SMS"]}
    assert found == [
        (None, "channel", "key comes once", "VOICE-SIP"),
        (None, "channel", "key comes once", "CHAT"),
        (None, "new", "key comes once", "1"),
    ]


def test_a_repeated_key_in_a_turn_is_noted_with_its_turn() -> None:
    record, found = read(repeating(CLEAN, '"turns": [{}, {"user_input": "a", "user_input": "b"}]'))
    assert record["turns"][1]["user_input"] == "b"
    assert record["turns"][1][WIRE_EXTRA] == {"user_input": ["a", "b"]}
    assert found == [(1, "user_input", "key comes once", "a")]


def test_a_repeated_metric_has_the_values_of_all() -> None:
    record, found = read(repeating(CLEAN, '"metrics": {"a": "1", "b": "2", "a": ["3", "4"]}'))
    assert record["metrics"] == {"a": ["1", "3", "4"], "b": ["2"]}
    assert found == [(None, "metrics.a", "key comes once", "1")]


def test_a_repeated_key_of_a_latency_has_its_last_value_and_all_are_in_extra() -> None:
    latency = '{"perceived_latency": 1, "perceived_latency": 2}'
    record, found = read(repeating(CLEAN, f'"turns": [{{"latency": {latency}}}]'))
    assert record["turns"][0]["latency"]["perceived_latency"] == 2
    assert record["turns"][0][WIRE_EXTRA] == {"latency": {"perceived_latency": [1, 2]}}
    assert found == [(0, "latency.perceived_latency", "key comes once", "1")]


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
