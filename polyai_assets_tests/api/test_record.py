"""What is read of a record."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.api.record import Record, read_record
from polyai_assets_tests.api.test_split import DEEP, documents

FIELDS = {"id": "a", "started_at": "2026-11-03T00:00:00Z", "in_progress": False, "num_turns": 3}


def test_a_few_fields_are_read_and_the_bytes_are_kept() -> None:
    payload = json.dumps(
        {
            **FIELDS,
            "channel": "CHAT",
            "payload": "a field of that name",
            "total_duration": 90,
            "turns": [{}, {}],
        }
    ).encode()
    assert read_record(payload) == Record(
        "a", "2026-11-03T00:00:00Z", False, 3, payload, 90.0, 2, channel="CHAT"
    )


@pytest.mark.parametrize("payload", [b"null", b"1", b'"a"', b"[]", b'["id"]', b"{}", b'{"a" 1}', b"", b"NaN"])
def test_what_is_no_conversation_keeps_its_bytes(payload: bytes) -> None:
    assert read_record(payload) == Record(None, None, None, None, payload)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 7), ("id", None), ("id", ["a"]), ("started_at", 1762128000), ("in_progress", "false"),
        ("in_progress", 0), ("num_turns", "three"), ("num_turns", 3.5), ("num_turns", True), ("id", "\ud800"),
    ],
)  # fmt: skip
def test_a_field_of_another_type_is_none_and_the_others_are_read(field: str, value: object) -> None:
    payload = json.dumps({**FIELDS, field: value}).encode()
    record = read_record(payload)
    for name, expected in FIELDS.items():
        assert getattr(record, name) == (None if name == field else expected)
    assert record.payload == payload


@pytest.mark.parametrize("odd", [rb'"\ud83d"', b"NaN", b'"\n"', DEEP, b'"\xff\\x"'], ids=range(5))
def test_an_odd_value_elsewhere_costs_a_record_neither_its_id_nor_the_count_of_its_turns(odd: bytes) -> None:
    payload = b'{"turns": [{"user_input": ' + odd + b'}, {}], "id": "a", "in_progress": true}'
    assert read_record(payload) == Record("a", None, True, None, payload, turns_sent=2)


@pytest.mark.parametrize("turns", [rb'{"a": "\ud83d"}', rb'"\ud83d"', b"NaN"])
def test_of_turns_that_are_no_list_none_are_counted(turns: bytes):
    assert read_record(b'{"turns": ' + turns + b', "id": "a"}').turns_sent is None


def test_of_a_repeated_key_the_last_counts_on_both_roads() -> None:
    assert read_record(b'{"id": "a", "id": "b"}').id == "b"
    assert read_record(b'{"id": "a", "id": "b", "odd": NaN}').id == "b"
    assert read_record(b'{"id": "a", "id": 1}').id is None


@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), documents))
def test_any_object_is_read_field_by_field(fields: dict[str, Any]) -> None:
    payload = json.dumps(fields).encode()
    record = read_record(payload)
    types = {"id": str, "started_at": str, "in_progress": bool, "num_turns": int}
    for name, kind in types.items():
        value = json.loads(payload).get(name)
        readable = type(value) is kind and (not isinstance(value, str) or is_text(value))
        if name == "num_turns" and isinstance(value, str | float) and not isinstance(value, bool):
            continue  # counts that came otherwise have a test of their own
        assert getattr(record, name) == (value if readable else None)


def is_text(value: str) -> bool:
    return not any(0xD800 <= ord(character) <= 0xDFFF for character in value)


@pytest.mark.parametrize(
    ("sent", "read"), [('"7"', 7), ("7.0", 7), ('"seven"', None), ("true", None), ('"-1"', None)]
)
def test_a_count_that_came_as_text_is_read(sent: str, read: int | None):
    record = read_record(f'{{"id": "CA1", "num_turns": {sent}, "turns": [{{}}]}}'.encode())
    assert (record.num_turns, record.turns_sent) == (read, 1)
