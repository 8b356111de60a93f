"""Pages that lose, repeat or change what they carry."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from polyai_assets.simulator import Fault, Simulator
from polyai_assets_tests.simulator.conftest import Ask, ids


def changed(ask: Ask, simulator: Simulator, kind: str, **parameters: Any) -> tuple[list[Any], list[Any]]:
    """The conversations of a day without the fault and with it."""
    before = ask().json()["conversations"]
    simulator.faults.add(Fault(kind, parameters))
    return before, ask().json()["conversations"]


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
