import json
import subprocess
import sys
from typing import Any

import pytest

from polyai_assets.contract.normalise import normalise
from polyai_assets.contract.violation import Quarantined
from polyai_assets_tests.contract.records import CLEAN, nested, payload, without


def refused(body: bytes) -> tuple[str, str]:
    """Normalise a record that cannot be a row: its id and the reason."""
    result = normalise(body)
    assert isinstance(result, Quarantined)
    assert result.payload == body
    (reason,) = result.reasons
    return result.conversation_id, reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (payload()[:-1], "not valid JSON"),
        (payload() + b"]", "not valid JSON"),
        (b"\xff\xfe{}", "not valid JSON"),
        (b"\xef\xbb\xbf" + payload(), "not valid JSON"),
        (b"null", "not an object but null"),
        (b"[1]", "not an object but a list"),
        (b'"CA1"', "not an object but text"),
        (b"1", "not an object but a number"),
        (b"NaN", "not an object but text"),
        (b"true", "not an object but a boolean"),
    ],
)
def test_what_is_no_object_is_refused(body: bytes, reason: str) -> None:
    conversation_id, said = refused(body)
    assert conversation_id == ""
    assert said.startswith(reason)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (without(CLEAN, "id"), "id is missing"),
        (CLEAN | {"id": ""}, "id is empty"),
        (CLEAN | {"id": None}, "id is not text but null: null"),
        (CLEAN | {"id": 17}, "id is not text but a number: 17"),
        (CLEAN | {"id": 1.5}, "id is not text but a number: 1.5"),
        (CLEAN | {"id": ["\ud800"]}, 'id is not text but a list: ["\ufffd"]'),
        (CLEAN | {"id": {"a": 1}}, 'id is not text but an object: {"a": 1}'),
    ],
)
def test_a_record_without_a_usable_id_is_refused(record: dict[str, Any], reason: str) -> None:
    assert refused(payload(record)) == ("", reason)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (without(CLEAN, "started_at"), "started_at is missing"),
        (CLEAN | {"started_at": None}, "started_at is not text but null"),
        (CLEAN | {"started_at": 1772359200}, "started_at is not text but a number"),
        (CLEAN | {"started_at": ""}, "started_at is not a time: ''"),
        (CLEAN | {"started_at": "yesterday"}, "started_at is not a time: 'yesterday'"),
        (CLEAN | {"started_at": "2026-02-30T10:00:00Z"}, "started_at is not a time: '2026-02-30T10:00:00Z'"),
        (CLEAN | {"started_at": "infinity"}, "started_at is not a time: 'infinity'"),
        (CLEAN | {"started_at": "x\ud800"}, r"started_at is not a time: 'x\ud800'"),
        (
            CLEAN | {"started_at": "0001-01-01T00:00:00+05:00"},
            "started_at is not a time: '0001-01-01T00:00:00+05:00'",
        ),
    ],
)
def test_a_record_without_a_usable_start_is_refused(record: dict[str, Any], reason: str) -> None:
    assert refused(payload(record)) == ("CA1", reason)


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ({}, "turns is not a list but an object"),
        ("none", "turns is not a list but text"),
        (3, "turns is not a list but a number"),
        ([{}, "hello"], "turn 1 is not an object but text"),
        ([None], "turn 0 is not an object but null"),
        ([[{}]], "turn 0 is not an object but a list"),
    ],
)
def test_a_record_whose_turns_are_no_list_of_objects_is_refused(turns: Any, reason: str) -> None:
    assert refused(payload(turns=turns)) == ("CA1", reason)


@pytest.mark.slow
def test_deep_nesting_does_not_crash_the_interpreter() -> None:
    fields = ("id", "started_at", "num_turns", "state", "metrics", "turns", "new")
    bodies = [
        f'{payload().decode()[:-1]}, "{field}": {nested(depth, of)}}}'
        for field in fields
        for depth in (10_000, 200_000)
        for of in "[{"
    ]
    # In a process of its own: a crash would take the tests with it. How deep Python reads differs by version.
    script = (
        "import json, sys\n"
        "from polyai_assets.contract.normalise import normalise\n"
        "from polyai_assets.contract.fit import read_strictly\n"
        "for body in json.load(sys.stdin):\n"
        "    read = not read_strictly([body.encode()])[1], normalise(body.encode())\n"
        "    if len(body) > 200_000:\n"
        "        print(read[0], read[1].reasons)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(bodies), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["False ['nested too deep to be read']"] * (len(bodies) // 2)
