"""When two values are the same, and in which way they are not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.fields import Kind
from polyai_assets.contract.lenient import read_json
from polyai_assets.migration.parity import ParityVerdict
from polyai_assets.migration.values import compare_values, time_form

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WRITTEN = "2025-03-01T10:15:02.120450Z"


@given(value=JSON, kind=st.sampled_from([None, *Kind]))
def test_a_value_is_equal_to_itself(value: Any, kind: Kind | None) -> None:
    assert compare_values(kind, value, json.loads(json.dumps(value))) is ParityVerdict.EQUAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (5, 5.0),
        (5.0, 5),
        (0, -0.0),
        ([5], [5.0]),
        ({"a": 5}, {"a": 5.0}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
)
def test_these_are_equal(old: Any, new: Any) -> None:
    assert compare_values(None, old, new) is ParityVerdict.EQUAL


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *[(True, 1), (1, True), (False, 0), (True, False), ("5", 5), ("true", True), (5, 5.5)],
        *[("", None), (None, 0), (None, False), (None, "x"), (None, [None]), ("a", "A"), ("", " ")],
        *[([1, 2], [2, 1]), ([1], [1, 1]), ([], {}), ({"a": 1}, {"a": 1, "b": 1}), ({"a": 1}, {"b": 1})],
    ],
)
def test_these_differ(old: Any, new: Any) -> None:
    assert compare_values(None, old, new) is ParityVerdict.DIFFERS


@pytest.mark.parametrize("empty", ["", [], {}])
@pytest.mark.parametrize("kind", [None, Kind.TEXT, Kind.TEXT_LIST, Kind.TIMESTAMP])
def test_null_may_become_empty_and_nothing_empty_may_become_null(kind: Kind | None, empty: Any) -> None:
    assert compare_values(kind, None, empty) is ParityVerdict.NULL_BECAME_EMPTY
    assert compare_values(kind, empty, None) is ParityVerdict.DIFFERS


@pytest.mark.parametrize(
    "old",
    [
        "2025-03-01 10:15:02.120450",
        "2025-03-01T10:15:02.12045Z",
        "2025-03-01T10:15:02.120450+00:00",
        "2025-03-01T12:15:02.120450+02:00",
        "2025-03-01T10:15:02.120Z",
        "2025-03-01 10:15:02+00:00",
        "2025-03-01T10:15:02",
        "Sat, 01 Mar 2025 10:15:02 GMT",
    ],
)
def test_a_time_may_be_written_otherwise_and_less_exactly(old: str) -> None:
    assert compare_values(Kind.TIMESTAMP, old, WRITTEN) is ParityVerdict.TIME_FORMAT
    assert compare_values(Kind.TIMESTAMP, WRITTEN, old) is ParityVerdict.TIME_FORMAT


@pytest.mark.parametrize(
    "old",
    [
        "2025-03-01T10:15:02.121Z",
        "2025-03-01T10:15:03Z",
        "2025-03-01T10:15:02.120451Z",
        "2025-03-01 12:15:02.120450",
        "2025-03-01T10:15:02.120450+02:00",
        "2025-03-02T10:15:02.120450Z",
        "this morning",
        "",
    ],
)
def test_another_moment_is_another_value(old: str) -> None:
    assert compare_values(Kind.TIMESTAMP, old, WRITTEN) is ParityVerdict.DIFFERS


def test_times_before_1970_are_cut_off_as_they_are_written() -> None:
    assert (
        compare_values(Kind.TIMESTAMP, "1969-12-31T23:59:58Z", "1969-12-31T23:59:58.900Z")
        is ParityVerdict.TIME_FORMAT
    )


def test_times_in_metrics_and_metadata_may_be_written_otherwise_and_what_a_caller_said_may_not() -> None:
    assert compare_values(None, "2025-03-01 10:15:02", "2025-03-01T10:15:02Z") is ParityVerdict.TIME_FORMAT
    assert compare_values(None, "2025-03-01", "2025-03-01T00:00:00Z") is ParityVerdict.DIFFERS
    assert compare_values(Kind.TEXT, "2025-03-01 10:15:02", "2025-03-01T10:15:02Z") is ParityVerdict.DIFFERS


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        (1.5, {"label": "fast", "perceived_latency": 1.5}, ParityVerdict.EQUAL),
        ({"perceived_latency": 2}, {"perceived_latency": 2.0, "label": "slow"}, ParityVerdict.EQUAL),
        (1.5, {"perceived_latency": 1.6}, ParityVerdict.DIFFERS),
        (1.5, {"label": "fast"}, ParityVerdict.DIFFERS),
        (None, {"perceived_latency": 1.5}, ParityVerdict.DIFFERS),
    ],
)
def test_a_latency_counts_by_its_seconds(old: Any, new: Any, verdict: ParityVerdict) -> None:
    assert compare_values(Kind.LATENCY, old, new) is verdict


def test_one_text_is_the_list_of_it_where_lists_are_declared() -> None:
    assert compare_values(Kind.TEXT_LIST, "a", ["a"]) is ParityVerdict.EQUAL
    assert compare_values(Kind.TEXT_LIST, "a", ["a", "b"]) is ParityVerdict.DIFFERS
    assert compare_values(None, "a", ["a"]) is ParityVerdict.DIFFERS


def test_a_list_has_the_worst_verdict_of_its_elements() -> None:
    times = ["2025-03-01 10:15:02", "x", None], ["2025-03-01T10:15:02Z", "x", ""]
    assert compare_values(None, *times) is ParityVerdict.NULL_BECAME_EMPTY
    assert compare_values(None, [*times[0], 1], [*times[1], 2]) is ParityVerdict.DIFFERS


def test_a_key_that_comes_twice_on_one_side_is_a_difference() -> None:
    twice, once = read_json(b'[{"a": 1, "a": 1}]'), [{"a": 1}]
    assert compare_values(None, twice, once) is ParityVerdict.DIFFERS
    assert compare_values(None, twice, read_json(b'[{"a": 1, "a": 1}]')) is ParityVerdict.EQUAL


def test_the_form_of_a_time_shows_how_it_is_written_and_not_when_it_was() -> None:
    assert time_form(WRITTEN) == "9999-99-99T99:99:99.999999Z"
