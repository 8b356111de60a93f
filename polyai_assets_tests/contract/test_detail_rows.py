"""What becomes of a detail, whatever is in it."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.contract.detail import DETAIL, FUNCTION_EVENT, MISSING, UNREADABLE
from polyai_assets.contract.detail_rows import rows_of
from polyai_assets_tests.contract.details import ASKED_AT, DAY, EVENT, RECORDED, UNSET, detail_of, read

OF_THE_PARTITION = {"project", "date"}


def extra_of(row: dict[str, Any]) -> Any:
    return json.loads(row["extra"]) if row["extra"] else {}


def test_a_detail_as_recorded_fills_every_column() -> None:
    row, _ = read(RECORDED)
    assert row == {
        "conversation_id": "CA1",
        "status": "found",
        "reason": "",
        "policy": "",
        "asked_at": ASKED_AT,
        "account_id": "ACME",
        "project_id": "hotel-bot",
        "created_at": datetime(2026, 6, 3, 13, 18, 6, 370000, UTC),
        "started_at": datetime(2026, 6, 3, 13, 18, 6, 370000, UTC),
        "finished_at": datetime(2026, 6, 3, 13, 19, 19, 750000, UTC),
        "channel": "VOICE-SIP",
        "from_number": "+15550100000",
        "to_number": "polyai",
        "language": "en-US",
        "variant_id": "Test Office",
        "client_env": "sandbox",
        "total_duration": 73.0,
        "polyai_duration": 73.0,
        "duration": 73.0,
        "in_progress": False,
        "handoff": True,
        "handoff_destination": "Example Clinic",
        "handoff_reason": "LOOKUP_FAILED",
        "direction": "inbound",
        "tags": [],
        "poly_score": 6.0,
        "poly_score_scale": "0-10",
        "summary_heading": "A room",
        "summary_content": "The caller asked for a room.",
        "deployment_id": "019e8d9e-8e30-7899-9e61-3d950c4101b2",
        "note": "",
        "audio_url": "conversations/CA1/audio",
        "turns": json.dumps(RECORDED["turns"]),
        "metrics": json.dumps(RECORDED["metrics"]),
        "extra": None,
    }


def test_a_row_has_just_the_declared_columns_in_any_case() -> None:
    declared = {one.name for one in DETAIL} - OF_THE_PARTITION
    for row in (
        read(RECORDED)[0],
        read(UNSET)[0],
        read(b"{}")[0],
        read(b"[1]")[0],
        rows_of(detail_of(None), DAY)[0],
    ):
        assert row.keys() == declared
    for event in read(RECORDED)[1]:
        assert event.keys() == {one.name for one in FUNCTION_EVENT} - OF_THE_PARTITION


def test_function_events_have_the_index_of_their_turn_and_durations_in_seconds() -> None:
    _, (first, second) = read(RECORDED)
    assert (first["turn_index"], first["position"], first["name"]) == (0, 0, "start_function")
    assert first["duration"] == 4.108
    assert second == {
        "conversation_id": "CA1",
        "turn_index": 5,
        "position": 0,
        "event_id": EVENT["id"],
        "name": "save_phone",
        "function_id": "FUNCTION-save-phone",
        "started_at": datetime(2026, 6, 3, 13, 19, 11, tzinfo=UTC),
        "duration": 2.279,
        "error": "",
        "handoff": json.dumps(EVENT["handoff"]),
        "arguments": json.dumps(EVENT["arguments"]),
        "extra": second["extra"],
    }
    assert extra_of(second) == {
        name: EVENT[name] for name in ("llm_request_id", "state_changes", "turn_id", "utterance")
    }


def test_explicit_nulls_become_empty_text_and_no_value() -> None:
    row, events = read(UNSET)
    assert (row["note"], row["summary_heading"], row["summary_content"]) == ("", "", "")
    assert (row["poly_score"], row["started_at"], row["handoff"], row["metrics"]) == (None,) * 4
    assert (row["tags"], row["turns"], row["extra"], events) == ([], "[]", None, [])


@pytest.mark.parametrize(
    ("sent", "heading", "content"),
    [
        ({"heading": "A room", "content": "They asked."}, "A room", "They asked."),
        ('{"heading": "A room", "content": "They asked."}', "A room", "They asked."),
        ("They asked.", "", "They asked."),
        ("{no JSON}", "", "{no JSON}"),
        ('{"other": 1}', "", '{"other": 1}'),
        ({"heading": None, "content": "They asked."}, "", "They asked."),
        ({"heading": 7}, "7", ""),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_a_summary_is_read_in_every_form(sent: Any, heading: str, content: str) -> None:
    row, _ = read(RECORDED | {"shortSummary": sent})
    assert (row["summary_heading"], row["summary_content"], row["extra"]) == (heading, content, None)


def test_what_else_a_summary_holds_is_kept() -> None:
    row, _ = read(RECORDED | {"shortSummary": {"heading": "A room", "mood": "calm"}})
    assert (row["summary_heading"], extra_of(row)) == ("A room", {"shortSummary": {"mood": "calm"}})
    assert extra_of(read(RECORDED | {"shortSummary": ["A", "room"]})[0]) == {"shortSummary": ["A", "room"]}


@pytest.mark.parametrize(
    ("started_at", "day", "scale"),
    [
        ("2026-07-27T23:59:59.999999+00:00", date(2026, 7, 27), "0-10"),
        ("2026-07-28T00:00:00+00:00", date(2026, 7, 28), "1-5"),
        ("2026-07-28T00:30:00+01:00", date(2026, 7, 27), "0-10"),
        (None, date(2026, 7, 28), "1-5"),
        ("soon", date(2026, 7, 27), "0-10"),
    ],
)
def test_the_scale_of_the_score_hangs_on_the_start(started_at: str | None, day: date, scale: str) -> None:
    body = json.dumps(RECORDED | {"startedAt": started_at}).encode()
    assert rows_of(detail_of(body), day)[0]["poly_score_scale"] == scale


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("polyScore", "high"),
        ("totalDuration", [73]),
        ("handoff", 2),
        ("turns", "none"),
        ("turns", [1]),
        ("metrics", []),
        ("startedAt", "yesterday"),
        ("finishedAt", 1780000000),
        ("functionEvents", "none"),
        ("functionEvents", [EVENT]),
        ("newField", {"a": 1}),
    ],
)
def test_what_does_not_fit_is_kept_in_extra(field: str, sent: Any) -> None:
    row, _ = read(RECORDED | {field: sent})
    assert extra_of(row) == {field: sent}
    assert row["status"] == "found"


@pytest.mark.parametrize(
    ("field", "sent", "column", "kept"),
    [
        ("polyScore", "4.5", "poly_score", 4.5),
        ("totalDuration", 10**300, "total_duration", 1e300),
        ("handoff", "TRUE", "handoff", True),
        ("tags", "vip", "tags", ["vip"]),
        ("tags", ["vip", 1, None], "tags", ["vip", "1", ""]),
        ("note", 7, "note", "7"),
        (
            "startedAt",
            "Wed, 03 Jun 2026 13:18:09 GMT",
            "started_at",
            datetime(2026, 6, 3, 13, 18, 9, tzinfo=UTC),
        ),
        ("startedAt", "2026-06-03T13:18:09", "started_at", datetime(2026, 6, 3, 13, 18, 9, tzinfo=UTC)),
        ("startedAt", "", "started_at", None),
    ],
)
def test_what_can_be_converted_without_loss_is(field: str, sent: Any, column: str, kept: Any) -> None:
    row, _ = read(RECORDED | {field: sent})
    assert (row[column], row["extra"]) == (kept, None)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "first", "", "9" * 30])
def test_an_event_of_no_known_turn_has_no_index_and_keeps_what_stood_there(number: str) -> None:
    _, (event,) = read(RECORDED | {"functionEvents": {number: [EVENT]}})
    assert event["turn_index"] is None
    assert extra_of(event)["turn"] == number


def test_events_of_one_turn_are_counted_through_however_it_is_written() -> None:
    body = json.dumps(RECORDED | {"functionEvents": {}}).replace(
        '"functionEvents": {}',
        '"functionEvents": {"2": [{"id": "a"}, {"id": "b"}], "2": [{"id": "c"}], "02": [7]}',
    )
    _, events = read(body.encode())
    assert [(event["turn_index"], event["position"], event["event_id"]) for event in events] == [
        *((1, 0, "a"), (1, 1, "b"), (1, 2, "c"), (1, 3, "")),
    ]
    assert extra_of(events[3]) == {"event": 7}


def test_events_that_are_no_list_are_kept_with_the_detail() -> None:
    row, events = read(RECORDED | {"functionEvents": {"1": EVENT, "2": None}})
    assert (events, extra_of(row)) == ([], {"functionEvents": {"1": EVENT}})


def test_an_event_of_odd_types_is_a_row() -> None:
    odd = {"id": 5, "duration": "a while", "error": {"type": "Timeout"}, "arguments": "none", "start_time": 3}
    _, (event,) = read(RECORDED | {"functionEvents": {"1": [odd]}})
    assert (event["event_id"], event["duration"], event["error"]) == ("5", None, '{"type": "Timeout"}')
    assert extra_of(event) == {"duration": "a while", "arguments": "none", "start_time": 3}


def test_a_conversation_that_is_missing_is_a_row_that_says_so() -> None:
    row, events, metrics, recorded, drift = rows_of(
        detail_of(None, status=MISSING, reason="It is not there."), DAY
    )
    assert (metrics, recorded, drift) == ([], {}, [])
    assert (row["conversation_id"], row["status"], row["reason"]) == ("CA1", "missing", "It is not there.")
    assert (row["note"], row["tags"], row["poly_score"], row["poly_score_scale"], events) == (
        "",
        [],
        None,
        "",
        [],
    )


def test_what_is_no_detail_of_the_conversation_fills_no_column() -> None:
    sent = detail_of(
        json.dumps(RECORDED).encode(), status=UNREADABLE, reason="The server sent another conversation."
    )
    row, events, metrics, recorded, drift = rows_of(sent, DAY)
    assert (metrics, recorded, drift) == ([], {}, [])
    assert (row["status"], row["channel"], row["extra"], events) == (UNREADABLE, "", None, [])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not valid JSON"),
        (b'{"conversationId": "CA1"', "not valid JSON"),
        (b'["CA1"]', "not an object"),
        (b'"this is not a conversation"', "not an object"),
        (b'{"turns": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    ],
)
def test_a_payload_that_cannot_be_read_is_a_row_with_the_reason(payload: bytes, reason: str) -> None:
    row, events = read(payload)
    assert (row["conversation_id"], row["status"], events) == ("CA1", UNREADABLE, [])
    assert row["reason"].startswith(reason)


@pytest.mark.parametrize(
    "poison",
    [
        b'"note": "\\ud83d half"',
        b'"note": "\xff\xfe"',
        b'"note": "a", "note": "b"',
        b'"totalDuration": NaN',
        b'"totalDuration": 1e999',
        b'"totalDuration": ' + b"9" * 10_000,
        b'"new\\ud83d": {"\\udc00": "\\ud800"}',
        b'"note": "a \x01 control"',
        b'"metrics": {"A": 1, "A": 2}',
        b'"tags": ["\\ud83d"]',
        b'"note": "nul \\u0000"',
    ],
)
def test_poison_is_read_as_far_as_it_can_be_and_can_be_stored(poison: bytes) -> None:
    row, _ = read(b'{"conversationId": "CA1", "channel": "CHAT", ' + poison + b"}")
    assert (row["status"], row["channel"]) == ("found", "CHAT")
    for value in row.values():
        str(value).encode()
    json.loads(row["extra"] or "{}")


def test_the_last_of_two_values_counts_and_all_are_kept() -> None:
    row, _ = read(b'{"note": "a", "note": "b", "metrics": {"A": 1, "A": 2}, "new": 1, "new": 2}')
    assert (row["note"], row["metrics"]) == ("b", '{"A": 1, "A": 2}')
    assert extra_of(row) == {"note": ["a", "b"], "new": [1, 2]}


def test_an_event_keeps_a_member_called_turn_beside_what_stood_for_its_turn() -> None:
    _, (event,) = read(RECORDED | {"functionEvents": {"first": [{"id": "a", "turn": 7}]}})
    assert extra_of(event) == {"turn": 7, "(turn)": "first"}


@pytest.mark.parametrize(
    ("sent", "rest"),
    [('{"first": []}', {"first": []}), ('{"1": 7, "1": "x"}', {"1": [7, "x"]})],
)
def test_what_is_no_list_of_events_of_a_turn_is_kept(sent: str, rest: Any) -> None:
    row, events = read(f'{{"conversationId": "CA1", "functionEvents": {sent}}}'.encode())
    assert (events, extra_of(row)) == ([], {"functionEvents": rest})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = [one.wire for one in DETAIL if one.wire] + ["shortSummary", "functionEvents"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_no_value_of_any_field_is_refused(record: dict[str, Any]) -> None:
    row, events = read(json.dumps(record).encode())
    assert row["status"] == "found"
    for one in (row, *events):
        for value in one.values():
            str(value).encode()


@given(st.dictionaries(st.text(max_size=3), st.lists(JSON, max_size=3), max_size=3))
def test_every_event_is_a_row_with_a_place_of_its_own(sent: dict[str, Any]) -> None:
    _, events = read(json.dumps({"functionEvents": sent}).encode())
    assert len(events) == sum(map(len, sent.values()))
    assert len({(event["turn_index"], event["position"]) for event in events}) == len(events)
