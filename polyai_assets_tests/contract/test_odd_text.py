"""Text and numbers that are no valid JSON, or that no column can hold."""

import json

import pytest

from polyai_assets.contract.fields import WIRE_EXTRA
from polyai_assets.contract.normalise import WHOLE_RECORD, Normalised, normalise
from polyai_assets.contract.violation import EXAMPLE_LENGTH
from polyai_assets_tests.contract.normalising import read
from polyai_assets_tests.contract.records import payload


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
