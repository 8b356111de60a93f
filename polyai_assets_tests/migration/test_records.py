"""Two records of a conversation, field by field."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.drift import Severity
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import WHOLE_TURN, Parity, ParityVerdict, severity
from polyai_assets.migration.records import RecordComparison, declared_paths
from polyai_assets.migration.tally import VerdictCounts
from polyai_assets.migration.versions import Versions
from polyai_assets_tests.contract.records import FULL, payload

V1_V3 = Versions("v1", "v3")
Edit = Callable[[dict[str, Any]], object]


def rows_of(*pairs: tuple[bytes, bytes]) -> list[Parity]:
    tally = VerdictCounts(declared_paths())
    comparison = RecordComparison(tally, V1_V3)
    for number, (old, new) in enumerate(pairs):
        comparison.compare(f"CA{number}", old, new)
    return tally.rows()


def found(old: bytes, new: bytes) -> list[tuple[str, ParityVerdict]]:
    """What is not equal in two records."""
    return [(one.path, one.verdict) for one in rows_of((old, new)) if one.verdict is not ParityVerdict.EQUAL]


def edited(edit: Edit) -> bytes:
    record = copy.deepcopy(FULL)
    edit(record)
    return payload(record)


def test_equal_records_are_equal_in_every_path() -> None:
    rows = rows_of((payload(FULL), payload(FULL)))
    assert {one.verdict for one in rows} == {ParityVerdict.EQUAL}
    assert {one.path for one in rows} >= declared_paths() - {"metrics", "turns", "state", "turns[].metadata"}
    counts = {one.path: (one.count, one.total) for one in rows}
    assert (counts[WHOLE_RECORD], counts[WHOLE_TURN], counts["metrics.STEP"]) == ((1, 1), (2, 2), (1, 1))
    assert counts["turns[].latency"] == (2, 2)
    assert {(one.example_conversation_id, one.example) for one in rows} == {("", "")}


@pytest.mark.parametrize(
    ("edit", "path", "verdict"),
    [
        (lambda one: one.update(handoff=False), "handoff", ParityVerdict.DIFFERS),
        (lambda one: one.update(total_duration="49"), "total_duration", ParityVerdict.DIFFERS),
        (lambda one: one.update(started_at="2026-03-01 10:00:00"), "started_at", ParityVerdict.TIME_FORMAT),
        (lambda one: one.pop("variant_name"), "variant_name", ParityVerdict.ONLY_IN_NEW),
        (lambda one: one.update(mood="good"), "mood", ParityVerdict.ONLY_IN_OLD),
        (lambda one: one.pop("turns"), "turns", ParityVerdict.ONLY_IN_NEW),
        (lambda one: one.update(turns=None), "turns", ParityVerdict.DIFFERS),
        (lambda one: one.update(metrics=None), "metrics", ParityVerdict.DIFFERS),
        (lambda one: one["metrics"].pop("STEP"), "metrics.STEP", ParityVerdict.ONLY_IN_NEW),
        (lambda one: one["metrics"].update(STEP=["b", "a"]), "metrics.STEP", ParityVerdict.DIFFERS),
        (lambda one: one["metrics"].update(MOOD="x"), "metrics.MOOD", ParityVerdict.ONLY_IN_OLD),
        (lambda one: one["state"].update(from_=None), "state.from_", ParityVerdict.DIFFERS),
        (lambda one: one["state"]["nested"].update(deep=[1]), "state.nested.deep", ParityVerdict.DIFFERS),
        (lambda one: one["turns"][0].update(user_input=None), "turns[].user_input", ParityVerdict.NULL_BECAME_EMPTY),
        (lambda one: one["turns"][0].pop("barge_in"), "turns[].barge_in", ParityVerdict.ONLY_IN_NEW),
        (lambda one: one["turns"][0].update(entities=[{"name": "A"}]), "turns[].entities", ParityVerdict.DIFFERS),
        (lambda one: one["turns"][0].update(intents=["greet", "x"]), "turns[].intents", ParityVerdict.DIFFERS),
        (lambda one: one["turns"][0]["metadata"].pop("model"), "turns[].metadata", ParityVerdict.ONLY_IN_NEW),
        (lambda one: one["turns"].append({}), WHOLE_TURN, ParityVerdict.ONLY_IN_OLD),
        (lambda one: one["turns"].pop(), WHOLE_TURN, ParityVerdict.ONLY_IN_NEW),
        (lambda one: one["turns"].__setitem__(1, "Hi"), WHOLE_TURN, ParityVerdict.DIFFERS),
    ],
)  # fmt: skip
def test_one_difference_is_found_at_its_path_and_nowhere_else(
    edit: Edit, path: str, verdict: ParityVerdict
) -> None:
    assert found(edited(edit), payload(FULL)) == [(path, verdict)]


@pytest.mark.parametrize(
    "edit",
    [
        lambda one: one["metrics"].update(CALL_DURATION=["49"]),
        lambda one: one["turns"][0].update(latency={"perceived_latency": 0.75, "label": "x"}),
        lambda one: one.update(total_duration=49.0),
    ],
)
def test_what_is_the_same_under_the_contract_is_equal(edit: Edit) -> None:
    assert found(edited(edit), payload(FULL)) == []


def test_turns_that_are_missing_are_counted_and_the_others_compared_by_index() -> None:
    def lose_two(one: dict[str, Any]) -> None:
        one["turns"] = [{**one["turns"][0], "user_input": "Hello"}]

    more = edited(lambda one: one["turns"].append({"user_input": "x"}))
    rows = {(one.path, one.verdict): (one.count, one.total) for one in rows_of((edited(lose_two), more))}
    assert rows[WHOLE_TURN, ParityVerdict.ONLY_IN_NEW] == (2, 3)
    assert rows[WHOLE_TURN, ParityVerdict.EQUAL] == (1, 3)
    assert rows["turns[].user_input", ParityVerdict.DIFFERS] == (1, 1)


def test_an_example_has_a_form_of_both_values_and_no_word_of_them() -> None:
    old, new = payload(FULL, handoff_reason="my name is Ada"), payload(FULL, handoff_reason=7)
    (row,) = [one for one in rows_of((old, new)) if one.verdict is ParityVerdict.DIFFERS]
    assert row.example == "text like 'xx xxxx xx xxx' in v1, a number in v3"
    assert row.example_conversation_id == "CA0"


def test_no_value_is_shown_of_a_field_that_one_version_has_alone() -> None:
    for old, new in [
        (payload(FULL, mood="secret"), payload(FULL)),
        (payload(FULL), payload(FULL, mood="secret")),
        (payload(FULL, turns=[{"a": "secret"}]), payload(FULL, turns=[{}])),
        (payload(FULL, turns=[]), payload(FULL, turns=[{"a": "secret"}])),
    ]:
        assert "secret" not in repr(rows_of((old, new)))


def test_a_time_is_shown_by_the_way_it_is_written() -> None:
    old, new = (
        payload(FULL, started_at="2026-03-01 10:00:00.25"),
        payload(FULL, started_at="2026-03-01T10:00:00.250Z"),
    )
    (row,) = [one for one in rows_of((old, new)) if one.verdict is not ParityVerdict.EQUAL]
    assert row.example == "9999-99-99 99:99:99.99 in v1, 9999-99-99T99:99:99.999Z in v3"


def test_a_verdict_is_counted_and_its_first_conversation_is_the_example() -> None:
    pairs = [(payload(FULL, num_ood=n), payload(FULL)) for n in (1, 2, 3)]
    (row,) = [one for one in rows_of(*pairs) if one.verdict is ParityVerdict.DIFFERS]
    assert (row.path, row.count, row.total, row.example_conversation_id) == ("num_ood", 2, 3, "CA1")


@pytest.mark.parametrize(
    ("old", "told"),
    [
        (b"{", "cannot be compared: in v1 it is not valid JSON: "),
        (b"[1]", "cannot be compared: in v1 it is no object"),
        (b'{"id": "\xff"}', "cannot be compared: v1 sends bytes that are not UTF-8"),
        (b'{"a":' * 90_000 + b"1" + b"}" * 90_000, "cannot be compared: in v1 it is nested too deep"),
    ],
)
def test_a_record_that_cannot_be_read_is_told(old: bytes, told: str) -> None:
    rows = rows_of((old, payload(FULL)), (payload(FULL), payload(FULL)))
    (row,) = [one for one in rows if one.verdict is ParityVerdict.DIFFERS]
    assert (row.path, row.count, row.example_conversation_id) == (WHOLE_RECORD, 1, "CA0")
    assert row.example.startswith(told)


@pytest.mark.parametrize("depth", [50, 300, 800, 960])
@pytest.mark.parametrize("field", ["state", "mood"])
def test_deep_values_are_compared_or_told(field: str, depth: int) -> None:
    def nested(leaf: bytes) -> bytes:
        return b'{"%b":%b%b%b}' % (field.encode(), b'{"a":' * depth, leaf, b"}" * depth)

    assert len(found(nested(b"1"), nested(b"2"))) == 1


def test_a_key_that_comes_twice_in_one_version_is_told_at_its_path() -> None:
    once = payload(FULL)
    twice = once[:-1] + b', "handoff": true}'
    (row,) = [one for one in rows_of((twice, once)) if one.verdict is not ParityVerdict.EQUAL]
    assert (row.path, row.verdict, row.example) == (
        "handoff",
        ParityVerdict.DIFFERS,
        "2 of the key in v1, 1 of it in v3",
    )
    assert found(twice, twice) == []


def test_half_a_surrogate_pair_is_compared_and_can_be_stored() -> None:
    half = payload(FULL, handoff_reason="\ud800")
    assert found(half, half) == []
    tally = VerdictCounts(declared_paths())
    RecordComparison(tally, V1_V3).compare("CA\ud800", payload(FULL, **{"\ud800": 1}), payload(FULL))
    rows = [one for one in tally.rows() if one.verdict is not ParityVerdict.EQUAL]
    assert [one.verdict for one in rows] == [ParityVerdict.ONLY_IN_OLD]
    assert json.dumps(
        [(one.path, one.example, one.example_conversation_id) for one in rows], ensure_ascii=False
    ).encode()


@pytest.mark.parametrize("name", [WHOLE_RECORD, WHOLE_TURN, "turns[].user_input", "conversation_id"])
def test_a_field_that_is_named_like_a_path_does_not_count_as_it(name: str) -> None:
    assert found(payload(FULL, **{name: 1}), payload(FULL, **{name: 2})) == [
        (f"'{name}'", ParityVerdict.DIFFERS)
    ]


@given(old=st.binary(max_size=60) | st.text().map(str.encode), new=st.binary(max_size=60))
def test_whatever_comes_nothing_is_raised(old: bytes, new: bytes) -> None:
    assert rows_of((old, new))


@pytest.mark.parametrize("sent", ["missing", None, {}])
def test_a_state_that_v1_sends_to_nobody_is_only_in_the_newer_version_as_expected(sent: Any) -> None:
    old = edited(lambda one: one.pop("state") if sent == "missing" else one.update(state=sent))
    assert found(old, payload(FULL)) == [("state", ParityVerdict.ONLY_IN_NEW)]
    assert severity("state", ParityVerdict.ONLY_IN_NEW, V1_V3) is None


def test_a_state_that_differs_is_told() -> None:
    old = edited(lambda one: one.update(state=one["state"] | {"from_": "+2"}))
    assert found(old, payload(FULL)) == [("state.from_", ParityVerdict.DIFFERS)]
    assert severity("state", ParityVerdict.ONLY_IN_NEW, Versions("v2", "v3")) is Severity.WARN
