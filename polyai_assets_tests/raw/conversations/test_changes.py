"""What differs between two versions of a record, field by field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.raw.conversations.changes import (
    LONGEST,
    WHOLE,
    Change,
    compare,
    decode_changes,
    encode_changes,
)
from polyai_assets_tests.deployment import NOW

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
records = st.dictionaries(st.text(), values, max_size=4)


def changes(before: Any, after: Any) -> dict[str, tuple[str, str]]:
    found = compare("CA1", json.dumps(before).encode(), json.dumps(after).encode(), NOW)
    return {one.field: (one.before, one.after) for one in found}


@pytest.mark.parametrize("name", ["\ud800", "turns[\u00b2]", f"turns[{'1' * 5000}]", "turns[]", "turns["])
def test_a_field_may_have_any_name(name: str):
    found = compare("CA1", b"{}", json.dumps({name: 1}).encode(), NOW)
    assert {one.after for one in found} == {"1", ""}  # and that the record is empty no more
    assert decode_changes(encode_changes(found)) == found


def test_fields_are_named_as_in_the_api():
    before = {
        "handoff_reason": "",
        "metrics": {"CALL_DURATION": ["7"]},
        "state": {"guest": {"name": "a"}},
        "turns": [{"user_input": "hello"}, {"user_input": "bye"}],
        "same": 1,
    }
    after = {
        "handoff_reason": "caller asked",
        "metrics": {"CALL_DURATION": ["9"]},
        "state": {"guest": {"name": "b"}},
        "turns": [{"user_input": "hello"}, {"user_input": "good bye"}],
        "same": 1,
    }
    assert changes(before, after) == {
        "handoff_reason": ("", "caller asked"),
        "metrics.CALL_DURATION": ('["7"]', '["9"]'),
        "state.guest.name": ("a", "b"),
        "turns[1].user_input": ("bye", "good bye"),
    }


def test_a_field_that_came_or_went_was_or_is_nothing():
    assert changes({"gone": "x"}, {"new": True}) == {"gone": ("x", ""), "new": ("", "true")}


def test_turns_that_were_added_come_in_their_order():
    turns = [{"user_input": str(number)} for number in range(12)]
    found = compare("CA1", b'{"turns": []}', json.dumps({"turns": turns}).encode(), NOW)
    assert [one.field for one in found] == ["turns", *(f"turns[{n}].user_input" for n in range(12))]


@pytest.mark.parametrize(("length", "shown"), [(LONGEST, "xxx"), (LONGEST + 1, "sha")])
def test_long_texts_are_told_by_their_hash(length: int, shown: str):
    assert changes({"text": ""}, {"text": length * "x"})["text"][1][:3] == shown


def test_long_texts_that_differ_have_hashes_that_differ():
    before, after = changes({"text": 100 * "x"}, {"text": 100 * "y"})["text"]
    assert before != after
    assert before.startswith("sha256:")


def test_half_a_surrogate_pair_can_be_written():
    (change,) = compare("CA1", b'{"a":"\\ud83d"}', b'{"a":"b"}', NOW)
    assert decode_changes(encode_changes([change])) == [change]
    assert change.before == r"\ud83d"


@pytest.mark.parametrize("depth", [300, 900, 100_000])
@pytest.mark.parametrize("part", [b'{"a":', b"["])
def test_records_of_any_depth_are_compared(depth: int, part: bytes):
    before, after = (
        b'{"id":"CA1","x":%b%d%b}' % (part * depth, number, (b"}" if part[:1] == b"{" else b"]") * depth)
        for number in (1, 2)
    )
    assert len(compare("CA1", before, after, NOW)) == 1


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff", b"[" * 100_000])
def test_records_that_cannot_be_read_are_compared_as_a_whole(broken: bytes):
    (change,) = compare("CA1", broken, b'{"id":"CA1"}', NOW)
    assert change.field == WHOLE
    assert change.before.startswith("sha256:")


@given(records, records)
def test_records_are_the_same_if_and_only_if_nothing_changed(before: dict[str, Any], after: dict[str, Any]):
    assert changes(before, before) == {}
    if changes(before, after) == {}:
        # a field that came with an empty text cannot be told from one that is not there
        assert _filled(before) == _filled(after)


def _filled(record: dict[str, Any]) -> str:
    return str(sorted(changes({}, record)))


@given(st.lists(st.builds(Change, st.text(), st.just(NOW), st.text(), st.text(), st.text())))
def test_changes_read_back_as_they_were_written(listed: list[Change]):
    assert decode_changes(encode_changes(listed)) == listed
