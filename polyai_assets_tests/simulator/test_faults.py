import json
import re
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import Any

import pytest
import requests

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import BANK, HOTEL, Ask, ids

NO_RANGE = {"start_time": None, "end_time": None}
NOON = datetime(2026, 11, 3, 18, tzinfo=UTC)


def changed(ask: Ask, simulator: Simulator, kind: str, **parameters: Any) -> tuple[list[Any], list[Any]]:
    """The conversations of a day without the fault and with it."""
    before = ask().json()["conversations"]
    simulator.faults.add(Fault(kind, parameters))
    return before, ask().json()["conversations"]


def test_a_rate_limit_says_when_to_come_back_in_seconds_as_a_date_or_not_at_all(
    ask: Ask, simulator: Simulator
) -> None:
    for parameters in ({"retry_after": 7}, {"retry_after": 60, "as_date": True}, {"retry_after": None}):
        simulator.faults.add(Fault("rate_limited", parameters))

    seconds, date, none, after = ask(), ask(), ask(), ask()

    assert [reply.status_code for reply in (seconds, date, none, after)] == [429, 429, 429, 200]
    assert seconds.headers["Retry-After"] == "7"
    ahead = parsedate_to_datetime(date.headers["Retry-After"]) - datetime.now(UTC)
    assert timedelta(seconds=30) < ahead <= timedelta(seconds=60)
    assert "Retry-After" not in none.headers


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_error_has_its_status_and_the_envelope(ask: Ask, simulator: Simulator, status: int) -> None:
    simulator.faults.add(Fault("error", {"status": status}, times=2))

    replies = [ask(), ask(), ask()]

    assert [reply.status_code for reply in replies] == [status, status, 200]
    assert replies[0].json()["success"] is False


def test_a_redirect_may_lead_to_another_host(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("redirect", {"to": "http://other.invalid/v3", "status": 307}))

    reply = ask()

    assert reply.status_code == 307
    assert reply.headers["Location"] == "http://other.invalid/v3"


def test_a_reset_connection_gives_no_answer(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("reset"))

    with pytest.raises(requests.ConnectionError, match="reset"):
        ask()

    assert simulator.requests[0].status is None
    assert ask().status_code == 200


def test_a_cut_body_is_shorter_than_announced(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("cut_body", {"share": 0.3}))

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        ask()

    assert len(ids(ask())) == 40


def test_truncated_json_has_the_length_that_is_announced(ask: Ask, simulator: Simulator) -> None:
    whole = ask().content
    simulator.faults.add(Fault("truncated_json", {"share": 0.5}))

    assert ask().content == whole[: len(whole) // 2]


@pytest.mark.parametrize("parameters", [{"seconds": 0.15}, {"seconds": 0.15, "share": 0.5}])
def test_a_stall_delays_the_answer_and_leaves_it_whole(
    ask: Ask, simulator: Simulator, parameters: dict[str, float]
) -> None:
    whole = ask().content
    simulator.faults.add(Fault("stall", parameters))
    started = time.monotonic()

    assert ask().content == whole
    assert time.monotonic() - started >= 0.15


def test_a_stall_within_the_body_comes_after_its_first_part(ask: Ask, simulator: Simulator, url: str) -> None:
    half = len(ask(**NO_RANGE).content) // 2
    simulator.faults.add(Fault("stall", {"seconds": 3600, "share": 0.5}))
    connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/v3/acme/hotel-bot/conversations", headers={"x-api-key": HOTEL.api_key})

    with closing(connection), connection.getresponse() as reply:
        assert len(reply.read(half)) == half
        connection.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            reply.read()


def test_a_bad_cursor_is_400_and_only_for_requests_with_a_cursor(ask: Ask, simulator: Simulator) -> None:
    fault = simulator.faults.add(Fault("bad_cursor"))
    cursor = ask(limit=10).json()["cursor"]

    assert fault.hits == 0
    assert ask(limit=10, cursor=cursor).status_code == 400
    assert ask(limit=10, cursor=cursor).status_code == 200


def test_a_repeated_cursor_is_the_one_that_was_asked_with(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("repeat_cursor"))
    cursor = ask(limit=10).json()["cursor"]

    again = ask(limit=10, cursor=cursor)

    assert again.json()["cursor"] == cursor
    assert len(ids(again)) == 10


def test_a_dropped_page_gives_the_next_one_in_its_place(ask: Ask, simulator: Simulator) -> None:
    everything = ids(ask())
    simulator.faults.add(Fault("drop_page", page=2))

    first = ask(limit=10)
    second = ask(limit=10, cursor=first.json()["cursor"])
    third = ask(limit=10, cursor=second.json()["cursor"])

    assert ids(first) + ids(second) + ids(third) == everything[:10] + everything[20:]
    assert third.json()["cursor"] is None


def test_an_empty_page_says_that_there_is_nothing(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("empty_page"))

    assert ask(limit=10).json() == {"conversations": [], "cursor": None}
    assert len(ids(ask())) == 40


def test_dropped_conversations_are_missing_from_the_page_and_do_not_shift_the_next(
    ask: Ask, simulator: Simulator
) -> None:
    everything = ids(ask())
    simulator.faults.add(Fault("drop_conversations", {"every": 5, "count": 2}))

    first = ask(limit=20)
    second = ask(limit=20, cursor=first.json()["cursor"])

    assert ids(first) == [name for name in everything[:20] if name not in (everything[4], everything[9])]
    assert ids(second) == everything[20:]


def test_dropped_turns_leave_the_count_as_it_was(ask: Ask, simulator: Simulator) -> None:
    before, after = changed(ask, simulator, "drop_turns", keep=2, count=1)

    assert after[0]["turns"] == before[0]["turns"][:2]
    assert after[0]["num_turns"] == before[0]["num_turns"]
    assert after[1:] == before[1:]


def test_a_set_field_is_new_or_has_a_new_value(ask: Ask, simulator: Simulator) -> None:
    before, after = changed(ask, simulator, "set_field", field="sentiment", value=0.4, ids=None, count=3)

    assert after == [c | {"sentiment": 0.4} for c in before[:3]] + before[3:]


def test_a_set_field_in_turns_is_set_in_each(ask: Ask, simulator: Simulator) -> None:
    _, after = changed(ask, simulator, "set_field", field="is_ood", value="unsure", in_turns=True)

    assert {turn["is_ood"] for conversation in after for turn in conversation["turns"]} == {"unsure"}


def test_a_removed_field_is_not_there(ask: Ask, simulator: Simulator) -> None:
    before, after = changed(ask, simulator, "remove_field", field="intents", in_turns=True)

    assert not any("intents" in turn for conversation in after for turn in conversation["turns"])
    assert [c["id"] for c in after] == [c["id"] for c in before]


def test_a_retyped_field_keeps_its_value(ask: Ask, simulator: Simulator) -> None:
    before, after = changed(ask, simulator, "retype_field", field="num_turns")

    assert [c["num_turns"] for c in after] == [str(c["num_turns"]) for c in before]


def test_null_text_is_null_where_it_was_empty(ask: Ask, simulator: Simulator) -> None:
    before, after = changed(ask, simulator, "null_text")

    assert before[0]["turns"][0]["user_input"] == ""
    assert after[0]["turns"][0]["user_input"] is None
    assert after[0]["turns"][0]["agent_response"] == before[0]["turns"][0]["agent_response"]
    assert '""' not in json.dumps(after)


def test_naive_timestamps_have_no_zone(ask: Ask, simulator: Simulator) -> None:
    before, after = changed(ask, simulator, "naive_timestamps", count=1)

    assert after[0]["started_at"] + "Z" == before[0]["started_at"]
    assert after[0]["turns"][0]["user_input_datetime"] + "Z" == before[0]["turns"][0]["user_input_datetime"]
    assert after[1] == before[1]


@pytest.mark.parametrize(
    ("how", "is_poisoned"),
    [
        ("lone_surrogate", lambda body: rb"\ud83d " in body and json.loads(body)),
        ("invalid_utf8", lambda body: b"\xff\xfe" in body),
        ("duplicate_metric", lambda body: len(re.findall(rb'"CALL_DURATION"', body)) == 2),
        ("duplicate_key", lambda body: len(re.findall(rb'"channel"', body)) == 2),
        ("nan", lambda body: b'"total_duration":NaN' in body),
        ("no_id", lambda body: '"id"' not in body.decode() and json.loads(body)),
        ("not_an_object", lambda body: isinstance(json.loads(body), str)),
    ],
)
def test_a_poisoned_record_is_the_only_one_on_its_page(
    ask: Ask, simulator: Simulator, how: str, is_poisoned: Callable[[bytes], Any]
) -> None:
    healthy = ask(limit=5).content
    simulator.faults.add(Fault("poison", {"how": how}))

    poisoned = ask(limit=5).content

    start, end = len(b'{"conversations":['), healthy.index(b',{"id":')
    rest = healthy[end:]
    assert poisoned.endswith(rest)
    assert not is_poisoned(healthy[start:end])
    assert is_poisoned(poisoned[start : -len(rest)])


def test_a_pretty_page_says_the_same_in_more_lines(ask: Ask, simulator: Simulator) -> None:
    plain = ask(limit=5)
    simulator.faults.add(Fault("pretty_page"))

    pretty = ask(limit=5)

    assert pretty.json() == plain.json()
    assert len(pretty.text.splitlines()) > 100


def test_a_late_change_comes_after_the_conversation_was_listed(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(
        Fault("change", {"field": "handoff_reason", "value": "corrected", "every": 3}, after=1)
    )

    first, second, third = (ask().json()["conversations"] for _ in range(3))

    assert second == [*first[:2], first[2] | {"handoff_reason": "corrected"}, *first[3:]]
    assert third == second


def test_a_late_change_keeps_the_details_that_are_given_on_request(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("change", {"field": "num_ood", "value": 9}))

    plain = ask().json()["conversations"][0]
    full = ask(include_latency="true", include_context_state="true").json()["conversations"][0]

    assert plain["num_ood"] == full["num_ood"] == 9
    assert plain["state"] == {} != full["state"]
    assert "latency" not in plain["turns"][0]
    assert "latency" in full["turns"][0]


def test_a_vanished_conversation_is_not_counted_either(ask: Ask, simulator: Simulator) -> None:
    before = ids(ask())
    simulator.faults.add(Fault("vanish", {"count": 2}, after=1))

    assert ids(ask()) == before
    assert ids(ask()) == before[2:]
    assert ids(ask(offset=38)) == []


def test_a_moved_conversation_is_found_on_the_other_day(ask: Ask, simulator: Simulator) -> None:
    before = ask().json()["conversations"]
    simulator.faults.add(Fault("move", {"days": 1}))

    today = ids(ask())
    moved = ask(start_time="2026-11-04T00:00:00Z", end_time="2026-11-05T00:00:00Z").json()["conversations"]

    assert today == [c["id"] for c in before[1:]]
    found = next(c for c in moved if c["id"] == before[0]["id"])
    assert found["started_at"] == before[0]["started_at"].replace("-03T", "-04T")
    assert found["turns"][0]["user_input_datetime"] == found["started_at"]


def test_what_lasts_outlives_a_clear_and_ends_with_a_restore(ask: Ask, simulator: Simulator) -> None:
    before = ids(ask())
    simulator.faults.add(Fault("vanish"))
    ask()
    simulator.faults.clear()
    without = ids(ask())

    simulator.restore(HOTEL.key)

    assert without == before[1:]
    assert ids(ask()) == before


def test_a_fault_hits_only_its_project(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("error", project=BANK.key))

    assert ask(HOTEL).status_code == 200
    assert ask(BANK).status_code == 500


def test_a_fault_hits_only_ranges_that_meet_its_window(ask: Ask, simulator: Simulator) -> None:
    window = {"since": datetime(2026, 11, 4, tzinfo=UTC), "until": datetime(2026, 11, 5, tzinfo=UTC)}
    simulator.faults.add(Fault("error", times=None, **window))

    assert ask().status_code == 200
    assert ask(start_time="2026-11-05T00:00:00Z", end_time="2026-11-06T00:00:00Z").status_code == 200
    assert ask(start_time="2026-11-04T23:00:00Z", end_time="2026-11-06T00:00:00Z").status_code == 500
    assert ask(**NO_RANGE).status_code == 500


def test_a_fault_changes_only_records_in_its_window(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("set_field", {"field": "late", "value": True}, since=NOON))

    for conversation in ask().json()["conversations"]:
        assert ("late" in conversation) == (conversation["started_at"] >= "2026-11-03T18")


def test_a_fault_hits_only_its_page_of_a_walk(ask: Ask, simulator: Simulator) -> None:
    simulator.faults.add(Fault("error", page=2, times=None))
    first = ask(limit=10)

    assert first.status_code == 200
    assert ask(limit=10, cursor=first.json()["cursor"]).status_code == 500
    assert ask(limit=10, offset=10).status_code == 500
    assert ask(limit=10, offset=20).status_code == 200


def test_a_fault_counts_its_hits_until_it_is_over(ask: Ask, simulator: Simulator) -> None:
    fault = simulator.faults.add(Fault("error", times=2, after=1))

    assert [ask().status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    assert (fault.hits, fault.is_over) == (2, True)


def test_an_unknown_kind_or_parameter_is_refused_at_once(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="use one of rate_limited"):
        simulator.faults.add(Fault("explode"))
    with pytest.raises(ValueError, match="statsu"):
        simulator.faults.add(Fault("error", {"statsu": 500}))
    with pytest.raises(ValueError, match="'to'"):
        simulator.faults.add(Fault("redirect"))
    with pytest.raises(ValueError, match="no zone"):
        Fault("error", since=datetime(2026, 11, 3))  # noqa: DTZ001 - the missing zone is what is tested


def test_faults_can_be_switched_over_http(
    ask: Ask, url: str, session: requests.Session, simulator: Simulator
) -> None:
    address = f"{url}/_simulator/faults"
    fault = {"kind": "error", "parameters": {"status": 502}, "times": 3, "since": "2026-11-01T00:00:00Z"}

    added = session.post(address, json=fault, timeout=10)
    hit = ask().status_code
    listed = session.get(address, timeout=10).json()
    cleared = session.delete(address, timeout=10)

    assert (added.status_code, hit, cleared.status_code) == (201, 502, 204)
    assert listed[0]["fault"] | fault == listed[0]["fault"]
    assert (listed[0]["hits"], listed[0]["is_over"]) == (1, False)
    assert ask().status_code == 200
    assert all(request.path.startswith("/v3/") for request in simulator.requests)


@pytest.mark.parametrize(
    "fault", [{"kind": "explode"}, {"kind": "error", "pages": 2}, {}, {"kind": "error", "times": "x"}]
)
def test_a_wrong_fault_over_http_is_400(url: str, session: requests.Session, fault: dict[str, Any]) -> None:
    reply = session.post(f"{url}/_simulator/faults", json=fault, timeout=10)

    assert reply.status_code == 400
    assert reply.json()["error_message"]
