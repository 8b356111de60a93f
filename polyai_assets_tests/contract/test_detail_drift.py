"""Where details are not as declared: each finding by its path, and nothing of what is documented."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.detail import ALSO_SENT_IN_EVENTS, DETAIL, FUNCTION_EVENT, UNREADABLE
from polyai_assets.contract.detail_rows import DetailTally
from polyai_assets.contract.drift import MOST_PATHS, Drift, DriftKind
from polyai_assets.contract.rows import Noted
from polyai_assets_tests.contract.details import EVENT, RECORDED, UNSET, read, rows_from
from polyai_assets_tests.contract.records import without

ADDED, CHANGED, MISSING = DriftKind.ADDED, DriftKind.TYPE_CHANGED, DriftKind.MISSING
PUBLISHED = RECORDED | {
    "createdAt": "2023-11-07T05:31:56Z",
    "duration": 123,
    "polyScore": 123,
    "shortSummary": "A caller asked for a room.",
    "tags": ["vip"],
    "turns": [{"latency": 123, "intents": ["book"], "entities": [{}]}],
    "metrics": {},
    "functionEvents": {},
}
"""A detail as PolyAI's reference writes it."""


def drift_of(detail: bytes | dict[str, Any]) -> list[Noted]:
    return rows_from(detail).drift


def with_events(**changed: Any) -> dict[str, Any]:
    return RECORDED | {"functionEvents": {"1": [EVENT | changed]}}


@pytest.mark.parametrize("detail", [RECORDED, UNSET, PUBLISHED], ids=["recorded", "unset", "published"])
def test_a_detail_as_documented_has_no_drift(detail: dict[str, Any]):
    assert drift_of(detail) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"shortSummary": '{"heading": "A room", "content": "They asked."}'},
        {"shortSummary": {"heading": None, "content": None}},
        {"shortSummary": {}},
        {"channel": "WEBCHAT", "shortSummary": None},
        {"shortSummary": '{"other": 1}'},
        {"shortSummary": ""},
        {"startedAt": "Wed, 03 Jun 2026 13:18:09 GMT"},
        {"startedAt": "2026-06-03T13:18:09"},
        {"startedAt": ""},
        {"polyScore": 4},
        {"duration": 73.25},
        {"tags": ["vip", None]},
        {"metrics": {"CSAT": "5", "NPS": ["1", "2"], "ANY": [{"timestamp": None, "value": "1"}]}},
        {"turns": [{"latency": {"label": None, "perceived_latency": 1.5}, "anything": [1]}]},
        {"turns": []},
        {"newField": None},
        {"functionEvents": {}},
        {"functionEvents": {"1": None, "2": [None], "first": []}},
    ],
)
def test_what_may_come_is_no_drift(changed: dict[str, Any]):
    assert drift_of(RECORDED | changed) == []


@pytest.mark.parametrize("value", [1, "x", ["x"], {"a": 1}, True])
@pytest.mark.parametrize("name", ALSO_SENT_IN_EVENTS)
def test_members_of_an_event_that_have_no_column_may_be_anything(name: str, value: object):
    row = rows_from(with_events(**{name: value}))
    assert row.drift == []
    assert json.loads(row.events[0]["extra"])[name] == value


@pytest.mark.parametrize("field", sorted(one.wire for one in DETAIL if one.wire and "." not in one.wire))
def test_null_is_no_drift_in_any_field(field: str):
    assert drift_of(RECORDED | {field: None}) == []


@pytest.mark.parametrize("field", sorted(one.wire for one in FUNCTION_EVENT if one.wire))
def test_null_is_no_drift_in_any_field_of_an_event(field: str):
    assert drift_of(with_events(**{field: None})) == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"sentiment": "calm"}, ("details.sentiment", ADDED, "text like 'xxxx'")),
        ({"sentiment": False}, ("details.sentiment", ADDED, "false")),
        ({"channel": 7}, ("details.channel", CHANGED, "a number instead of text")),
        ({"polyScore": "4.5"}, ("details.polyScore", CHANGED, "text like '9.9' instead of number")),
        ({"polyScore": "high"}, ("details.polyScore", CHANGED, "text like 'xxxx' instead of number")),
        ({"handoff": "true"}, ("details.handoff", CHANGED, "text like 'xxxx' instead of boolean")),
        (
            {"finishedAt": 1780000000},
            ("details.finishedAt", CHANGED, "a number instead of timestamp"),
        ),
        (
            {"startedAt": "yesterday"},
            ("details.startedAt", CHANGED, "text like 'xxxxxxxxx' instead of timestamp"),
        ),
        ({"tags": "vip"}, ("details.tags", CHANGED, "text like 'xxx' instead of list of text")),
        ({"tags": ["vip", 1]}, ("details.tags", CHANGED, "a list of 2 instead of list of text")),
        (
            {"turns": {"0": {}}},
            ("details.turns", CHANGED, "an object of 1 fields instead of list of objects"),
        ),
        ({"metrics": []}, ("details.metrics", CHANGED, "a list of 0 instead of object")),
        ({"shortSummary": []}, ("details.shortSummary", CHANGED, "a list of 0 instead of object")),
        (
            {"shortSummary": {"heading": 7}},
            ("details.shortSummary.heading", CHANGED, "a number instead of text"),
        ),
        (
            {"shortSummary": {"heading": "A room", "mood": "calm", "of": None}},
            ("details.shortSummary.mood", ADDED, "text like 'xxxx'"),
        ),
        (
            {"shortSummary": '{"heading": "A room", "mood": "calm"}'},
            ("details.shortSummary.mood", ADDED, "text like 'xxxx'"),
        ),
        ({"shortSummary.heading": "A"}, ("details.shortSummary.heading", ADDED, "text like 'x'")),
        ({"functionEvents": []}, ("details.functionEvents", CHANGED, "a list of 0 instead of object")),
        (
            {"functionEvents": {"1": EVENT, "2": EVENT}},
            ("details.functionEvents", CHANGED, "an object of 19 fields instead of list of objects"),
        ),
        (
            {"functionEvents": {"first": [EVENT], "last": [EVENT]}},
            ("details.functionEvents", CHANGED, "text like 'xxxx' instead of the number of a turn"),
        ),
        (
            {"functionEvents": {"1": ["x"]}},
            ("details.functionEvents[]", CHANGED, "text like 'x' instead of object"),
        ),
    ],
)
def test_another_shape_is_one_finding_with_its_path(changed: dict[str, Any], found: Noted):
    assert drift_of(RECORDED | changed) == [found]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"cost": 1}, ("details.functionEvents[].cost", ADDED, "a number")),
        (
            {"duration": "2"},
            ("details.functionEvents[].duration", CHANGED, "text like '9' instead of number"),
        ),
        (
            {"error": {"code": 1}},
            ("details.functionEvents[].error", CHANGED, "an object of 1 fields instead of text"),
        ),
        (
            {"arguments": "{}"},
            ("details.functionEvents[].arguments", CHANGED, "text like '{}' instead of object"),
        ),
    ],
)
def test_another_shape_of_an_event_is_one_finding(changed: dict[str, Any], found: Noted):
    assert drift_of(with_events(**changed)) == [found]


@pytest.mark.parametrize("field", ["accountId", "projectId"])
def test_a_required_field_that_is_absent_is_missing(field: str):
    assert drift_of(without(RECORDED, field)) == [(f"details.{field}", MISSING, "")]


def test_an_optional_field_that_is_absent_is_none():
    assert drift_of(without(RECORDED, "note", "shortSummary", "functionEvents", "turns", "metrics")) == []


def test_names_that_are_shown_alike_are_one_finding_of_a_detail_and_of_an_event():
    odd = {"of 440012345": 1, "of 440054321": 2}
    assert drift_of(RECORDED | odd) == [("details.of …", ADDED, "a number")]
    assert drift_of(with_events(**odd)) == [("details.functionEvents[].of …", ADDED, "a number")]


@pytest.mark.parametrize(
    "payload", [b"no JSON", b"[1]", b'{"a": 1, "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"]
)
def test_what_cannot_be_read_has_no_drift(payload: bytes):
    found = rows_from(payload)
    assert (found.row["status"], found.drift) == (UNREADABLE, [])


def test_the_empty_values_of_another_type_are_kept():
    row, _ = read(RECORDED | {"functionEvents": [], "shortSummary": False})
    assert json.loads(row["extra"]) == {"functionEvents": [], "shortSummary": False}


def test_details_and_events_are_counted_of_their_own_number():
    tally = DetailTally()
    tally.add(rows_from(RECORDED | {"mood": "calm"}))  # with two events
    tally.add(rows_from(with_events(cost=1) | {"mood": "cross"}))
    tally.add(
        rows_from(RECORDED | {"functionEvents": {"1": [EVENT | {"cost": 2}, EVENT | {"cost": 3}, EVENT]}})
    )
    tally.add(rows_from(b"no JSON"))
    tally.add(rows_from({"mood": "calm"}, status=UNREADABLE))
    assert sorted(tally.findings(), key=lambda one: one.path) == [
        Drift("details.functionEvents[].cost", ADDED, 3, 6, "a number"),
        Drift("details.mood", ADDED, 2, 3, "text like 'xxxx'"),
    ]


def test_a_source_that_invents_names_does_not_fill_the_table():
    tally = DetailTally()
    for number in range(MOST_PATHS + 9):
        tally.add(rows_from(RECORDED | {f"field_{number}": 1}))
    assert len(found := tally.findings()) == MOST_PATHS + 1
    assert found[-1] == Drift("details.(others)", ADDED, 9, MOST_PATHS + 9, "")


def test_what_one_detail_invents_is_one_of_the_details():
    tally = DetailTally()
    tally.add(rows_from(RECORDED | {f"field_{number}": 1 for number in range(MOST_PATHS + 9)}))
    tally.add(rows_from(RECORDED | {"field_of_another": 1}))
    assert tally.findings()[-1] == Drift("details.(others)", ADDED, 2, 2, "")


# Text of letters and digits that no name and no word of ours has.
SAID = st.text("жяЩ8", min_size=1, max_size=5)
SENT = st.recursive(
    st.none() | st.booleans() | st.sampled_from([88, -8.88, 10**400]) | SAID,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "heading", "content", "name", "error"]), children, max_size=3)
    ),
    max_leaves=8,
)
NAMES = [*(one.wire for one in DETAIL if one.wire), "new", "shortSummary"]
EVENTS = st.dictionaries(SAID | st.sampled_from(["1", "2"]), SENT | st.lists(SENT, max_size=3), max_size=3)


@given(st.dictionaries(st.sampled_from(NAMES), SENT, max_size=6), EVENTS)
def test_no_finding_shows_what_was_said(record: dict[str, Any], events: dict[str, Any]):
    found = rows_from(json.dumps(record | {"functionEvents": events}).encode())
    assert found.row["status"] == "found"
    tally = DetailTally()
    tally.add(found)
    for one in tally.findings():
        assert 0 < one.count <= one.total
        assert not set(f"{one.path} {one.example}") & set("жяЩ8")


def test_a_field_that_comes_twice_is_told():
    body = json.dumps(RECORDED)[:-1] + ', "note": "a", "shortSummary": {"heading": "x", "heading": "y"}}'
    assert drift_of(body.encode()) == [
        ("details.shortSummary.heading", CHANGED, "2 of the name instead of one"),
        ("details.note", CHANGED, "2 of the name instead of one"),
        ("details.shortSummary", CHANGED, "2 of the name instead of one"),
    ]
